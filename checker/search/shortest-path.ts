/**
 * The cheapest schedule that violates a property, exactly: fewest steps, or fewest switches between
 * actors, or fewest preemptions (switches away from an actor that could have gone on).
 *
 * The cost of a step depends on the actor of the step before, so nodes are pairs of a state and the
 * actor that led to it. Costs have two parts, compared one after the other. Every step adds 0 or 1
 * to each, so the queue is two rows of buckets (Dijkstra's algorithm; with one part it would be the
 * 0-1 breadth-first search).
 */

import { type Model, NO_RULE_ERROR, type Property, type Trace } from '../model.js'
import { type CompiledModel, compile } from '../rules/compile.js'
import type { CompileOptions } from '../rules/model-reader.js'
import { StateStore } from '../visited/store.js'
import type { Exploration } from './exploration.js'
import { DEADLOCK, type Failure, failureOf, Judge } from './judge.js'

/**
 * The cost that is minimised, with a second cost for ties: `steps` (then switches), `switches`
 * (then steps), or `preemptions` (then steps).
 */
export type Cost = 'steps' | 'switches' | 'preemptions'

/** The options of `CompileOptions` are used only for a model that is not compiled yet. */
export interface ShortestPathOptions extends CompileOptions {
  readonly cost: Cost
  /** Watch these `always` properties only (names, built-in ones included). Default: all. */
  readonly properties?: readonly string[]
  /** Stop once this many nodes are known. Default: no limit. */
  readonly maxNodes?: number
  /** Look at no schedule whose cost (its first part) is above this. Default: no limit. */
  readonly maxCost?: number
}

export interface ShortestPathResult<S> {
  /** The violation with the lowest cost, or null. */
  readonly found: ShortestPath<S> | null
  /** Why the search ended before it had seen all it was to see, or null. */
  readonly limit: string | null
  /** No schedule whose cost (its first part) is lower violates anything. Infinity: none does. */
  readonly excludedBelow: number
  /** Pairs of a state and the actor that led to it. */
  readonly nodes: number
  /** Steps looked at. */
  readonly transitions: number
  /** How often each rule was taken, by name. */
  readonly fired: Readonly<Record<string, number>>
  /** The `sometimes` properties that held somewhere. */
  readonly reached: ReadonlySet<string>
  readonly interpreted: CompiledModel<S>['interpreted']
}

/** A violation with the cheapest schedule that leads to it. */
export interface ShortestPath<S> {
  readonly property: string
  readonly explanation: string
  readonly trace: Trace<S>
  /** The first part of its cost. */
  readonly cost: number
}

/** Instead of an actor: no step led to an initial state; FAILING - n: action n has failed. */
const NO_ACTOR = -1
const FAILING = -2
/** Instead of the number of a property: none is violated. */
const NO_PROPERTY = -1
/** Fields of a node. */
const MAJOR = 0
const MINOR = 1
const CAME_FROM = 2
const ACTION = 3
const VIOLATES = 4
const SETTLED = 5
const FIELDS = 6

/** How far a search for the cheapest schedule is. */
export interface ShortestPathProgress {
  readonly states: number
  readonly transitions: number
  readonly cost: number
  readonly bytes: number
}

