/**
 * A breadth-first search that can show how it reached a state. States have numbers, in the order in
 * which they are found. The numbers are the queue, and the number of each state's predecessor is
 * stored.
 */

import type { EdgeList } from '../graph/graph.js'
import type { CompiledModel } from '../rules/compile.js'
import type { Digest } from '../state/digest.js'
import { StateStore } from '../visited/store.js'
import { BATCH_STATES, BATCH_SUCCESSORS, Batch } from './batch.js'
import type { Counters } from './counters.js'
import type { Findings } from './findings.js'
import { DEADLOCK } from './judge.js'
import { traceTo } from './trace.js'

/** Records that a search keeps. */
export interface SearchRecord<S> {
  readonly counters: Counters
  /** With the judge of the search. */
  readonly findings: Findings<S>
  readonly digest: Digest | null
  /** All steps, if the state graph is wanted. */
  readonly edges: EdgeList | null
}

/** A part of a search: all states are found by one part, or the first ones by one, then another. */
export interface SearchPart {
  /** Expands up to `count` states of the level, or a few more. @returns how many. */
  expand(count: number): number
  /** Was something found that needs a trace, which this part cannot make? Then it must stop. */
  readonly needsTrace: boolean
  /** How full the hash table of the states is, from 0 to 1. */
  readonly hashLoad: number
  readonly bytes: number
  /** The most bytes after the next batch. */
  readonly bytesNext: number
  /** Is its memory of a fixed size, and almost used up? */
  readonly isNearlyFull: boolean
}

export class TracedSearch<S> implements SearchPart {
  readonly store: StateStore
  readonly needsTrace = false
  /** Its memory grows as long as the machine has any. */
  readonly isNearlyFull = false
  private readonly batch: Batch<S>

  constructor(
    private readonly compiled: CompiledModel<S>,
    private readonly record: SearchRecord<S>,
    private readonly maxStates = Number.POSITIVE_INFINITY,
  ) {
    const { layout } = compiled.model
    this.store = new StateStore(layout.words, (word) => layout.bitsOf(word))
    this.batch = new Batch(compiled)
  }

  get hashLoad(): number {
    return this.store.hashLoad
  }

  get bytes(): number {
    return this.store.bytes + (this.record.edges?.bytes ?? 0)
  }

  get bytesNext(): number {
    const edges = this.record.edges?.bytesFor(BATCH_SUCCESSORS) ?? 0
    return this.store.bytesFor(BATCH_SUCCESSORS) + edges
  }

  /** May no more states be expanded, not even the rest of a batch? */
  private get isFull(): boolean {
    return this.record.counters.states >= this.maxStates
  }

  /** Is the search over, even in the middle of a batch? */
  private get isOver(): boolean {
    return this.record.findings.isEnough
  }

  /** Adds the initial states. */
  begin(): void {
    const { layout, init } = this.compiled.model
    const { digest, findings } = this.record
    for (const state of init) {
      const initial = layout.encode(state)
      this.store.put(initial, 0, 1, -1)
      this.store.settle(1)
      if (this.store.isNew[0] === 0) continue
      digest?.initial(initial, 0)
      const id = this.record.counters.states++
      this.note(id, findings.judge.inspectInitial(initial, 0))
    }
  }

  /** Expands some states of one level together, then adds their successors one by one. */
  expand(count: number): number {
    const { store, batch, record } = this
    const { counters } = record
    // A batch is small beside the states that are known: little is wasted if the search ends in it.
    const inLevel = counters.levelEnd - counters.expanded
    const size = Math.min(BATCH_STATES, 1 + (counters.states >> 6), inLevel, count)
    batch.expand(store, size, counters.expanded)
    for (let i = 0; i < batch.size && !this.isOver && !this.isFull; i++) this.addSuccessors(i)
    if (batch.hasFailed && !this.isOver && !this.isFull) this.addFailure(batch.size)
    return size
  }

  /** Adds the successors of state `i` of the batch. */
  private addSuccessors(i: number): void {
    const { store, compiled, batch } = this
    const { edges, digest, counters } = this.record
    const { words } = compiled.model.layout
    const { successors, taken } = compiled
    const { isNew, numbers } = store
    const { sources } = batch
    const first = batch.first(i)
    const end = batch.end(i)
    counters.expand(end - first)
    if (end === first) this.addDeadEnd(i)
    edges?.nextState()
    digest?.state(sources, i * words)
    for (let j = first; j < end && !this.isOver; j++) {
      counters.fired[taken[j]]++
      if (edges) edges.add(numbers[j], taken[j])
      if (digest) digest.step(taken[j], successors, j * words)
      if (isNew[j] === 1) this.add(successors, j * words, sources, i * words)
    }
  }

  /** Adds a new state. */
  private add(a: Int32Array, o: number, before: Int32Array, p: number): void {
    const { counters, findings } = this.record
    const id = counters.states++
    const news = findings.judge.inspect(a, o, before, p, () => this.traceTo(id).schedule)
    if (news > 0) this.note(id, news)
  }

  /** Notes the properties that are news in state `id`. */
  private note(id: number, news: number): void {
    const { findings } = this.record
    const { judge } = findings
    for (let i = 0; i < news && !this.isOver; i++) {
      const property = judge.model.properties[judge.found[i]]
      if (judge.settle(judge.found[i])) findings.violateBy(property, this.traceTo(id))
      else {
        findings.reach(property)
        if (findings.wantsWitness(property)) findings.witness(property, this.traceTo(id))
      }
    }
  }

  /** A rule fails in state `i` of the batch. */
  private addFailure(i: number): void {
    const { compiled, batch, record } = this
    const { findings, edges, counters } = record
    const at = i * compiled.model.layout.words
    const { label, property, explanation } = findings.judge.failureIn(batch.sources, at)
    edges?.nextState()
    const trace = this.traceTo(counters.expanded++)
    const schedule = [...trace.schedule, label]
    findings.violate(property, explanation, { ...trace, schedule })
  }

  /** No action is enabled in state `i` of the batch, which was expanded last. */
  private addDeadEnd(i: number): void {
    const { compiled, batch } = this
    const { findings, counters } = this.record
    const { judge } = findings
    if (!judge.isDeadlock(batch.sources, i * compiled.model.layout.words)) return
    counters.deadlocks++
    const { property, explanation } = DEADLOCK
    if (!judge.watchesDeadlocks || findings.wasViolated(property)) return
    findings.violate(property, explanation, this.traceTo(counters.expanded - 1))
  }

  private traceTo(id: number) {
    return traceTo(this.compiled, this.store, id)
  }
}
