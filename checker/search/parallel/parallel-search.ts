/**
 * The part of a search that is for many states: it keeps no traces, and other threads may help.
 * This is its side in the thread that began the search.
 */

import type { CompiledModel } from '../../rules/compile.js'
import type { Layout } from '../../state/layout.js'
import { PairSet, type SavedPairs } from '../../visited/pair-set.js'
import type { Pairing } from '../../visited/pairing.js'
import { PairBatch, PairTable } from '../../visited/pairs.js'
import type { StateStore } from '../../visited/store.js'
import { BATCH_SUCCESSORS } from '../batch.js'
import type { Counters } from '../counters.js'
import { DEADLOCK } from '../judge.js'
import type { SearchPart, SearchRecord } from '../traced-search.js'
import { Explorer, type SearchConfig } from './explorer.js'
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
  isNearlyFull,
  LEVEL_ARRAY,
  LEVEL_COUNT,
  LEVEL_STATES,
  MOST_STEPS,
  NEXT_STATES,
  newSharedMemory,
  REPORT,
  type SharedMemory,
  STOP,
  setMemory,
  TAKEN,
  TRANSITIONS,
} from './shared-memory.js'
import type { Task, Workers } from './workers.js'

/** A parallel search as data. */
export interface SavedParallelSearch {
  readonly pairing: Pairing
  readonly inner: Int32Array
  readonly set: SavedPairs
  /** Root pairs of the rest of the level, and of the states known of the next level. */
  readonly level: Int32Array
  readonly next: Int32Array
}

export interface ParallelOptions {
  readonly digest: boolean
  readonly workers: Workers | null
  /** Expand one batch at a time, so that a limit on states is met closely? */
  readonly oneBatch: boolean
}

/** States that the thread of the search expands before it looks at what the others have found. */
const SLICE_STATES = 2048

/** How long to wait for other threads before looking whether they have found something. */
const WAIT_MILLISECONDS = 20

export class ParallelSearch<S> implements SearchPart {
  /** A `sometimes` property was reached to which a way was asked for. */
  private needsWitness = false
  private readonly memory: SharedMemory
  private readonly explorer: Explorer
  private readonly inner: PairTable
  private readonly set: PairSet
  private readonly pairing: Pairing
  /** The counters at the beginning of this part. */
  private readonly before: Counters

  /** @param record of the search; what is counted here is added to it. */
  constructor(
    compiled: CompiledModel<S>,
    from: StateStore | SavedParallelSearch,
    private readonly record: SearchRecord<S>,
    private readonly options: ParallelOptions,
  ) {
    const { model, actions } = compiled
    const { counters, findings } = record
    const { watched, isAlways, watchesDeadlocks } = findings.judge
    const { digest, workers } = options
    const helpers = compiled.interpreted.length === 0 && workers ? workers.size : 0
    this.memory = newSharedMemory(1 + helpers, actions.length, watched.length)
    this.before = counters.copy()
    this.set = new PairSet(setMemory(this.memory))
    ;[this.pairing, this.inner] = 'set' in from ? this.restore(from) : this.takeOver(from)
    const { leaves, words } = model.layout as Layout<never>
    const config: SearchConfig = {
      words,
      pairing: this.pairing,
      judge: {
        watched,
        isAlways,
        watchesDeadlocks: watchesDeadlocks && !findings.wasViolated(DEADLOCK.property),
      },
      digest: digest ? { leaves, labels: actions.map(({ label }) => label) } : null,
    }
    this.explorer = new Explorer(compiled, this.memory, config, 0)
    const { memory } = this
    const task: Omit<Task, 'thread'> = {
      program: compiled.program,
      memory,
      slots: memory.slots.buffer,
      config,
    }
    for (let thread = 1; thread <= helpers; thread++) workers?.send({ ...task, thread })
  }

  get hashLoad(): number {
    return this.set.hashLoad
  }

  get bytes(): number {
    const { inner, set, memory } = this
    const { control } = memory
    return inner.bytes + set.bytes + 8 * (control[LEVEL_STATES] + control[NEXT_STATES])
  }

  get bytesNext(): number {
    const { bytes, set } = this
    return bytes - set.bytes + set.bytesFor(BATCH_SUCCESSORS) + 8 * BATCH_SUCCESSORS
  }

  get isNearlyFull(): boolean {
    return this.isBroken || isNearlyFull(this.memory)
  }

  /** Was there no memory for a state that was found? Then the search cannot go on. */
  get isBroken(): boolean {
    return this.memory.control[COMMAND] === FULL
  }

  get needsTrace(): boolean {
    return this.needsWitness || this.memory.control[COMMAND] === REPORT
  }

  /** Sums of digests, one for each thread. */
  get digests(): readonly (readonly number[])[] {
    return this.memory.digests.map((lanes) => [...lanes])
  }

