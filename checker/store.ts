/**
 * The set of distinct states: exact, in typed arrays, a few words a state whatever its length.
 *
 * A state vector is stored as a tree of pairs (tree compression, Laarman, van de Pol and Weber
 * 2011, arXiv 1104.3119): words are paired, each distinct pair gets a number, numbers are paired
 * again, up to one root pair per state. Parts that many states share are stored once, so a state
 * costs little more than its root pair. Nothing is hashed away: two states are equal exactly when
 * their roots are the same pair.
 *
 * At first everything is kept: states have numbers, in the order of their coming, and know the
 * state that led to them (8 bytes for the root pair, 4 for that, 4 for a place in the hash table at
 * a load between 3/8 and 3/4). A search for which that is too much may have it forgotten: what is
 * left is a set of root pairs (4 bytes a slot, at the same load) and a queue.
 *
 * States are taken in by the batch: their look-ups do not wait for each other's cache misses.
 */

import { PairSet, type SavedPairs } from './store/pair-set.js'
import { type Pairing, pairBySample, pairNeighbours, withNarrowRoot } from './store/pairing.js'
import { CHUNK_BITS, CHUNK_MASK, PairBatch, PairQueue, PairTable, Row } from './store/pairs.js'
import { Trees } from './store/trees.js'

export { PairTable } from './store/pairs.js'

/** Sizes at which the pairing is chosen anew, from the states known by then. */
const REGROUP_AT = [1 << 14, 1 << 18]
const SAMPLE = 2048
/** States are few as long as there are no more than this: all about them is kept. */
export const FEW_STATES = 1 << 18

/** A store as data; `PairSet` and queue are those of a store that has forgotten numbers. */
export interface SavedStore {
  readonly pairing: Pairing
  readonly regroupings: number
  readonly handed: number
  readonly known: number
  readonly inner: Int32Array
  readonly roots: Int32Array
  readonly parents: Int32Array
  readonly queue: Int32Array
  readonly set: SavedPairs | null
}

/** Distinct states with their numbers, in the order of first appearance. */
export class StateStore {
  private trees: Trees
  private roots = new PairTable()
  private parents = new Row(1)
  private readonly batch = new PairBatch()
  /** What `intern` takes in. */
  private readonly single: Int32Array
  private regroupings = 0
  /** Instead of `roots` and `parents`, once numbers are forgotten: all roots, and those to come. */
  private rest: { readonly set: PairSet; readonly queue: PairQueue } | null = null
  /** How many states `next` has handed out. */
  private handed = 0
  private known = 0

  /**
   * @param words length of a state vector, at least 2.
   * @param bitsOf how many bits of a word are in use, from the lowest.
   */
  constructor(
    private readonly words: number,
    private readonly bitsOf: (word: number) => number = () => 32,
  ) {
    this.trees = new Trees(words, pairNeighbours(words))
    this.single = new Int32Array(words)
  }

  /** Distinct states so far. */
  get size(): number {
    return this.known
  }

  /** Bytes allocated for states, hash tables, queue and trace pointers. */
  get bytes(): number {
    const { trees, roots, parents, rest } = this
    const ofRoots = rest ? rest.set.bytes + rest.queue.bytes : roots.bytes + parents.bytes
    return trees.inner.bytes + ofRoots
  }

  /** Do states have numbers? */
  get isNumbered(): boolean {
    return this.rest === null
  }

  /**
   * The number of the state at `source[from]`. When it is new, `size` grows by one and `parent`
   * is remembered. Cheap when few words differ from the state loaded last.
   */
  intern(source: Int32Array, from: number, parent: number): number {
    this.single.set(source.subarray(from, from + this.words))
    this.put(this.single, 0, 1, parent)
    this.settle(1)
    return this.batch.number[0]
  }

  /** Writes state `id` to `into[0..words)`. */
  load(id: number, into: Int32Array): void {
    this.trees.unfold(this.roots.left(id), this.roots.right(id), into, 0)
  }

  /** The state from which `id` was first reached; -1 for an initial state. */
  parentOf(id: number): number {
    return this.parents.chunks[id >> CHUNK_BITS][id & CHUNK_MASK]
  }

  /** Writes the next state, in the order of their coming, to `into[at..at + words)`. */
  next(into: Int32Array, at: number): void {
    const { trees, roots, rest } = this
    const id = this.handed++
    if (rest) {
      const { queue } = rest
      const place = queue.shift()
      trees.unfold(queue.current[place], queue.current[place + 1], into, at)
    } else trees.unfold(roots.left(id), roots.right(id), into, at)
  }

  /**
   * Puts the vectors `first..end - 1` of `source` down as the same numbers of a batch. Cheap when
   * they differ in few words from the state that was handed out or loaded last.
   */
  put(source: Int32Array, first: number, end: number, parent: number): void {
    this.batch.reserve(end)
    this.trees.fold(source, first, end, parent, this.batch)
  }