/** A search for the cheapest schedule. It ends at the first violation that it settles. */
export class ShortestPathSearch<S>
  implements Exploration<ShortestPathProgress, ShortestPathResult<S>>
{
  private readonly compiled: CompiledModel<S>
  private readonly model: Model<S>
  private readonly actorOf: Int32Array
  private readonly judge: Judge<S>
  private readonly fired: Float64Array
  private readonly reached = new Set<string>()
  /** States, each followed by the actor that led there (or, after a failing rule, by that rule). */
  private readonly store: StateStore
  private readonly key: Int32Array
  /** The state that is being expanded. */
  private readonly state: Int32Array
  private fields = new Int32Array(1024 * FIELDS)
  /** Nodes to be settled at this and at the next first part of the cost, by the second one. */
  private buckets: number[][] = []
  private later: number[][] = []
  private level = 0
  private column = 0
  private transitions = 0
  /** The actor that led to the state that is being expanded. Has it a step there? */
  private last = NO_ACTOR
  private goesOn = false
  /** Numbers of the built-in properties, after those of the model. */
  private readonly deadlock: number
  private readonly ruleError: number
  private found: ShortestPath<S> | null = null
  private limit: string | null = null
  private isCut = false
  private finished = false

  constructor(
    target: Model<S> | CompiledModel<S>,
    private readonly options: ShortestPathOptions,
  ) {
    const compiled = 'expand' in target ? target : compile(target, options)
    const { layout, properties, init } = compiled.model
    const actors = [...new Set(compiled.actions.map(({ actor }) => actor))]
    this.compiled = compiled
    this.model = compiled.model
    this.actorOf = Int32Array.from(compiled.actions, ({ actor }) => actors.indexOf(actor))
    this.judge = new Judge(compiled, { properties: options.properties, allSituations: true })
    this.deadlock = properties.length
    this.ruleError = properties.length + 1
    this.fired = new Float64Array(compiled.actions.length)
    this.store = new StateStore(layout.words + 1)
    this.key = new Int32Array(layout.words + 1)
    this.state = new Int32Array(layout.words)
    for (const initial of init) {
      layout.encode(initial, this.state)
      const words = this.state.slice()
      // A state that differs from this one in every bit: all properties are evaluated.
      for (let i = 0; i < words.length; i++) this.state[i] = ~words[i]
      this.meet(words, 0, NO_ACTOR, -1, -1, 0, 0)
    }
  }

  /**
   * Settles up to `count` nodes.
   * @returns true when it has ended: a violation found, everything seen, or a limit reached.
   */
  advance(count: number): boolean {
    const { maxNodes = Number.POSITIVE_INFINITY } = this.options
    for (let left = count; left > 0 && !this.finished; left--) {
      const node = this.next()
      if (node < 0) this.finished = true
      else if (this.store.size >= maxNodes) this.stop(`${maxNodes} nodes`)
      else this.settle(node)
    }
    this.compiled.confirmDeterminism()
    return this.finished
  }

  /** Ends the search before it has seen everything; `why` names the limit. */
  stop(why: string): void {
    if (this.finished) return
    this.limit = why
    this.finished = true
  }

  progress(): ShortestPathProgress {
    const { store, transitions, level, fields } = this
    const bytes = store.bytes + fields.byteLength
    return { states: store.size, transitions, cost: level, bytes }
  }

  /** The result so far; may be asked at any time. */
  result(): ShortestPathResult<S> {
    const { found, finished, isCut, options, model, compiled } = this
    const limit = this.limit ?? (finished ? null : 'not finished')
    const sawAll = limit === null && found === null
    const beyond = isCut ? (options.maxCost ?? 0) + 1 : Number.POSITIVE_INFINITY
    const fired: Record<string, number> = {}
    for (const rule of model.rules) fired[rule.name] = 0
    compiled.actions.forEach(({ rule }, i) => {
      fired[rule.name] += this.fired[i]
    })
    return {
      found,
      limit,
      excludedBelow: sawAll ? beyond : this.level,
      nodes: this.store.size,
      transitions: this.transitions,
      fired,
      reached: this.reached,
      interpreted: compiled.interpreted,
    }
  }

  /** The cheapest node that is not settled yet, or -1. */
  private next(): number {
    for (;;) {
      const bucket = this.buckets[this.column]
      if (bucket && bucket.length > 0) {
        const node = bucket.pop() as number
        // It may also be in another bucket, from before a cheaper way to it was known.
        if (this.fields[node * FIELDS + SETTLED] === 0) return node
      } else if (this.column < this.buckets.length) this.column++
      else if (this.later.length > 0) {
        this.buckets = this.later
        this.later = []
        this.column = 0
        this.level++
      } else return -1
    }
  }

  private settle(node: number): void {
    const { fields } = this
    fields[node * FIELDS + SETTLED] = 1
    if (fields[node * FIELDS + VIOLATES] === NO_PROPERTY) this.expand(node)
    else this.violate(node)
  }

  private expand(node: number): void {
    const { key, state, store, compiled, actorOf } = this
    store.load(node, key)
    for (let i = 0; i < state.length; i++) state[i] = key[i]
    this.last = key[state.length]
    let successors: number
    try {
      successors = compiled.expand(state, 0)
    } catch (error) {
      this.fail(node, error)
      return
    }
    if (successors === 0) this.end(node)
    const { taken } = compiled
    this.goesOn = false
    for (let i = 0; i < successors; i++) if (actorOf[taken[i]] === this.last) this.goesOn = true
    this.transitions += successors
    for (let i = 0; i < successors; i++) {
      const action = taken[i]
      this.fired[action]++
      this.step(node, action, actorOf[action], compiled.successors, i * state.length)
    }
  }

  /** A state without steps. */
  private end(node: number): void {
    if (!this.judge.watchesDeadlocks || !this.judge.isDeadlock(this.state, 0)) return
    this.fields[node * FIELDS + VIOLATES] = this.deadlock
    this.violate(node)
  }

  /** A state in which rules fail is not expanded; each failing step leads to a node of its own. */
  private fail(node: number, error: unknown): void {
    const { actorOf, compiled, state } = this
    const failing = compiled.actions.flatMap((_, i) => (this.failureOf(i) ? [i] : []))
    if (failing.length === 0) throw error
    if (!this.judge.selects(NO_RULE_ERROR)) return
    this.goesOn = failing.some((action) => actorOf[action] === this.last)
    for (const action of failing) this.step(node, action, FAILING - action, state, 0)
  }

  /** Why an action fails in the state that is being expanded; null if it does not. */
  private failureOf(action: number): string | null {
    const { compiled, state } = this
    const scratch = state.slice()
    try {
      if (compiled.enabled[action](scratch, 0)) compiled.apply[action](scratch, 0)
      return null
    } catch (error) {
      return failureOf(compiled.actions[action].label, error).explanation
    }
  }

  /** Takes in what a step from the state that is being expanded leads to. */
  private step(node: number, action: number, led: number, source: Int32Array, from: number): void {
    const { fields, last, actorOf, options } = this
    const inSteps = options.cost === 'steps'
    const isSwitch = last !== NO_ACTOR && actorOf[action] !== last
    const price = isSwitch && (this.goesOn || options.cost !== 'preemptions') ? 1 : 0
    const major = fields[node * FIELDS + MAJOR] + (inSteps ? 1 : price)
    const minor = fields[node * FIELDS + MINOR] + (inSteps ? price : 1)
    this.meet(source, from, led, node, action, major, minor)
  }

  /** Takes in one state with who led there, at this cost. */
  private meet(
    source: Int32Array,
    from: number,
    led: number,
    parent: number,
    action: number,
    major: number,
    minor: number,
  ): void {
    const { store, key, state, options, level } = this
    if (major > (options.maxCost ?? Number.POSITIVE_INFINITY)) {
      this.isCut = true
      return
    }
    for (let i = 0; i < state.length; i++) key[i] = source[from + i]
    key[state.length] = led
    const known = store.size
    const node = store.intern(key, 0, 0)
    const at = node * FIELDS
    if (node === known) {
      if (at === this.fields.length) this.grow()
      this.fields[at + VIOLATES] =
        led <= FAILING ? this.ruleError : this.look(source, from, parent, action)
    } else if (!this.isCheaper(at, major, minor)) return
    const { fields } = this
    fields[at + MAJOR] = major
    fields[at + MINOR] = minor
    fields[at + CAME_FROM] = parent
    fields[at + ACTION] = action
    const buckets = major === level ? this.buckets : this.later
    buckets[minor] ??= []
    buckets[minor].push(node)
  }

  private grow(): void {
    const larger = new Int32Array(this.fields.length * 2)
    larger.set(this.fields)
    this.fields = larger
  }

  private isCheaper(at: number, major: number, minor: number): boolean {
    const { fields } = this
    if (fields[at + SETTLED] === 1) return false
    return (
      major < fields[at + MAJOR] || (major === fields[at + MAJOR] && minor < fields[at + MINOR])
    )
  }

  /** Looks at a new state. @returns the number of a property that it violates, or NO_PROPERTY. */
  private look(source: Int32Array, from: number, parent: number, action: number): number {
    const { judge, state, model } = this
    const news = judge.inspect(source, from, state, 0, () =>
      action < 0 ? [] : [...this.scheduleOf(this.pathTo(parent)), this.labelOf(action)],
    )
    for (let i = 0; i < news; i++) {
      const property = judge.found[i]
      if (judge.isAlways[property] === 1) return property
      judge.settle(property)
      this.reached.add(model.properties[property].name)
    }
    return NO_PROPERTY
  }

  private violate(node: number): void {
    const { fields, model } = this
    const { properties } = model
    const path = this.pathTo(node)
    const schedule = this.scheduleOf(path)
    const violated = fields[node * FIELDS + VIOLATES]
    // A step that fails leads nowhere.
    const states = (violated === this.ruleError ? path.slice(0, -1) : path).map((at) => {
      this.store.load(at, this.key)
      return model.layout.decode(this.key)
    })
    const failure =
      violated === this.deadlock
        ? DEADLOCK
        : violated === this.ruleError
          ? { property: NO_RULE_ERROR, explanation: this.failure(node) }
          : this.explained(properties[violated], states[states.length - 1])
    const cost = fields[node * FIELDS + MAJOR]
    this.found = { ...failure, trace: { schedule, states }, cost }
    this.finished = true
  }

  /** The nodes on the way to a node, from an initial one. */
  private pathTo(node: number): number[] {
    const path: number[] = []
    for (let at = node; at >= 0; at = this.fields[at * FIELDS + CAME_FROM]) path.unshift(at)
    return path
  }

  private scheduleOf(path: readonly number[]): string[] {
    return path.slice(1).map((at) => this.labelOf(this.fields[at * FIELDS + ACTION]))
  }

  private labelOf(action: number): string {
    return this.compiled.actions[action].label
  }

  private explained(property: Property<S>, state: S): Failure {
    return { property: property.name, explanation: this.judge.explain(property, state) }
  }

  /** Why the step to a node fails. */
  private failure(node: number): string {
    const { fields, store, key, state } = this
    store.load(fields[node * FIELDS + CAME_FROM], key)
    for (let i = 0; i < state.length; i++) state[i] = key[i]
    const action = fields[node * FIELDS + ACTION]
    return this.failureOf(action) ?? ''
  }
}
