/**
 * One thread of a search among so many states that they have no numbers: a set of root pairs says
 * which are known, and two rows of them are the level that is being expanded and the next one.
 *
 * It only counts, and looks. When there is something to tell (a violation, a failing rule) all
 * threads stop, and the search is made once more, by one that knows how it came to a state.
 */

import type { Expansion } from '../../rules/compile.js'
import { Digest } from '../../state/digest.js'
import type { Layout } from '../../state/layout.js'
import { NoRoomError } from '../../visited/growable-memory.js'
import { PairSet } from '../../visited/pair-set.js'
import type { Pairing } from '../../visited/pairing.js'
import { PairBatch, PairTable } from '../../visited/pairs.js'
import { Trees } from '../../visited/trees.js'
import { BATCH } from '../batch.js'
import { Lock } from './lock.js'
import {
  type Board,
  DEADLOCKS,
  DONE,
  EXPANDED,
  FEWEST,
  FIRED,
  FULL,
  GO_ON,
  innerMemory,
  LEVEL,
  LOCK,
  MOST_STEPS,
  NEXT,
  ORDER,
  SIDE,
  setMemory,
  TAKEN,
  TELL,
  TRANSITIONS,
} from './shared-memory.js'

const RECENT_BITS = 13

/** What a thread needs to know of the model and of the search; data, but for what it runs. */
export interface Orders {
  readonly words: number
  readonly pairing: Pairing
  /** 1 for each property that is watched; and for those of them that must always hold. */
  readonly watched: Uint8Array
  readonly always: Uint8Array
  /** Is a state news in which nothing is enabled and that is not final? */
  readonly tellsDeadlocks: boolean
  /** For a digest, what it is made of. */
  readonly digest: { readonly leaves: Layout<never>['leaves']; readonly labels: string[] } | null
}

export class Explorer {
  readonly lock: Lock
  private readonly trees: Trees
  private readonly set: PairSet
  private readonly batch = new PairBatch()
  /** The states of a batch, all nodes of their trees, and where their successors end. */
  private readonly sources: Int32Array
  private readonly nodes: Int32Array
  private readonly ends = new Int32Array(BATCH)
  private readonly tally: Float64Array
  private readonly watched: Uint8Array
  private readonly found: Int32Array
  private readonly digest: Digest | null
  /** Root pairs that were looked up lately. No root is a pair of -1. */
  private readonly recent = new Int32Array(2 << RECENT_BITS).fill(-1)
  private readonly alone = (change: () => void): void => {
    this.lock.leave()
    try {
      this.lock.alone(change)
    } finally {
      this.lock.enter()
    }
  }

  /** @param thread its number, below that of the board's tallies. */
  constructor(
    private readonly expansion: Expansion,
    private readonly board: Board,
    private readonly orders: Orders,
    private readonly thread: number,
  ) {
    const { words, pairing, watched, digest } = orders
    this.lock = new Lock(board.control.subarray(LOCK))
    this.trees = new Trees(words, pairing, new PairTable(innerMemory(board)))
    this.set = new PairSet(setMemory(board))
    this.sources = new Int32Array((BATCH + 1) * words)
    this.nodes = new Int32Array(BATCH * this.trees.nodes)
    this.tally = board.tallies[thread]
    this.watched = watched.slice()
    this.found = new Int32Array(watched.length)
    this.digest = digest && new Digest({ leaves: digest.leaves, words }, digest.labels)
  }

  /** Expands some states of the level. @returns how many; none where all have been taken. */
  work(): number {
    const { lock, board } = this
    const { control } = board
    lock.enter()
    try {
      if (control[ORDER] !== GO_ON) return 0
      const from = Atomics.add(control, TAKEN, BATCH)
      const size = Math.min(BATCH, control[LEVEL] - from)
      if (size <= 0) return 0
      this.expand(from, size)
      Atomics.add(control, DONE, size)
      return size
    } catch (error) {
      // What else is wrong is found again by the search that can tell.
      Atomics.store(control, ORDER, error instanceof NoRoomError ? FULL : TELL)
      return 0
    } finally {
      lock.leave()
      Atomics.notify(control, DONE)
    }
  }

