/**
 * Exhaustive breadth-first search: every reachable state once, in the order of its distance, so
 * that the first violation of a property that is met is the one with the fewest steps.
 *
 * States are numbered as they are found and expanded in that order: the numbers are the queue.
 * The search has no clock of its own; whoever drives it (`advance`) may stop it between slices.
 */
import { BATCH, Batch, MANY_SUCCESSORS } from './batch.js'
import { type CompiledModel, compile } from './compile.js'
import { Digest } from './digest.js'
import { refuteAll } from './eventually.js'
import { type FindingOptions, Findings } from './findings.js'
import { EdgeList, StateGraph } from './graph.js'
import type { CompileOptions } from './instances.js'
import type { Layout } from './layout.js'
import {
  type CheckResult,
  type Model,
  ModelError,
  NO_DEADLOCK,
  NO_RULE_ERROR,
  type Trace,
} from './model.js'
import type { SavedSearch } from './saved.js'
import { FEW_STATES, StateStore } from './store.js'
import { Tally } from './tally.js'
import { traceTo } from './trace.js'

export interface SearchOptions extends CompileOptions, FindingOptions {
  /** Stop, incomplete, once this many distinct states are known. */
  readonly maxStates?: number
  /** Stop, incomplete, before states and steps take more bytes than this. */
  readonly maxBytes?: number
  /** Do not expand states at this distance from the initial ones; incomplete if there are any. */
  readonly maxDepth?: number
  /** Keep all steps, for `Search.graph`. They are kept anyway where `eventually` needs them. */
  readonly graph?: boolean
  /** Compute `CheckResult.digest`. */
  readonly digest?: boolean
}

/** Checks a model in one go. @throws Error on a malformed model or an unknown property name. */
export function check<S>(model: Model<S>, options: SearchOptions = {}): CheckResult<S> {
  const search = new Search(model, options)
  while (!search.advance(100_000));
  return search.result()
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
  while (!search.advance(100_000));
  const graph = search.graph()
  if (graph) return graph
  const { limit, counterexamples } = search.result()
  const failed = counterexamples.find(({ property }) => property === NO_RULE_ERROR)
  throw new Error(`the graph of ${model.name} is not whole: ${failed?.explanation ?? limit}`)
}

/** The limit of a search that may go on where there is more memory. */
export const NO_MORE_ROOM = '--max-memory'

/** Thrown to give up a search that has forgotten what it must tell. */
const NUMBERS_ARE_GONE = Symbol('numbers are gone')

/** A breadth-first search that can be driven in slices. */
export class Search<S> {
  readonly model: Model<S>
  private readonly compiled: CompiledModel<S>
  private readonly options: SearchOptions
  private readonly keepsGraph: boolean
  /** Must states be known by their numbers, however many there are? */
  private keepsNumbers: boolean
  private readonly found: Int32Array
  private readonly batch: Batch<S>
  private store!: StateStore
  private findings!: Findings<S>
  /** 1 for each of `model.properties` whose violation, or whose being reached, would be news. */
  private watched!: Uint8Array
  private edges!: EdgeList | null
  private digest!: Digest | null
  /** A batch may have put more states into the store than have been met. */
  private tally!: Tally
  private limit: string | null = null
  private finished = false
  private exhausted = false

  /** @param saved for `resume`. */
  constructor(model: Model<S>, options: SearchOptions = {}, saved?: SavedSearch<S>) {
    this.model = model
    this.options = options
    this.compiled = compile(model, options)
    this.found = new Int32Array(model.properties.length)
    this.batch = new Batch(this.compiled)
    const isLive = model.properties.some(
      (p) => p.kind === 'eventually' && (options.properties?.includes(p.name) ?? true),
    )
    this.keepsGraph = options.graph === true || isLive
    this.keepsNumbers = this.keepsGraph
    if (model.init.length === 0) throw new Error(`model ${model.name} has no initial state`)
    this.reset()
    if (saved) this.restore(saved)
    else this.begin()
  }

  /**
   * Expands up to `count` states.
   * @returns true when the search is over: everything seen, a violation found, or a limit reached.
   */
  advance(count: number): boolean {
    try {
      for (let left = count; left > 0 && !this.finished; ) {
        if (this.tally.expanded === this.tally.levelEnd && !this.startLevel()) break
        left -= this.expandBatch(left)
      }
    } catch (signal) {
      if (signal !== NUMBERS_ARE_GONE) throw signal
      // Something is wrong, and how it comes about is no longer known: once more, with numbers.
      this.keepsNumbers = true
      this.reset()
      this.begin()
    }
    return this.finished
  }

