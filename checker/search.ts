/**
 * Exhaustive breadth-first search: every reachable state once, in the order of its distance, so
 * that the first violation of a property that is met is the one with the fewest steps.
 *
 * States are numbered as they are found and expanded in that order: the numbers are the queue.
 * The search has no clock of its own; whoever drives it (`advance`) may stop it between slices.
 */
import { type CompiledModel, compile } from './compile.js'
import { Digest } from './digest.js'
import { refute } from './eventually.js'
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
import { StateStore } from './store.js'

export interface SearchOptions extends CompileOptions, FindingOptions {
  /** Stop, incomplete, once this many distinct states are known. */
  readonly maxStates?: number
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

/** A breadth-first search that can be driven in slices. */
export class Search<S> {
  readonly model: Model<S>
  private readonly compiled: CompiledModel<S>
  private readonly store: StateStore
  private readonly state: Int32Array
  private readonly findings: Findings<S>
  /** 1 for each of `model.properties` whose violation, or whose being reached, would be news. */
  private readonly watched: Uint8Array
  private readonly found: Int32Array
  private readonly edges: EdgeList | null
  private readonly digest: Digest | null
  private readonly fired: Float64Array
  /** For each level whose expansion has begun, the number behind its last state. */
  private readonly levelEnds: number[] = []
  private next = 0
  private transitions = 0
  private deadlocks = 0
  private limit: string | null = null
  private finished = false
  private exhausted = false

  constructor(
    model: Model<S>,
    private readonly options: SearchOptions = {},
  ) {
    this.model = model
    this.compiled = compile(model, options)
    this.store = new StateStore(model.layout.words)
    this.state = new Int32Array(model.layout.words)
    this.fired = new Float64Array(this.compiled.actions.length)
    this.findings = new Findings(model, options)
    const { findings } = this
    this.watched = Uint8Array.from(model.properties, (p) => (findings.selects(p.name) ? 1 : 0))
    this.found = new Int32Array(model.properties.length)
    const { actions } = this.compiled
    const isLive = model.properties.some((p) => p.kind === 'eventually' && findings.selects(p.name))
    this.edges = options.graph || isLive ? new EdgeList(actions.length) : null
    const labels = actions.map((action) => action.label)
    this.digest = options.digest ? new Digest(model.layout as Layout<never>, labels) : null
    if (model.init.length === 0) throw new Error(`model ${model.name} has no initial state`)
    for (const initial of model.init) this.begin(model.layout.encode(initial))
  }

  /**
   * Expands up to `count` states.
   * @returns true when the search is over: everything seen, a violation found, or a limit reached.
   */
  advance(count: number): boolean {
    const { store, compiled, state, options, edges, digest } = this
    const { words } = this.model.layout
    const maxStates = options.maxStates ?? Number.POSITIVE_INFINITY
    for (let left = count; left > 0 && !this.finished; left--) {
      if (this.next === (this.levelEnds.at(-1) ?? 0) && !this.startLevel()) break
      if (store.size >= maxStates) {
        this.stop(`--max-states ${maxStates}`)
        break
      }
      const id = this.next++
      store.load(id, state)
      const successors = this.expand(id)
      if (successors === 0) this.meetDeadEnd(id)
      edges?.nextState()
      digest?.state(state, 0)
      for (let i = 0; i < successors && !this.finished; i++) {
        const action = compiled.taken[i]
        this.fired[action]++
        const target = this.meet(compiled.successors, i * words, id)
        edges?.add(target, action)
        digest?.step(action, compiled.successors, i * words)
      }
    }
    return this.finished
  }

  /** Ends the search before it has seen everything; `why` names the limit. */
  stop(why: string): void {
    if (this.finished) return
    this.limit = why
    this.finished = true
  }

  progress(): { states: number; transitions: number; queue: number; depth: number; bytes: number } {
    const { size } = this.store
    const bytes = this.store.bytes + (this.edges?.bytes ?? 0)
    const depth = Math.max(0, this.levelEnds.length - 1)
    return { states: size, transitions: this.transitions, queue: size - this.next, depth, bytes }
  }

  /**
   * The state graph, where it was asked for; null before every reachable state has been expanded,
   * and when a rule fails in one.
   */
  graph(): StateGraph<S> | null {
    const { compiled, store, edges, levelEnds } = this
    if (!edges || !this.sawAll) return null
    return new StateGraph(compiled, store, edges.done(), levelEnds)
  }

  /** What is known now; may be asked at any time. */
  result(): CheckResult<S> {
    const { store, findings, sawAll } = this
    const { counterexamples, witnesses } = findings
    const properties = findings.results(sawAll)
    const verdict = findings.verdict(properties, sawAll)
    const fired: Record<string, number> = {}
    for (const rule of this.model.rules) fired[rule.name] = 0
    this.compiled.actions.forEach(({ rule }, i) => {
      fired[rule.name] += this.fired[i]
    })
    const levels = this.levelEnds.map((end, i) => end - (i > 0 ? this.levelEnds[i - 1] : 0))
    const end = this.levelEnds.at(-1) ?? 0
    if (store.size > end) levels.push(store.size - end)
    return {
      verdict,
      limit: this.limit ?? (verdict === 'incomplete' ? 'not finished' : null),
      properties,
      counterexamples,
      witnesses,
      states: store.size,
      transitions: this.transitions,
      depth: levels.length - 1,
      deadlocks: this.deadlocks,
      levels,
      fired,
      digest: sawAll && this.digest ? this.digest.toString() : null,
      bytesPerState: this.progress().bytes / store.size,
      interpreted: this.compiled.interpreted,
    }
  }