  /** Takes in the first `count` states that were put down; `isNew` and `numbers` tell the rest. */
  settle(count: number): void {
    if (this.rest) this.settleInSet(this.rest.set, this.rest.queue, count)
    else this.settleNumbered(count)
  }

  /** For each state of the settled batch: 1 if it was not known before. Until the next `put`. */
  get isNew(): Uint8Array {
    return this.batch.isNew
  }

  /** For each state of the settled batch its number; of no meaning once they are forgotten. */
  get numbers(): Int32Array {
    return this.batch.number
  }

  /**
   * Forgets numbers and what led to a state: only `next`, `put`, `settle` and `isNew` work from
   * here on. Not between `put` and `settle`. Words must not be negative.
   */
  forget(): void {
    const { roots, batch } = this
    const set = new PairSet()
    const queue = new PairQueue()
    for (let id = 0; id < this.known; id++) {
      batch.put(0, roots.left(id), roots.right(id))
      set.addAll(batch, 1)
      if (id >= this.handed) queue.push(batch.left[0], batch.right[0])
    }
    this.rest = { set, queue }
    this.roots = new PairTable()
    this.parents = new Row(1)
  }

  /** The bytes there will be, for a moment, when `count` new states come. */
  bytesFor(count: number): number {
    const { trees, roots, parents, rest } = this
    const ofRoots = rest
      ? rest.set.bytesFor(count) + rest.queue.bytes
      : roots.bytesFor(count) + parents.bytes
    return trees.inner.bytesFor(count) + ofRoots
  }

  /** All that is known, not between `put` and `settle`. */
  save(): SavedStore {
    const { trees, roots, rest, regroupings, handed, known } = this
    return {
      pairing: trees.pairing,
      regroupings,
      handed,
      known,
      inner: trees.inner.pairs(),
      roots: roots.pairs(),
      parents: Int32Array.from({ length: rest ? 0 : known }, (_, id) => this.parentOf(id)),
      queue: rest ? rest.queue.pairs() : new Int32Array(0),
      set: rest ? rest.set.save() : null,
    }
  }

  /** Makes a new store what the saved one was. */
  restore(saved: SavedStore): void {
    const { inner, roots, parents, queue, set } = saved
    this.trees = new Trees(this.words, saved.pairing)
    this.roots = new PairTable()
    for (let i = 0; i < inner.length; i += 2) this.trees.inner.intern(inner[i], inner[i + 1])
    for (let i = 0; i < roots.length; i += 2) this.roots.intern(roots[i], roots[i + 1])
    for (const [id, parent] of parents.entries()) this.parents.reserve(id)[id & CHUNK_MASK] = parent
    if (set) {
      this.rest = { set: PairSet.from(set), queue: new PairQueue() }
      for (let i = 0; i < queue.length; i += 2) this.rest.queue.push(queue[i], queue[i + 1])
    }
    this.regroupings = saved.regroupings
    this.handed = saved.handed
    this.known = saved.known
  }

  private settleNumbered(count: number): void {
    const { batch, parents } = this
    this.roots.internAll(batch, count)
    for (let i = 0; i < count; i++) {
      if (batch.isNew[i] === 0) continue
      const id = this.known++
      parents.reserve(id)[id & CHUNK_MASK] = batch.number[i]
      batch.number[i] = id
    }
    if (this.known >= REGROUP_AT[this.regroupings]) this.regroup()
  }

  private settleInSet(set: PairSet, queue: PairQueue, count: number): void {
    const { batch } = this
    set.addAll(batch, count)
    for (let i = 0; i < count; i++) {
      if (batch.isNew[i] === 0) continue
      this.known++
      queue.push(batch.left[i], batch.right[i])
    }
  }

  /** Moves all states, under the same numbers, to trees of a shape that suits them better. */
  private regroup(): void {
    this.regroupings++
    const { words, trees, roots, known } = this
    const state = new Int32Array(words)
    const columns = Array.from({ length: words }, () => new Int32Array(SAMPLE))
    for (let i = 0; i < SAMPLE; i++) {
      this.load(Math.floor((i * known) / SAMPLE), state)
      for (let j = 0; j < words; j++) columns[j][i] = state[j]
    }
    const pairing = withNarrowRoot(pairBySample(columns), words, this.bitsOf)
    const regrouped = new Trees(words, pairing)
    const batch = new PairBatch()
    const moved = new PairTable()
    for (let id = 0; id < known; id++) {
      trees.unfold(roots.left(id), roots.right(id), state, 0)
      regrouped.fold(state, 0, 1, 0, batch)
      moved.intern(batch.left[0], batch.right[0])
    }
    this.trees = regrouped
    this.roots = moved
  }
}