  /**
   * All that a search knows between two calls of `advance`, for `resume`. Null once it is over, but
   * for one that found no more room. What is in it is still in use: it must be written down before
   * the search goes on.
   */
  save(): SavedSearch<S> | null {
    if (this.finished && this.limit !== NO_MORE_ROOM) return null
    return {
      keepsNumbers: this.keepsNumbers,
      tally: this.tally.save(),
      watched: [...this.watched],
      findings: this.findings.save(),
      digest: this.digest?.lanes ?? null,
      edges: this.edges?.done() ?? null,
      store: this.store.save(),
    }
  }

  /**
   * A search that goes on where another one of the same model with the same options was saved. That
   * they are the same is for the caller to make sure of (`identityOf`).
   */
  static resume<S>(model: Model<S>, options: SearchOptions, saved: SavedSearch<S>): Search<S> {
    return new Search(model, options, saved)
  }

  private restore(saved: SavedSearch<S>): void {
    this.keepsNumbers = saved.keepsNumbers
    this.tally.restore(saved.tally)
    this.watched.set(saved.watched)
    this.findings.restore(saved.findings)
    this.store.restore(saved.store)
    if (saved.edges) this.edges?.restore(saved.edges)
    if (saved.digest) this.digest?.addLanes(saved.digest)
  }

  /** Ends the search before it has seen everything; `why` names the limit. */
  stop(why: string): void {
    if (this.finished) return
    this.limit = why
    this.finished = true
  }

  progress(): { states: number; transitions: number; queue: number; depth: number; bytes: number } {
    const { states, transitions, expanded, levelEnds } = this.tally
    const bytes = this.store.bytes + (this.edges?.bytes ?? 0)
    const depth = Math.max(0, levelEnds.length - 1)
    return { states, transitions, queue: states - expanded, depth, bytes }
  }

  /**
   * The state graph, where it was asked for; null before every reachable state has been expanded,
   * and when a rule fails in one.
   */
  graph(): StateGraph<S> | null {
    const { compiled, store, edges, tally } = this
    if (!edges || !this.sawAll) return null
    return new StateGraph(compiled, store, edges.done(), tally.levelEnds)
  }

  /** What is known now; may be asked at any time. */
  result(): CheckResult<S> {
    const { findings, tally, sawAll, compiled } = this
    const { counterexamples, witnesses } = findings
    const properties = findings.results(sawAll)
    const verdict = findings.verdict(properties, sawAll)
    const levels = tally.levels()
    return {
      verdict,
      limit: this.limit ?? (verdict === 'incomplete' ? 'not finished' : null),
      properties,
      counterexamples,
      witnesses,
      states: tally.states,
      transitions: tally.transitions,
      depth: levels.length - 1,
      deadlocks: tally.deadlocks,
      levels,
      fired: tally.firedByRule(this.model, compiled.actions),
      digest: sawAll && this.digest ? this.digest.toString() : null,
      bytesPerState: this.progress().bytes / tally.states,
      interpreted: compiled.interpreted,
    }
  }

  private get sawAll(): boolean {
    return this.exhausted && !this.findings.wasViolated(NO_RULE_ERROR)
  }

  private startLevel(): boolean {
    const { tally, options } = this
    if (tally.expanded === tally.states) {
      this.exhausted = true
      this.finished = true
      const graph = this.graph()
      if (graph) refuteAll(graph, this.compiled, this.findings)
      return false
    }
    if (tally.levelEnds.length >= (options.maxDepth ?? Number.POSITIVE_INFINITY)) {
      this.stop(`--max-depth ${options.maxDepth}`)
      return false
    }
    tally.levelEnds.push(tally.states)
    return true
  }

  /** Nothing is known. */
  private reset(): void {
    const { model, options, compiled } = this
    const { actions } = compiled
    const { layout } = model
    this.store = new StateStore(layout.words, (word) => layout.bitsOf(word))
    this.findings = new Findings(model, options)
    const { findings } = this
    this.watched = Uint8Array.from(model.properties, (p) => (findings.selects(p.name) ? 1 : 0))
    this.tally = new Tally(actions.length)
    this.edges = this.keepsGraph ? new EdgeList(actions.length) : null
    const labels = actions.map((action) => action.label)
    this.digest = options.digest ? new Digest(layout as Layout<never>, labels) : null
  }

  /** Meets the initial states. */
  private begin(): void {
    const { model } = this
    for (const state of model.init) {
      const initial = model.layout.encode(state)
      this.store.put(initial, 0, 1, -1)
      this.store.settle(1)
      if (this.store.isNew[0] === 0) continue
      this.digest?.initial(initial, 0)
      const complement = initial.map((word) => ~word)
      this.meet(initial, 0, complement, 0)
    }
  }

