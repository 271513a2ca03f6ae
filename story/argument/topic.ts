/** Is an element, by its number, part of what an argument is about? */
export type Topic = (element: number) => boolean