  private expand(from: number, size: number): void {
    const { expansion, trees, set, batch, sources, nodes, ends, board, orders } = this
    const { words } = orders
    const level = board.sides[board.control[SIDE]]
    let count = 0
    for (let i = 0; i < size; i++) {
      const at = 2 * (from + i)
      trees.unfold(level[at], level[at + 1], sources, i * words, nodes, i * trees.nodes)
      const end = expansion.expand(sources, i * words, count)
      if (end === count) this.meetDeadEnd(i)
      ends[i] = end
      count = end
    }
    batch.reserve(count)
    // All threads may come with as many at once.
    const pairs = board.tallies.length * count * trees.pairs
    if (!trees.inner.hasRoomFor(pairs)) this.alone(() => trees.inner.reserve(pairs))
    const { successors } = expansion
    for (let i = 0, first = 0; i < size; i++) {
      trees.fold(successors, first, ends[i], nodes, i * trees.nodes, batch)
      first = ends[i]
    }
    const fresh = set.addAll(batch, this.leaveOutRecent(count), this.alone)
    this.count(size, count)
    this.meet(fresh)
  }

  /**
   * Leaves out of the batch what has been looked up a moment ago, and numbers the others by their
   * successors: whatever it costs here, it costs more to find in the set.
   * @returns how many are left.
   */
  private leaveOutRecent(count: number): number {
    const { recent } = this
    const { left, right, number } = this.batch
    let kept = 0
    for (let i = 0; i < count; i++) {
      const l = left[i]
      const r = right[i]
      const q = ((Math.imul(l, 0x9e3779b1) ^ Math.imul(r, 0x85ebca77)) >>> (32 - RECENT_BITS)) << 1
      if (recent[q] === l && recent[q + 1] === r) continue
      recent[q] = l
      recent[q + 1] = r
      left[kept] = l
      right[kept] = r
      number[kept++] = i
    }
    return kept
  }

  private count(size: number, count: number): void {
    const { tally, digest, ends } = this
    const { taken } = this.expansion
    tally[EXPANDED] += size
    tally[TRANSITIONS] += count
    for (let i = 0, from = 0; i < size; from = ends[i++]) {
      if (ends[i] - from < tally[FEWEST]) tally[FEWEST] = ends[i] - from
      if (ends[i] - from > tally[MOST_STEPS]) tally[MOST_STEPS] = ends[i] - from
    }
    for (let i = 0; i < count; i++) tally[FIRED + taken[i]]++
    if (digest) this.addToDigest(digest, size)
  }

  /** Puts new states down for the next level, and looks at them. */
  private meet(fresh: number): void {
    const { batch, set, board, ends, expansion, sources, watched, found } = this
    const { words } = this.orders
    const { control, sides } = board
    const next = sides[1 - control[SIDE]]
    const { successors } = expansion
    let at = 2 * Atomics.add(control, NEXT, fresh)
    for (let n = 0, source = 0; n < fresh; n++) {
      const root = set.fresh[n]
      const i = batch.number[root]
      while (ends[source] <= i) source++
      next[at++] = batch.left[root]
      next[at++] = batch.right[root]
      const news = expansion.inspect(successors, i * words, sources, source * words, watched, found)
      if (news > 0) this.meetNews(news)
    }
  }

  private meetNews(news: number): void {
    const { board, watched, found, orders } = this
    for (let i = 0; i < news; i++) {
      watched[found[i]] = 0
      if (orders.always[found[i]] === 1) Atomics.store(board.control, ORDER, TELL)
      else Atomics.store(board.reached, found[i], 1)
    }
  }

  /** Nothing is enabled in state `i` of the batch. */
  private meetDeadEnd(i: number): void {
    const { expansion, sources, orders, tally, board } = this
    if (expansion.final(sources, i * orders.words)) return
    tally[DEADLOCKS]++
    if (orders.tellsDeadlocks) Atomics.store(board.control, ORDER, TELL)
  }

  private addToDigest(digest: Digest, size: number): void {
    const { sources, ends, expansion, board, thread, orders } = this
    const { successors, taken } = expansion
    for (let i = 0, j = 0; i < size; i++) {
      digest.state(sources, i * orders.words)
      for (; j < ends[i]; j++) digest.step(taken[j], successors, j * orders.words)
    }
    board.digests[thread].set(digest.lanes)
  }
}