  /**
   * Expands some states of one level together, then takes in what they led to, one by one.
   * @returns how many, `most` or fewer.
   */
  private expandBatch(most: number): number {
    const { store, batch, edges, tally } = this
    if (!this.keepsNumbers && store.isNumbered && tally.states > FEW_STATES) store.forget()
    const bytes = store.bytesFor(MANY_SUCCESSORS) + (edges?.bytesFor(MANY_SUCCESSORS) ?? 0)
    if (bytes > (this.options.maxBytes ?? Number.POSITIVE_INFINITY)) {
      this.stop(NO_MORE_ROOM)
      return 0
    }
    // A batch is small beside what is known: little is done in vain when the search ends in it.
    const inLevel = tally.levelEnd - tally.expanded
    const size = Math.min(BATCH, 1 + (tally.states >> 6), inLevel, most)
    batch.expand(store, size, tally.expanded)
    for (let i = 0; i < batch.size && !this.finished; i++) this.meetSuccessors(i)
    if (batch.hasFailed && !this.finished) this.meetFailure(batch.size)
    return size
  }

  /** Takes in the successors of state `i` of the batch. */
  private meetSuccessors(i: number): void {
    const { store, compiled, batch, edges, digest, options, tally } = this
    const { words } = this.model.layout
    const { successors, taken } = compiled
    const { isNew, numbers } = store
    if (tally.states >= (options.maxStates ?? Number.POSITIVE_INFINITY)) {
      this.stop(`--max-states ${options.maxStates}`)
      return
    }
    const { sources } = batch
    const first = batch.first(i)
    const end = batch.end(i)
    tally.expanded++
    tally.transitions += end - first
    if (end === first) this.meetDeadEnd(i)
    edges?.nextState()
    digest?.state(sources, i * words)
    for (let j = first; j < end && !this.finished; j++) {
      tally.fired[taken[j]]++
      if (edges) edges.add(numbers[j], taken[j])
      if (digest) digest.step(taken[j], successors, j * words)
      if (isNew[j] === 1) this.meet(successors, j * words, sources, i * words)
    }
  }

  /** A rule fails in state `i` of the batch. @throws ModelError on a name that it does not know. */
  private meetFailure(i: number): void {
    const { compiled, batch, findings } = this
    const { words } = this.model.layout
    const failing = compiled.failingAction(batch.sources, i * words)
    if (!failing)
      throw new Error(`a rule of ${this.model.name} fails, and does not the second time`)
    const { error, action } = failing
    if (error instanceof ReferenceError) throw new ModelError(`${action.label}: ${error.message}`)
    const id = this.tally.expanded++
    this.edges?.nextState()
    const trace = this.traceTo(id)
    const schedule = [...trace.schedule, action.label]
    const explanation = `${action.label}: ${(error as Error).message}`
    findings.violate(NO_RULE_ERROR, explanation, { ...trace, schedule })
    this.finished ||= findings.isEnough
  }

  /**
   * Looks at a new state. Watched properties were as expected in the state before it: only what
   * the step between them can have changed needs a look.
   */
  private meet(a: Int32Array, o: number, before: Int32Array, p: number): void {
    const id = this.tally.states++
    const { watched, found, findings } = this
    const news = this.inspect(a, o, before, p, id)
    for (let i = 0; i < news && !this.finished; i++) {
      const property = this.model.properties[found[i]]
      const isViolated = property.kind === 'always'
      watched[found[i]] = 0
      if (isViolated) findings.violateBy(property, this.traceTo(id))
      else findings.reach(property, () => this.traceTo(id))
      this.finished ||= findings.isEnough
    }
  }

  /** What is new in a state. @throws ModelError when a property cannot be evaluated there. */
  private inspect(a: Int32Array, o: number, before: Int32Array, p: number, id: number): number {
    const { compiled, watched, found, model } = this
    try {
      return compiled.inspect(a, o, before, p, watched, found)
    } catch (error) {
      const { schedule } = this.traceTo(id)
      const culprit = model.properties.find(
        (_, i) => watched[i] === 1 && !canLook(compiled, i, a, o),
      )
      const why = `cannot be evaluated (${(error as Error).message})`
      throw new ModelError(`property ${culprit?.name} ${why} after: ${schedule.join(' ')}`)
    }
  }

  /** Nothing is enabled in state `i` of the batch, which was expanded last. */
  private meetDeadEnd(i: number): void {
    const { findings } = this
    if (this.compiled.final(this.batch.sources, i * this.model.layout.words)) return
    this.tally.deadlocks++
    if (!findings.selects(NO_DEADLOCK) || findings.wasViolated(NO_DEADLOCK)) return
    const explanation = 'no step is enabled, and the state is not final'
    findings.violate(NO_DEADLOCK, explanation, this.traceTo(this.tally.expanded - 1))
    this.finished ||= findings.isEnough
  }

  /** The schedule to a state. */
  private traceTo(id: number): Trace<S> {
    if (!this.store.isNumbered) throw NUMBERS_ARE_GONE
    return traceTo(this.compiled, this.store, id)
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
