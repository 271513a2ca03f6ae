/**
 * Exhaustive breadth-first search: every reachable state once, in the order of its distance, so
 * that the first violation of a property that is met is the one with the fewest steps.
 *
 * States are numbered as they are found and expanded in that order: the numbers are the queue.
 * The search has no clock of its own; whoever drives it (`advance`) may stop it between slices.
 */
import { type CompiledModel, compile } from './compile.js'
import type { CompileOptions } from './instances.js'
import {
  BUILT_IN_PROPERTIES,
  type CheckResult,
  type Counterexample,
  type Model,
  ModelError,
  NO_DEADLOCK,
  NO_RULE_ERROR,
  type Property,
  type PropertyResult,
  type Trace,
  type Witness,
} from './model.js'
import { StateStore } from './store.js'

export interface SearchOptions extends CompileOptions {
  /** Stop, incomplete, once this many distinct states are known. */
  readonly maxStates?: number
  /** Do not expand states at this distance from the initial ones; incomplete if there are any. */
  readonly maxDepth?: number
  /** Check these properties only (names, built-in ones included). Default: all. */
  readonly properties?: readonly string[]
  /** After a violation go on and collect the shortest counterexample of every property. */
  readonly continue?: boolean
  /** Keep the shortest way to these `sometimes` properties. */
  readonly witnesses?: readonly string[]
}

/** Checks a model in one go. @throws Error on a malformed model or an unknown property name. */
export function check<S>(model: Model<S>, options: SearchOptions = {}): CheckResult<S> {
  const search = new Search(model, options)
  while (!search.advance(100_000));
  return search.result()
}

