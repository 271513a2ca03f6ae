/**
 * A search among states that have numbers, given as they are found: the numbers are the queue, and
 * each state knows the one that led to it, so whatever is found can be told.
 */

import type { EdgeList } from '../graph/graph.js'
import { ModelError, NO_DEADLOCK, NO_RULE_ERROR } from '../model.js'
import type { CompiledModel } from '../rules/compile.js'
import type { Digest } from '../state/digest.js'
import { StateStore } from '../visited/store.js'
import { BATCH, Batch, MANY_SUCCESSORS } from './batch.js'
import type { Tally } from './counters.js'
import type { Findings } from './findings.js'
import { traceTo } from './trace.js'

/** What a search finds out, and where it writes that down. */
export interface Notes<S> {
  readonly tally: Tally
  readonly findings: Findings<S>
  /** 1 for each of `model.properties` whose violation, or whose being reached, would be news. */
  readonly watched: Uint8Array
  readonly digest: Digest | null
  /** All steps, where the state graph is wanted. */
  readonly edges: EdgeList | null
}

export class FewSearch<S> {
  readonly store: StateStore
  private readonly batch: Batch<S>
  private readonly found: Int32Array

  constructor(
    private readonly compiled: CompiledModel<S>,
    private readonly notes: Notes<S>,
    private readonly maxStates = Number.POSITIVE_INFINITY,
  ) {
    const { layout, properties } = compiled.model
    this.store = new StateStore(layout.words, (word) => layout.bitsOf(word))
    this.batch = new Batch(compiled)
    this.found = new Int32Array(properties.length)
  }

  get hashLoad(): number {
    return this.store.hashLoad
  }

  get bytes(): number {
    return this.store.bytes + (this.notes.edges?.bytes ?? 0)
  }

  /** Its memory grows as far as the machine's does. */
  get isNearlyFull(): boolean {
    return false
  }

  /** The bytes there will be after one more batch. */
  get bytesNext(): number {
    const edges = this.notes.edges?.bytesFor(MANY_SUCCESSORS) ?? 0
    return this.store.bytesFor(MANY_SUCCESSORS) + edges
  }

  /** Are so many states known that no more are to be expanded, not even of this batch? */
  private get isFull(): boolean {
    return this.notes.tally.states >= this.maxStates
  }

  /** Is there no need to go on in the middle of a batch? */
  private get isOver(): boolean {
    return this.notes.findings.isEnough
  }

  /** Meets the initial states. */
  begin(): void {
    const { layout, init } = this.compiled.model
    for (const state of init) {
      const initial = layout.encode(state)
      this.store.put(initial, 0, 1, -1)
      this.store.settle(1)
      if (this.store.isNew[0] === 0) continue
      this.notes.digest?.initial(initial, 0)
      const complement = initial.map((word) => ~word)
      this.meet(initial, 0, complement, 0)
    }
  }

  /**
   * Expands some states of one level together, then takes in what they led to, one by one.
   * @returns how many, `most` or fewer.
   */
  expand(most: number): number {
    const { store, batch, notes } = this
    const { tally } = notes
    // A batch is small beside what is known: little is done in vain when the search ends in it.
    const inLevel = tally.levelEnd - tally.expanded
    const size = Math.min(BATCH, 1 + (tally.states >> 6), inLevel, most)
    batch.expand(store, size, tally.expanded)
    for (let i = 0; i < batch.size && !this.isOver && !this.isFull; i++) this.meetSuccessors(i)
    if (batch.hasFailed && !this.isOver && !this.isFull) this.meetFailure(batch.size)
    return size
  }

  /** Takes in the successors of state `i` of the batch. */
  private meetSuccessors(i: number): void {
    const { store, compiled, batch } = this
    const { edges, digest, tally } = this.notes
    const { words } = compiled.model.layout
    const { successors, taken } = compiled
    const { isNew, numbers } = store
    const { sources } = batch
    const first = batch.first(i)
    const end = batch.end(i)
    tally.expand(end - first)
    if (end === first) this.meetDeadEnd(i)
    edges?.nextState()
    digest?.state(sources, i * words)
    for (let j = first; j < end && !this.isOver; j++) {
      tally.fired[taken[j]]++
      if (edges) edges.add(numbers[j], taken[j])
      if (digest) digest.step(taken[j], successors, j * words)
      if (isNew[j] === 1) this.meet(successors, j * words, sources, i * words)
    }
  }

  /** A rule fails in state `i` of the batch. @throws ModelError on a name that it does not know. */
  private meetFailure(i: number): void {
    const { compiled, batch, notes } = this
    const { name, layout } = compiled.model
    const failing = compiled.failingAction(batch.sources, i * layout.words)
    if (!failing) throw new Error(`a rule of ${name} fails, and does not the second time`)
    const { error, action } = failing
    if (error instanceof ReferenceError) throw new ModelError(`${action.label}: ${error.message}`)
    const id = notes.tally.expanded++
    notes.edges?.nextState()
    const trace = traceTo(compiled, this.store, id)
    const schedule = [...trace.schedule, action.label]
    const explanation = `${action.label}: ${(error as Error).message}`
    notes.findings.violate(NO_RULE_ERROR, explanation, { ...trace, schedule })
  }

  /**
   * Looks at a new state. Watched properties were as expected in the state before it: only what
   * the step between them can have changed needs a look.
   */
  private meet(a: Int32Array, o: number, before: Int32Array, p: number): void {
    const { compiled, store, found } = this
    const { tally, watched, findings } = this.notes
    const id = tally.states++
    const news = this.inspect(a, o, before, p, id)
    for (let i = 0; i < news && !this.isOver; i++) {
      const property = compiled.model.properties[found[i]]
      const isViolated = property.kind === 'always'
      watched[found[i]] = 0
      if (isViolated) findings.violateBy(property, traceTo(compiled, store, id))
      else findings.reach(property, () => traceTo(compiled, store, id))
    }
  }

  /** What is new in a state. @throws ModelError when a property cannot be evaluated there. */
  private inspect(a: Int32Array, o: number, before: Int32Array, p: number, id: number): number {
    const { compiled, store, found } = this
    const { watched } = this.notes
    try {
      return compiled.inspect(a, o, before, p, watched, found)
    } catch (error) {
      const { schedule } = traceTo(compiled, store, id)
      const culprit = compiled.model.properties.find(
        (_, i) => watched[i] === 1 && !canLook(compiled, i, a, o),
      )
      const why = `cannot be evaluated (${(error as Error).message})`
      throw new ModelError(`property ${culprit?.name} ${why} after: ${schedule.join(' ')}`)
    }
  }

  /** Nothing is enabled in state `i` of the batch, which was expanded last. */
  private meetDeadEnd(i: number): void {
    const { compiled, batch, store } = this
    const { findings, tally } = this.notes
    if (compiled.final(batch.sources, i * compiled.model.layout.words)) return
    tally.deadlocks++
    if (!findings.selects(NO_DEADLOCK) || findings.wasViolated(NO_DEADLOCK)) return
    const explanation = 'no step is enabled, and the state is not final'
    findings.violate(NO_DEADLOCK, explanation, traceTo(compiled, store, tally.expanded - 1))
  }
}

function canLook<S>(
  compiled: CompiledModel<S>,
  property: number,
  a: Int32Array,
  o: number,
): boolean {
  try {
    compiled.holds[property](a, o)
    return true
  } catch {
    return false
  }
}
