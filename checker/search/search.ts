/**
 * Exhaustive breadth-first search: every reachable state once, in the order of its distance from
 * the initial states. So the first violation of a property has the fewest steps.
 *
 * As long as states are few, a traced search stores the predecessor of each. When they become many,
 * and the state graph is not asked for, a parallel search goes on, which only stores which states
 * are known. If it finds a violation, the traced search is run again from the beginning.
 */

import { refuteAll } from '../graph/eventually.js'
import { EdgeList, StateGraph } from '../graph/graph.js'
import { type CheckResult, type Model, NO_RULE_ERROR } from '../model.js'
import { type CompiledModel, compile } from '../rules/compile.js'
import { Digest } from '../state/digest.js'
import type { Layout } from '../state/layout.js'
import { type StateStore, TRACED_STATES } from '../visited/store.js'
import type { SearchCheckpoint } from './checkpoint.js'
import { Counters } from './counters.js'
import { type Exploration, runToEnd } from './exploration.js'
import { type FindingOptions, Findings } from './findings.js'
import { Judge } from './judge.js'
import { refuseWrongOptions, type SearchOptions } from './options.js'
import { ParallelSearch, type SavedParallelSearch } from './parallel/parallel-search.js'
import { type SearchPart, type SearchRecord, TracedSearch } from './traced-search.js'

export type { SearchOptions } from './options.js'

/** Checks a model in one go. @throws Error on a malformed model, an unknown property or option. */
export function check<S>(model: Model<S>, options: SearchOptions = {}): CheckResult<S> {
  return runToEnd(new Search(model, options))
}

/**
 * The whole state graph of a model, past all violations.
 * @throws Error when a limit, or a rule that fails, leaves a part of it unseen.
 */
export function stateGraph<S>(
  model: Model<S>,
  options: Omit<SearchOptions, keyof FindingOptions | 'graph' | 'digest'> = {},
): StateGraph<S> {
  const search = new Search(model, { ...options, properties: [], graph: true, continue: true })
  const { limit, counterexamples } = runToEnd(search)
  const graph = search.graph()
  if (graph) return graph
  const failed = counterexamples.find(({ property }) => property === NO_RULE_ERROR)
  throw new Error(`the graph of ${model.name} is not whole: ${failed?.explanation ?? limit}`)
}

/** The limit of a search that can go on if it gets more memory. */
export const MEMORY_LIMIT = '--max-memory'

/** How far a search is. */
export interface SearchProgress {
  readonly states: number
  readonly transitions: number
  /** States that are known and not yet expanded. */
  readonly queue: number
  readonly depth: number
  readonly bytes: number
}

export class Search<S> implements Exploration<SearchProgress, CheckResult<S>> {
  readonly model: Model<S>
  private readonly compiled: CompiledModel<S>
  private readonly options: SearchOptions
  private readonly keepsGraph: boolean
  /** Are the predecessors of all states stored, however many there are? */
  private keepsTraces: boolean
  private record!: SearchRecord<S>
  private traced!: TracedSearch<S>
  /** Goes on from where the traced search was, once states are many. */
  private parallel: ParallelSearch<S> | null = null
  private limit: string | null = null
  private finished = false
  private exhausted = false

  /** @param saved for `resume`. @param compiled the model, where that has been compiled before. */
  constructor(
    model: Model<S>,
    options: SearchOptions = {},
    saved?: SearchCheckpoint<S>,
    compiled?: CompiledModel<S>,
  ) {
    refuseWrongOptions(options)
    this.model = model
    this.options = options
    this.compiled = compiled ?? compile(model, options)
    const isLive = model.properties.some(
      (p) => p.kind === 'eventually' && (options.properties?.includes(p.name) ?? true),
    )
    this.keepsGraph = options.graph === true || isLive
    this.keepsTraces = this.keepsGraph
    if (model.init.length === 0) throw new Error(`model ${model.name} has no initial state`)
    this.reset()
    if (saved) this.restore(saved)
    else this.begin()
  }

  /**
   * Expands up to `count` states.
   * @returns true when it has ended: everything seen, a violation found, or a limit reached.
   */
  advance(count: number): boolean {
    for (let left = count; left > 0 && !this.finished; ) {
      const { expanded, levelEnd } = this.record.counters
      if (expanded === levelEnd && !this.startLevel()) break
      left -= this.expand(left)
      if (!this.finished && this.part.needsTrace) this.restartWithTraces()
    }
    if (this.finished) this.parallel?.stop()
    this.compiled.confirmDeterminism()
    return this.finished
  }

  /**
   * The state of a search between two calls of `advance`, for `resume`. Null if the search has
   * ended, unless its limit is MEMORY_LIMIT. The arrays are in use: write them before it goes on.
   */
  save(): SearchCheckpoint<S> | null {
    if (this.finished && (this.limit !== MEMORY_LIMIT || this.parallel?.isBroken)) return null
    // Before the counters are read: other threads may have counted since.
    const parallel = this.parallel?.save() ?? null
    const { counters, findings, edges } = this.record
    return {
      keepsTraces: this.keepsTraces,
      counters: counters.save(),
      watched: [...findings.judge.watched],
      findings: findings.save(),
      digest: this.digest()?.lanes ?? null,
      edges: edges?.done() ?? null,
      store: parallel ? null : this.traced.store.save(),
      parallel,
    }
  }

  /**
   * A search that goes on where another one of the same model with the same options was saved. The
   * caller makes sure that they are the same; see `identityOf`.
   */
  static resume<S>(model: Model<S>, options: SearchOptions, saved: SearchCheckpoint<S>): Search<S> {
    return new Search(model, options, saved)
  }

