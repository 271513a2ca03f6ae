/** A state as a small drawing, made by a subject: data, so that every page can show it safely. */

/** How a thing looks: as usual, wrong, emphasised, or hardly there. */
export type Tone = 'plain' | 'bad' | 'strong' | 'dim'

/** A point: x to the right, y down, in pixels from the top left corner. */
export type Point = readonly [x: number, y: number]

/** One thing of a drawing. Where two lie above each other, the later one covers the earlier one. */
export type Shape =
  | {
      readonly kind: 'box'
      readonly x: number
      readonly y: number
      readonly width: number
      readonly height: number
      /** In the middle of the box; several lines stand below each other. */
      readonly text?: string | readonly string[]
      readonly tone?: Tone
      /**
       * The path of the variable that the box shows, such as `page[0].value`. The box is marked
       * if the last step changed the variable. A click on the box follows the variable.
       */
      readonly of?: string
    }
  | {
      readonly kind: 'text'
      readonly x: number
      /** The line on which the letters stand. */
      readonly y: number
      readonly text: string
      readonly tone?: Tone
    }
  | {
      readonly kind: 'arrow'
      readonly from: Point
      readonly to: Point
      readonly tone?: Tone
    }

export interface Drawing {
  readonly width: number
  readonly height: number
  readonly shapes: readonly Shape[]
}

/** A drawing as data, or a picture as SVG text. SVG is shown as an image: no script runs. */
export type Picture = Drawing | string
