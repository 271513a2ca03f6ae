/**
 * The set of distinct states: exact, in typed arrays, a few words a state whatever its length.
 *
 * A state vector is stored as a tree of pairs (tree compression, Laarman, van de Pol and Weber
 * 2011, arXiv 1104.3119): words are paired, each distinct pair gets a number, numbers are paired
 * again, up to one root pair per state. Parts that many states share are stored once, so a state
 * costs little more than its root pair. Storage is exact: two states are equal if and only if their
 * roots are the same pair.
 *
 * States have numbers, in the order in which they are found, and the number of each state's
 * predecessor is stored. A state takes 8 bytes for its root pair, 4 for its predecessor, and 4 for
 * a slot of the hash table, whose load is between 3/8 and 3/4.
 * If that is too much, a search only stores which states are known (pair-set.ts).
 *
 * States are inserted in batches, so that the cache misses of their look-ups overlap.
 */

import { GrowableMemory } from './growable-memory.js'
import { type Pairing, pairBySample, pairNeighbours, withNarrowRoot } from './pairing.js'
import { PairBatch, PairTable } from './pairs.js'
import { Trees } from './trees.js'

/** Numbers of states at which the pairing is chosen again, from the states known by then. */
const REGROUP_AT = [1 << 14, 1 << 18]
/** States by which a pairing is chosen. */
const SAMPLE_STATES = 2048
/** Up to this many states, a search stores the predecessor of each. */
export const TRACED_STATES = 1 << 15

/** A store as data. */
export interface SavedStore {
  readonly pairing: Pairing
  readonly regroupings: number
  readonly handed: number
  readonly known: number
  readonly inner: Int32Array
  readonly roots: Int32Array
  readonly parents: Int32Array
}

/** Distinct states with their numbers, in the order of first appearance. */
export class StateStore {
  trees: Trees
  private roots = new PairTable()
  private readonly parents = GrowableMemory.growing(512)
  private readonly batch = new PairBatch()
  /** All nodes of the state that was handed out or loaded last. */
  private base: Int32Array
  /** The input of `intern`. */
  private readonly single: Int32Array
  private regroupings = 0
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
    this.base = new Int32Array(this.trees.nodes)
    this.single = new Int32Array(words)
  }

  /** Distinct states so far. */
  get size(): number {
    return this.known
  }

  /** How full the hash table of the states is. */
  get hashLoad(): number {
    return this.roots.hashLoad
  }

  /** Bytes in use for states, hash tables and what led to states. */
  get bytes(): number {
    const { trees, roots, known } = this
    return trees.inner.bytes + roots.bytes + 4 * known
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
    this.unfold(id, into, 0)
  }

  /** The state from which `id` was first reached; -1 for an initial state. */
  parentOf(id: number): number {
    return this.parents.words[id]
  }

  /** Puts the root pair of state `id` into a batch as its pair `i`. */
  rootOf(id: number, batch: PairBatch, i: number): void {
    batch.put(i, this.roots.left(id), this.roots.right(id))
  }

  /** Writes the next state, in the order of their coming, to `into[at..at + words)`. */
  next(into: Int32Array, at: number): void {
    this.unfold(this.handed++, into, at)
  }

  /**
   * Puts the vectors `first..end - 1` of `source` down as the same numbers of a batch. Cheap when
   * they differ in few words from the state that was handed out or loaded last.
   */
  put(source: Int32Array, first: number, end: number, parent: number): void {
    const { trees, batch } = this
    batch.reserve(end)
    trees.inner.reserve((end - first) * trees.pairs)
    trees.fold(source, first, end, this.base, 0, batch)
    for (let i = first; i < end; i++) batch.number[i] = parent
  }

  /** Interns the first `count` states of the batch; sets `isNew` and `numbers`. */
  settle(count: number): void {
    const { batch, parents } = this
    this.roots.internAll(batch, count)
    parents.reserve(this.known + count)
    for (let i = 0; i < count; i++) {
      if (batch.isNew[i] === 0) continue
      const id = this.known++
      parents.words[id] = batch.number[i]
      batch.number[i] = id
    }
    if (this.known >= REGROUP_AT[this.regroupings]) this.regroup()
  }

  /** For each state of the settled batch: 1 if it was not known before. Until the next `put`. */
  get isNew(): Uint8Array {
    return this.batch.isNew
  }

  /** For each state of the settled batch its number. */
  get numbers(): Int32Array {
    return this.batch.number
  }

  /** The bytes there will be when `count` new states come. */
  bytesFor(count: number): number {
    const { trees, roots, known } = this
    return trees.inner.bytesFor(count) + roots.bytesFor(count) + 4 * (known + count)
  }

  /** All that is known, not between `put` and `settle`. */
  save(): SavedStore {
    const { trees, roots, parents, regroupings, handed, known } = this
    return {
      pairing: trees.pairing,
      regroupings,
      handed,
      known,
      inner: trees.inner.pairs(),
      roots: roots.pairs(),
      parents: parents.words.slice(0, known),
    }
  }

  /** Makes a new store what the saved one was. */
  restore(saved: SavedStore): void {
    const { inner, roots, parents } = saved
    this.roots = new PairTable()
    const pairs = new PairTable()
    for (let i = 0; i < inner.length; i += 2) pairs.intern(inner[i], inner[i + 1])
    for (let i = 0; i < roots.length; i += 2) this.roots.intern(roots[i], roots[i + 1])
    this.shape(new Trees(this.words, saved.pairing, pairs))
    this.parents.reserve(parents.length)
    this.parents.words.set(parents)
    this.regroupings = saved.regroupings
    this.handed = saved.handed
    this.known = saved.known
  }

  private unfold(id: number, into: Int32Array, at: number): void {
    const { trees, roots, base } = this
    trees.unfold(roots.left(id), roots.right(id), into, at, base, 0)
  }

  private shape(trees: Trees): void {
    this.trees = trees
    this.base = new Int32Array(trees.nodes)
  }

  /** Makes sure that the words of root pairs are narrow, as a `PairSet` wants them. */
  narrow(): void {
    if (this.regroupings < REGROUP_AT.length) this.regroup()
  }

  /** Moves all states, under the same numbers, to trees of a shape that suits them better. */
  private regroup(): void {
    this.regroupings++
    const { words, known } = this
    const state = new Int32Array(words)
    const columns = Array.from({ length: words }, () => new Int32Array(SAMPLE_STATES))
    for (let i = 0; i < SAMPLE_STATES; i++) {
      this.load(Math.floor((i * known) / SAMPLE_STATES), state)
      for (let j = 0; j < words; j++) columns[j][i] = state[j]
    }
    const pairing = withNarrowRoot(pairBySample(columns), words, this.bitsOf)
    const regrouped = new Trees(words, pairing)
    const base = new Int32Array(regrouped.nodes)
    const batch = new PairBatch()
    const moved = new PairTable()
    for (let id = 0; id < known; id++) {
      this.unfold(id, state, 0)
      regrouped.inner.reserve(regrouped.pairs)
      regrouped.fold(state, 0, 1, base, 0, batch)
      moved.intern(batch.left[0], batch.right[0])
    }
    this.shape(regrouped)
    this.roots = moved
  }
}