  /**
   * Expands some states of the level. If none is left, it waits until the other threads have
   * expanded theirs.
   * @returns how many were expanded since the last call, by all threads.
   */
  expand(count: number): number {
    const { explorer, options, record } = this
    const before = record.counters.expanded
    for (let left = options.oneBatch ? 1 : Math.min(count, SLICE_STATES); left > 0; ) {
      const expanded = explorer.work()
      if (expanded === 0) this.awaitOthers()
      left = expanded === 0 ? 0 : left - expanded
    }
    this.collect()
    if (record.counters.expanded === record.counters.levelEnd) {
      // Another thread may have counted its last states and not yet looked at their successors.
      this.awaitOthers()
      this.collect()
    }
    this.noteReached()
    return record.counters.expanded - before
  }

  /** The next level becomes the level. All of the level must have been expanded. */
  startLevel(): void {
    const { memory, explorer } = this
    const { control } = memory
    explorer.lock.alone(() => {
      control[LEVEL_STATES] = control[NEXT_STATES]
      control[NEXT_STATES] = 0
      control[TAKEN] = 0
      control[DONE] = 0
      control[LEVEL_ARRAY] = 1 - control[LEVEL_ARRAY]
    })
    Atomics.add(control, LEVEL_COUNT, 1)
    Atomics.notify(control, LEVEL_COUNT)
  }

  /** Ends the tasks of the other threads, and waits until none of them expands a state. */
  stop(): void {
    const { control } = this.memory
    Atomics.compareExchange(control, COMMAND, CONTINUE, STOP)
    this.explorer.lock.alone(() => {})
    Atomics.add(control, LEVEL_COUNT, 1)
    Atomics.notify(control, LEVEL_COUNT)
    this.collect()
  }

  /** All that is known between two batches. The arrays are still in use. */
  save(): SavedParallelSearch {
    const { memory, inner, set, pairing, explorer } = this
    const { control, levels } = memory
    let saved: SavedParallelSearch | null = null
    explorer.lock.alone(() => {
      const [level, next] = [levels[control[LEVEL_ARRAY]], levels[1 - control[LEVEL_ARRAY]]]
      const taken = Math.min(control[TAKEN], control[LEVEL_STATES])
      this.collect()
      saved = {
        pairing,
        inner: inner.pairs(),
        set: set.save(),
        level: level.slice(2 * taken, 2 * control[LEVEL_STATES]),
        next: next.slice(0, 2 * control[NEXT_STATES]),
      }
    })
    return saved as unknown as SavedParallelSearch
  }

  /** Notes which `sometimes` properties some thread has reached. */
  private noteReached(): void {
    const { findings } = this.record
    const { judge } = findings
    for (const [i, property] of judge.model.properties.entries()) {
      if (this.memory.reached[i] === 0 || judge.watched[i] === 0) continue
      judge.settle(i)
      findings.reach(property)
      if (findings.wantsWitness(property)) this.needsWitness = true
    }
  }

  private awaitOthers(): void {
    const { control, counters } = this.memory
    if (counters.length === 1) return
    for (;;) {
      const done = Atomics.load(control, DONE)
      if (done === control[LEVEL_STATES] || control[COMMAND] !== CONTINUE) return
      Atomics.wait(control, DONE, done, WAIT_MILLISECONDS)
    }
  }

  /** Adds up the counters of all threads. */
  private collect(): void {
    const { before, memory, set } = this
    const { counters } = this.record
    const sum = (word: number) => memory.counters.reduce((all, own) => all + own[word], 0)
    counters.states = set.size
    counters.expanded = before.expanded + sum(EXPANDED)
    counters.transitions = before.transitions + sum(TRANSITIONS)
    counters.deadlocks = before.deadlocks + sum(DEADLOCKS)
    for (const own of memory.counters) {
      counters.fewest = Math.min(counters.fewest, own[FEWEST_STEPS])
      counters.most = Math.max(counters.most, own[MOST_STEPS])
    }
    for (let i = 0; i < counters.fired.length; i++)
      counters.fired[i] = before.fired[i] + sum(FIRED + i)
  }

  /** Begins with the states of a store, all levels of which but the last one are expanded. */
  private takeOver(store: StateStore): [Pairing, PairTable] {
    const { memory, set } = this
    const { control, levels } = memory
    const { pairing, inner } = store.trees
    const from = this.before.expanded
    const batch = new PairBatch()
    batch.reserve(store.size)
    for (let id = 0; id < store.size; id++) {
      store.rootOf(id, batch, id)
      if (id < from) continue
      levels[0][2 * (id - from)] = batch.left[id]
      levels[0][2 * (id - from) + 1] = batch.right[id]
    }
    set.begin(batch, store.size)
    control[LEVEL_STATES] = store.size - from
    return [pairing, inner.copyTo(innerMemory(memory))]
  }

  private restore({ pairing, inner, set, level, next }: SavedParallelSearch): [Pairing, PairTable] {
    const { memory } = this
    const { control, levels } = memory
    this.set.restore(set)
    levels[0].set(level)
    levels[1].set(next)
    control[LEVEL_STATES] = level.length / 2
    control[NEXT_STATES] = next.length / 2
    const pairs = new PairTable(innerMemory(memory))
    for (let i = 0; i < inner.length; i += 2) pairs.intern(inner[i], inner[i + 1])
    return [pairing, pairs]
  }
}
