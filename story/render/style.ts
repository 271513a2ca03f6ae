/** How parts of the text are set off; each function gets a part and returns it, dressed. */
export interface Style {
  /** The name of the property, and the reason. */
  readonly bad: (text: string) => string
  /** The name of a step. */
  readonly strong: (text: string) => string
  readonly dim: (text: string) => string
  /** Where a mutant does something else than its system. */
  readonly note: (text: string) => string
  /** An actor's name, coloured by the number of its lane. */
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
