/** How parts of the text are set off; each function gets a part and returns it, dressed. */
export interface Style {
  /** The name of the property, and the reason. */
  readonly bad: (text: string) => string
  /** What a step is called. */
  readonly strong: (text: string) => string
  readonly dim: (text: string) => string
  /** Where a mutant does something else than its system. */
  readonly note: (text: string) => string
  /** Who acts, by the number of the lane. */
  readonly actor: (text: string, lane: number) => string
}

const asItIs = (text: string) => text

/** No colours. */
export const PLAIN: Style = {
  bad: asItIs,
  strong: asItIs,
  dim: asItIs,
  note: asItIs,
  actor: asItIs,
}