  private restore(saved: SearchCheckpoint<S>): void {
    const { counters, findings, edges, digest } = this.record
    this.keepsTraces = saved.keepsTraces
    counters.restore(saved.counters)
    findings.judge.watched.set(saved.watched)
    findings.restore(saved.findings)
    if (saved.edges) edges?.restore(saved.edges)
    if (saved.digest) digest?.addLanes(saved.digest)
    if (saved.store) this.traced.store.restore(saved.store)
    if (saved.parallel) this.parallel = this.newParallel(saved.parallel)
  }

  /** Ends the search before it has seen everything; `why` names the limit. */
  stop(why: string): void {
    if (this.finished) return
    this.limit = why
    this.finished = true
    this.parallel?.stop()
  }

  progress(): SearchProgress {
    const { states, transitions, expanded, levelEnds } = this.record.counters
    const { bytes } = this.part
    const depth = Math.max(0, levelEnds.length - 1)
    return { states, transitions, queue: states - expanded, depth, bytes }
  }

  /**
   * The state graph, if it was asked for. Null before every reachable state has been expanded, and
   * if a rule fails in one.
   */
  graph(): StateGraph<S> | null {
    const { edges, counters } = this.record
    if (!edges || !this.sawAll) return null
    return new StateGraph(this.compiled, this.traced.store, edges.done(), counters.levelEnds)
  }

  /** The result so far; may be asked at any time. */
  result(): CheckResult<S> {
    const { sawAll, compiled } = this
    const { findings, counters } = this.record
    const { counterexamples, witnesses } = findings
    const properties = findings.results(sawAll)
    const verdict = findings.verdict(properties, sawAll)
    const levels = counters.levels()
    return {
      verdict,
      limit: this.limit ?? (verdict === 'incomplete' ? 'not finished' : null),
      properties,
      counterexamples,
      witnesses,
      states: counters.states,
      transitions: counters.transitions,
      depth: levels.length - 1,
      deadlocks: counters.deadlocks,
      levels,
      fired: counters.firedByRule(this.model, compiled.actions),
      digest: (sawAll && this.digest()?.toString()) || null,
      successors: counters.successors(),
      bytesPerState: this.progress().bytes / counters.states,
      hashLoad: this.part.hashLoad,
      interpreted: compiled.interpreted,
    }
  }

  private get sawAll(): boolean {
    return this.exhausted && !this.record.findings.wasViolated(NO_RULE_ERROR)
  }

  /** The part that goes on now. */
  private get part(): SearchPart {
    return this.parallel ?? this.traced
  }

  private startLevel(): boolean {
    const { counters, findings } = this.record
    const { maxDepth = Number.POSITIVE_INFINITY, tracedStates = TRACED_STATES } = this.options
    if (counters.expanded === counters.states) {
      this.exhausted = true
      this.finished = true
      const graph = this.graph()
      if (graph) refuteAll(graph, this.compiled, findings)
      return false
    }
    if (counters.levelEnds.length >= maxDepth) {
      this.stop(`--max-depth ${maxDepth}`)
      return false
    }
    counters.levelEnds.push(counters.states)
    if (this.parallel) this.parallel.startLevel()
    else if (!this.keepsTraces && counters.states > tracedStates) this.startParallel()
    return true
  }

  /** Expands up to `count` states of the level, or a few more. @returns how many. */
  private expand(count: number): number {
    const { part, record } = this
    const { maxStates = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } =
      this.options
    if (record.counters.states >= maxStates) this.stop(`--max-states ${maxStates}`)
    else if (part.isNearlyFull || part.bytesNext > maxBytes) this.stop(MEMORY_LIMIT)
    else {
      const expanded = part.expand(count)
      this.finished ||= record.findings.isEnough
      return expanded
    }
    return 0
  }

  /** The parallel search goes on from here. */
  private startParallel(): void {
    this.traced.store.narrow()
    this.parallel = this.newParallel(this.traced.store)
    this.traced = this.newTraced()
  }

  private newParallel(known: StateStore | SavedParallelSearch): ParallelSearch<S> {
    const { digest, maxStates, workers = null } = this.options
    const limited = maxStates !== undefined
    return new ParallelSearch(this.compiled, known, this.record, {
      digest: digest ?? false,
      workers: limited ? null : workers,
      oneBatch: limited,
    })
  }

  /** Begins again and stores all predecessors: something was found that needs a trace. */
  private restartWithTraces(): void {
    this.keepsTraces = true
    this.reset()
    this.begin()
  }

  /** The digest so far, of both parts. */
  private digest(): Digest | null {
    const { digest } = this.record
    if (!digest || !this.parallel) return digest
    const whole = this.newDigest()
    for (const lanes of [digest.lanes, ...this.parallel.digests]) whole.addLanes(lanes)
    return whole
  }

  /** Forgets everything. */
  private reset(): void {
    const { options, keepsGraph } = this
    const { actions } = this.compiled
    const judge = new Judge(this.compiled, { properties: options.properties })
    this.record = {
      counters: new Counters(actions.length),
      findings: new Findings(judge, options),
      digest: options.digest ? this.newDigest() : null,
      edges: keepsGraph ? new EdgeList(actions.length) : null,
    }
    this.parallel?.stop()
    this.parallel = null
    this.traced = this.newTraced()
  }

  /** Adds the initial states. */
  private begin(): void {
    this.traced.begin()
    this.finished = this.record.findings.isEnough
  }

  private newTraced(): TracedSearch<S> {
    return new TracedSearch(this.compiled, this.record, this.options.maxStates)
  }

  private newDigest(): Digest {
    const labels = this.compiled.actions.map(({ label }) => label)
    return new Digest(this.model.layout as Layout<never>, labels)
  }
}