  private get sawAll(): boolean {
    return this.exhausted && !this.findings.wasViolated(NO_RULE_ERROR)
  }

  private startLevel(): boolean {
    const { store, options } = this
    if (this.next === store.size) {
      this.exhausted = true
      this.finished = true
      this.checkLiveness()
      return false
    }
    if (this.levelEnds.length >= (options.maxDepth ?? Number.POSITIVE_INFINITY)) {
      this.stop(`--max-depth ${options.maxDepth}`)
      return false
    }
    this.levelEnds.push(store.size)
    return true
  }

  private expand(id: number): number {
    const { compiled, state } = this
    try {
      const successors = compiled.expand(state, 0)
      this.transitions += successors
      return successors
    } catch (error) {
      const failing = compiled.failingAction(state, 0)
      if (failing?.error instanceof ReferenceError)
        throw new ModelError(`${failing.action.label}: ${failing.error.message}`)
      if (!failing) throw error
      const trace = this.traceTo(id)
      const schedule = [...trace.schedule, failing.action.label]
      const explanation = `${failing.action.label}: ${(failing.error as Error).message}`
      this.findings.violate(NO_RULE_ERROR, explanation, { ...trace, schedule })
      this.finished ||= this.findings.isEnough
      return -1
    }
  }

  private begin(initial: Int32Array): void {
    const before = this.store.size
    if (this.meet(initial, 0, -1) === before) this.digest?.initial(initial, 0)
  }

  /**
   * Takes in one state: stores it, and when it is new looks at the properties.
   * @returns its number.
   */
  private meet(source: Int32Array, from: number, parent: number): number {
    const { store } = this
    const before = store.size
    const id = store.intern(source, from, parent)
    if (id !== before) return id
    // Watched properties were as expected in the parent state: only what the step can have
    // changed needs a look. An initial state is compared with its complement: all has changed.
    const { watched, found, state } = this
    if (parent < 0) for (let i = 0; i < state.length; i++) state[i] = ~source[from + i]
    const news = this.inspect(source, from, id)
    for (let i = 0; i < news && !this.finished; i++) {
      const property = this.model.properties[found[i]]
      watched[found[i]] = 0
      if (property.kind === 'always') this.findings.violateBy(property, this.traceTo(id))
      else this.findings.reach(property, () => this.traceTo(id))
      this.finished ||= this.findings.isEnough
    }
    return id
  }

  /** What is new in a state. @throws ModelError when a property cannot be evaluated there. */
  private inspect(source: Int32Array, from: number, id: number): number {
    const { compiled, watched, found, state, model } = this
    try {
      return compiled.inspect(source, from, state, 0, watched, found)
    } catch (error) {
      const { schedule } = this.traceTo(id)
      const culprit = model.properties.find(
        (_, i) => watched[i] === 1 && !canLook(compiled, i, source, from),
      )
      const why = `cannot be evaluated (${(error as Error).message})`
      throw new ModelError(`property ${culprit?.name} ${why} after: ${schedule.join(' ')}`)
    }
  }

  private meetDeadEnd(id: number): void {
    if (this.compiled.final(this.state, 0)) return
    this.deadlocks++
    const { findings } = this
    if (!findings.selects(NO_DEADLOCK) || findings.wasViolated(NO_DEADLOCK)) return
    const explanation = 'no step is enabled, and the state is not final'
    findings.violate(NO_DEADLOCK, explanation, this.traceTo(id))
    this.finished ||= findings.isEnough
  }

  /** Looks for runs that never meet what `eventually` properties promise. */
  private checkLiveness(): void {
    const { findings, compiled } = this
    const graph = this.graph()
    if (!graph) return
    for (const [number, property] of this.model.properties.entries()) {
      if (property.kind !== 'eventually' || !findings.selects(property.name)) continue
      const found = refute(graph, compiled, number)
      if (typeof found === 'string') findings.settle(property, found)
      else findings.violateBy(property, found)
      if (findings.isEnough) return
    }
  }

  /** The schedule to a state, re-derived from the parent pointers. */
  private traceTo(id: number): Trace<S> {
    const { store, compiled, model } = this
    const path: number[] = []
    for (let at = id; at >= 0; at = store.parentOf(at)) path.unshift(at)
    const { words } = model.layout
    const vectors = path.map((state) => {
      const vector = new Int32Array(words)
      store.load(state, vector)
      return vector
    })
    const schedule = vectors.slice(1).map((target, i) => {
      const taken = actionBetween(compiled, vectors[i], target, words)
      return compiled.actions[taken].label
    })
    store.load(this.next - 1 >= 0 ? this.next - 1 : 0, this.state)
    return { schedule, states: vectors.map((vector) => model.layout.decode(vector)) }
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

/** The first action that leads from one state to the other. */
function actionBetween<S>(
  compiled: CompiledModel<S>,
  from: Int32Array,
  to: Int32Array,
  words: number,
): number {
  for (let i = 0; i < compiled.actions.length; i++) {
    const scratch = from.slice()
    if (!compiled.enabled[i](from, 0)) continue
    compiled.apply[i](scratch, 0)
    if (scratch.every((word, j) => j >= words || word === to[j])) return i
  }
  throw new Error('a stored step cannot be taken again: the model is not deterministic')
}