/** A breadth-first search that can be driven in slices. */
export class Search<S> {
  readonly model: Model<S>
  private readonly compiled: CompiledModel<S>
  private readonly store: StateStore
  private readonly state: Int32Array
  private readonly selected: (name: string) => boolean
  /** 1 for each of `model.properties` whose violation, or whose being reached, would be news. */
  private readonly watched: Uint8Array
  private readonly found: Int32Array
  private readonly counterexamples: Counterexample<S>[] = []
  private readonly witnesses: Witness<S>[] = []
  private readonly reached = new Set<string>()
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
    this.selected = selector(model, options.properties)
    selector(model, options.witnesses)
    this.watched = Uint8Array.from(model.properties, (p) => (this.selected(p.name) ? 1 : 0))
    this.found = new Int32Array(model.properties.length)
    if (model.init.length === 0) throw new Error(`model ${model.name} has no initial state`)
    for (const initial of model.init) this.meet(model.layout.encode(initial), 0, -1)
  }

  /**
   * Expands up to `count` states.
   * @returns true when the search is over: everything seen, a violation found, or a limit reached.
   */
  advance(count: number): boolean {
    const { store, compiled, state, options } = this
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
      const { words } = this.model.layout
      for (let i = 0; i < successors && !this.finished; i++) {
        this.fired[compiled.taken[i]]++
        this.meet(compiled.successors, i * words, id)
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
    const { size, bytes } = this.store
    const depth = Math.max(0, this.levelEnds.length - 1)
    return { states: size, transitions: this.transitions, queue: size - this.next, depth, bytes }
  }

  /** What is known now; may be asked at any time. */
  result(): CheckResult<S> {
    const { store, counterexamples } = this
    const sawAll = this.exhausted && !this.wasViolated(NO_RULE_ERROR)
    const properties = this.propertyResults(sawAll)
    const violated = properties.some(
      (p) => p.verdict === 'violated' || (p.verdict === 'unreached' && this.isRequired(p.name)),
    )
    const fired: Record<string, number> = {}
    for (const rule of this.model.rules) fired[rule.name] = 0
    this.compiled.actions.forEach(({ rule }, i) => {
      fired[rule.name] += this.fired[i]
    })
    const levels = this.levelEnds.map((end, i) => end - (i > 0 ? this.levelEnds[i - 1] : 0))
    const end = this.levelEnds.at(-1) ?? 0
    if (store.size > end) levels.push(store.size - end)
    return {
      verdict: violated ? 'violated' : sawAll ? 'holds' : 'incomplete',
      limit: sawAll || violated ? this.limit : (this.limit ?? 'not finished'),
      properties,
      counterexamples,
      witnesses: this.witnesses,
      states: store.size,
      transitions: this.transitions,
      depth: levels.length - 1,
      deadlocks: this.deadlocks,
      levels,
      fired,
      bytesPerState: store.bytes / store.size,
      interpreted: this.compiled.interpreted,
    }
  }

  private startLevel(): boolean {
    const { store, options } = this
    if (this.next === store.size) {
      this.exhausted = true
      this.finished = true
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
      this.violate(NO_RULE_ERROR, explanation, { ...trace, schedule })
      return -1
    }
  }

  /** Takes in one state: stores it, and when it is new looks at the properties. */
  private meet(source: Int32Array, from: number, parent: number): void {
    const { store } = this
    const before = store.size
    const id = store.intern(source, from, parent)
    if (id !== before) return
    // Watched properties were as expected in the parent state: only what the step can have
    // changed needs a look. An initial state is compared with its complement: all has changed.
    const { watched, found, state } = this
    if (parent < 0) for (let i = 0; i < state.length; i++) state[i] = ~source[from + i]
    const news = this.inspect(source, from, id)
    for (let i = 0; i < news && !this.finished; i++) {
      const property = this.model.properties[found[i]]
      watched[found[i]] = 0
      if (property.kind === 'always') this.violateIn(property, id)
      else this.reach(property, id)
    }
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
    if (!this.selected(NO_DEADLOCK) || this.wasViolated(NO_DEADLOCK)) return
    this.violate(NO_DEADLOCK, 'no step is enabled, and the state is not final', this.traceTo(id))
  }

  private violateIn(property: Property<S>, id: number): void {
    const trace = this.traceTo(id)
    const state = trace.states[trace.states.length - 1]
    const explanation = property.explain?.(state) ?? `not so: ${property.says}`
    this.violate(property.name, explanation, trace)
  }

  private violate(property: string, explanation: string, trace: Trace<S>): void {
    if (this.wasViolated(property)) return
    this.counterexamples.push({ property, explanation, trace })
    if (!this.options.continue) this.finished = true
  }

  private reach(property: Property<S>, id: number): void {
    this.reached.add(property.name)
    if (this.options.witnesses?.includes(property.name))
      this.witnesses.push({ property: property.name, trace: this.traceTo(id) })
  }

  private wasViolated(property: string): boolean {
    return this.counterexamples.some((c) => c.property === property)
  }

  private isRequired(name: string): boolean {
    return this.model.properties.find((p) => p.name === name)?.required !== false
  }

  private propertyResults(sawAll: boolean): PropertyResult[] {
    return [...this.model.properties, ...BUILT_IN_PROPERTIES].map(({ name, kind }) => {
      const found = this.counterexamples.find((c) => c.property === name)
      if (found) return { name, kind, verdict: 'violated', explanation: found.explanation }
      if (!this.selected(name)) return { name, kind, verdict: 'unchecked' }
      if (kind === 'sometimes' && this.reached.has(name)) return { name, kind, verdict: 'holds' }
      if (!sawAll) return { name, kind, verdict: 'unchecked' }
      return { name, kind, verdict: kind === 'always' ? 'holds' : 'unreached' }
    })
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

function selector<S>(
  model: Model<S>,
  names: readonly string[] | undefined,
): (name: string) => boolean {
  const known = [...model.properties, ...BUILT_IN_PROPERTIES].map((p) => p.name)
  const unknown = names?.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new Error(`unknown property ${unknown}: known are ${known.join(', ')}`)
  return (name) => names === undefined || names.includes(name)
}
