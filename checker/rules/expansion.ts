/** What a search runs for every state. */

/** A condition on the packed state at `a[o]`. */
export type PackedCondition = (a: Int32Array, o: number) => boolean

/** An effect: it changes the packed state at `a[o]`. */
export type PackedEffect = (a: Int32Array, o: number) => void

/** Code that a search runs for every state. Vectors have `layout.words` words, from an offset. */
export interface Expansion {
  /**
   * Writes all successors of the state at `source[from]` one after the other into `successors`
   * and the action numbers into `taken`, behind the `before` that are there; both are replaced by
   * larger ones when too small.
   * @returns how many there are, those before included.
   * @throws the error of a rule; `failingAction` then returns the action.
   */
  expand(source: Int32Array, from: number, before?: number): number
  readonly successors: Int32Array
  readonly taken: Int32Array
  /**
   * Looks at a state with the properties whose value can differ from that in another state, which
   * is known to be as expected: those whose source reads a variable in which the two differ (what
   * runs interpreted may read anything). Writes the numbers of `always` properties that are false
   * and of `sometimes` properties that are true into `found`, if they are `watched`.
   * @returns how many it wrote.
   */
  inspect(
    a: Int32Array,
    o: number,
    other: Int32Array,
    p: number,
    watched: Uint8Array,
    found: Int32Array,
  ): number
  readonly final: PackedCondition
}

/** An expansion without the buffers that it writes to. */
export type Program = Pick<Expansion, 'expand' | 'inspect' | 'final'>

/** Where a program writes successors. */
export interface Buffers {
  successors: Int32Array
  taken: Int32Array
  /** Replaces both by larger ones. */
  grow(): void
}

export function newBuffers(words: number): Buffers {
  const buffers = {
    successors: new Int32Array(64 * words),
    taken: new Int32Array(64),
    grow() {
      buffers.successors = doubled(buffers.successors)
      buffers.taken = doubled(buffers.taken)
    },
  }
  return buffers
}

function doubled(old: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(old.length * 2)
  larger.set(old)
  return larger
}
