/** The states that a search expands together, and what their steps lead to. */
import type { CompiledModel } from '../rules/compile.js'
import type { StateStore } from '../visited/store.js'

/** The most states that are expanded together. */
export const BATCH_STATES = 128

/** Memory is reserved for this many successors of a batch; there are usually fewer. */
export const BATCH_SUCCESSORS = 16 * BATCH_STATES

export class Batch<S> {
  /** The states, one vector after the other. */
  readonly sources: Int32Array
  /** How many states were expanded. */
  size = 0
  /** Does a rule fail in the state after the last one that was expanded? */
  hasFailed = false
  private readonly ends = new Int32Array(BATCH_STATES)

  constructor(private readonly compiled: CompiledModel<S>) {
    this.sources = new Int32Array((BATCH_STATES + 1) * compiled.model.layout.words)
  }

  /**
   * Expands the next `size` states of a store and takes what they lead to into it.
   * @param number of the first of them, by which it will be known as a parent.
   */
  expand(store: StateStore, size: number, number: number): void {
    const { compiled, sources, ends } = this
    const { words } = compiled.model.layout
    let count = 0
    this.size = 0
    this.hasFailed = false
    while (this.size < size) {
      const at = this.size * words
      store.next(sources, at)
      const before = count
      try {
        count = compiled.expand(sources, at, before)
      } catch {
        this.hasFailed = true
        break
      }
      store.put(compiled.successors, before, count, number + this.size)
      ends[this.size++] = count
    }
    store.settle(count)
  }

  /** The number of the first successor of state `i`, among all successors. */
  first(i: number): number {
    return i === 0 ? 0 : this.ends[i - 1]
  }

  /** The number behind its last one. */
  end(i: number): number {
    return this.ends[i]
  }
}
