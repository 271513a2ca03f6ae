/**
 * One thread of a search among states that have no numbers. A set of root pairs says which states
 * are known. Two arrays of root pairs hold the level that is being expanded and the next one.
 *
 * An explorer counts states and looks for violations. It cannot make a trace: if it finds a
 * violation or a failing rule, all threads stop, and a search that keeps traces is run instead.
 */

import type { Expansion } from '../../rules/compile.js'
import { Digest } from '../../state/digest.js'
import type { Layout } from '../../state/layout.js'
import { MemoryFullError } from '../../visited/growable-memory.js'
import { PairSet } from '../../visited/pair-set.js'
import type { Pairing } from '../../visited/pairing.js'
import { PairBatch, PairTable } from '../../visited/pairs.js'
import { Trees } from '../../visited/trees.js'
import { BATCH_STATES } from '../batch.js'
import { type JudgeConfig, PackedJudge } from '../judge.js'
import { Lock } from './lock.js'
import {
  COMMAND,
  CONTINUE,
  DEADLOCKS,
  DONE,
  EXPANDED,
  FEWEST_STEPS,
  FIRED,
  FULL,
  innerMemory,
  LEVEL_ARRAY,
  LEVEL_STATES,
  LOCK,
  MOST_STEPS,
  NEXT_STATES,
  REPORT,
  type SharedMemory,
  setMemory,
  TAKEN,
  TRANSITIONS,
} from './shared-memory.js'

/** Root pairs that were looked up lately are kept in 2^13 places. */
const RECENT_BITS = 13

/** The parts of the model and of the search that a thread needs, as data. */
export interface SearchConfig {
  /** Words of a state. */
  readonly words: number
  readonly pairing: Pairing
  readonly judge: JudgeConfig
  /** If a digest is wanted: what it is computed from. */
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
  private readonly ends = new Int32Array(BATCH_STATES)
  private readonly counters: Float64Array
  private readonly judge: PackedJudge
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

  /** @param thread its number, from 0; there are as many as `memory.counters`. */
  constructor(
    private readonly expansion: Expansion,
    private readonly memory: SharedMemory,
    private readonly config: SearchConfig,
    private readonly thread: number,
  ) {
    const { words, pairing, judge, digest } = config
    this.lock = new Lock(memory.control.subarray(LOCK))
    this.trees = new Trees(words, pairing, new PairTable(innerMemory(memory)))
    this.set = new PairSet(setMemory(memory))
    this.sources = new Int32Array((BATCH_STATES + 1) * words)
    this.nodes = new Int32Array(BATCH_STATES * this.trees.nodes)
    this.counters = memory.counters[thread]
    this.judge = new PackedJudge(expansion, { ...judge, watched: judge.watched.slice() })
    this.digest = digest && new Digest(digest, digest.labels)
  }

  /** Expands some states of the level. @returns how many; 0 if all of them have been taken. */
  work(): number {
    const { lock, memory } = this
    const { control } = memory
    lock.enter()
    try {
      if (control[COMMAND] !== CONTINUE) return 0
      const from = Atomics.add(control, TAKEN, BATCH_STATES)
      const size = Math.min(BATCH_STATES, control[LEVEL_STATES] - from)
      if (size <= 0) return 0
      this.expand(from, size)
      Atomics.add(control, DONE, size)
      return size
    } catch (error) {
      // Any other error is found again by the search that keeps traces.
      Atomics.store(control, COMMAND, error instanceof MemoryFullError ? FULL : REPORT)
      return 0
    } finally {
      lock.leave()
      Atomics.notify(control, DONE)
    }
  }

  private expand(from: number, size: number): void {
    const { expansion, trees, set, batch, sources, nodes, ends, memory, config } = this
    const { words } = config
    const level = memory.levels[memory.control[LEVEL_ARRAY]]
    let count = 0
    for (let i = 0; i < size; i++) {
      const at = 2 * (from + i)
      trees.unfold(level[at], level[at + 1], sources, i * words, nodes, i * trees.nodes)
      const end = expansion.expand(sources, i * words, count)
      if (end === count) this.countDeadEnd(i)
      ends[i] = end
      count = end
    }
    batch.reserve(count)
    // All threads may add as many pairs at the same time.
    const pairs = memory.counters.length * count * trees.pairs
    if (!trees.inner.hasRoomFor(pairs)) this.alone(() => trees.inner.reserve(pairs))
    const { successors } = expansion
    for (let i = 0, first = 0; i < size; i++) {
      trees.fold(successors, first, ends[i], nodes, i * trees.nodes, batch)
      first = ends[i]
    }
    const fresh = set.addAll(batch, this.leaveOutRecent(count), this.alone)
    this.count(size, count)
    this.addToNextLevel(fresh)
  }

  /**
   * Leaves out of the batch the pairs that were looked up a moment ago: that is cheaper than to
   * find them in the set. The numbers of the other pairs are those of their successors.
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
    const { counters, digest, ends } = this
    const { taken } = this.expansion
    counters[EXPANDED] += size
    counters[TRANSITIONS] += count
    for (let i = 0, from = 0; i < size; from = ends[i++]) {
      if (ends[i] - from < counters[FEWEST_STEPS]) counters[FEWEST_STEPS] = ends[i] - from
      if (ends[i] - from > counters[MOST_STEPS]) counters[MOST_STEPS] = ends[i] - from
    }
    for (let i = 0; i < count; i++) counters[FIRED + taken[i]]++
    if (digest) this.addToDigest(digest, size)
  }

  /** Adds new states to the next level, and looks at them. */
  private addToNextLevel(fresh: number): void {
    const { batch, set, memory, ends, expansion, sources, judge } = this
    const { words } = this.config
    const { control, levels } = memory
    const next = levels[1 - control[LEVEL_ARRAY]]
    const { successors } = expansion
    let at = 2 * Atomics.add(control, NEXT_STATES, fresh)
    for (let n = 0, source = 0; n < fresh; n++) {
      const root = set.fresh[n]
      const i = batch.number[root]
      while (ends[source] <= i) source++
      next[at++] = batch.left[root]
      next[at++] = batch.right[root]
      const news = judge.look(successors, i * words, sources, source * words)
      if (news > 0) this.note(news)
    }
  }

  /** Notes the properties that are news in a state. */
  private note(news: number): void {
    const { memory, judge } = this
    for (let i = 0; i < news; i++) {
      const property = judge.found[i]
      if (judge.settle(property)) Atomics.store(memory.control, COMMAND, REPORT)
      else Atomics.store(memory.reached, property, 1)
    }
  }

  /** No action is enabled in state `i` of the batch. */
  private countDeadEnd(i: number): void {
    const { judge, sources, config, counters, memory } = this
    if (!judge.isDeadlock(sources, i * config.words)) return
    counters[DEADLOCKS]++
    if (judge.watchesDeadlocks) Atomics.store(memory.control, COMMAND, REPORT)
  }

  private addToDigest(digest: Digest, size: number): void {
    const { sources, ends, expansion, memory, thread, config } = this
    const { successors, taken } = expansion
    for (let i = 0, j = 0; i < size; i++) {
      digest.state(sources, i * config.words)
      for (; j < ends[i]; j++) digest.step(taken[j], successors, j * config.words)
    }
    memory.digests[thread].set(digest.lanes)
  }
}
