/**
 * A search that leaves out orders of steps which nobody can tell apart (choice.ts), and does not
 * store states on the way where only one step is looked at.
 *
 * It goes over the states again until a whole pass shows nothing that was not known when it began:
 * only then is each choice of the pass known to be right. What is found on the way is found.
 */

import {
  type CheckResult,
  type Model,
  ModelError,
  NO_DEADLOCK,
  NO_RULE_ERROR,
  type Trace,
} from '../../model.js'
import { type CompiledModel, compile } from '../../rules/compile.js'
import { Footprints } from '../../rules/passes/footprints.js'
import { Tally } from '../counters.js'
import { type FindingOptions, Findings } from '../findings.js'
import { NO_MORE_ROOM } from '../search.js'
import { Choice } from './ample-set.js'
import type { ElementSet } from './element-set.js'
import { Processes, type Step } from './processes.js'
import { keyOf, Symmetry } from './symmetry.js'
import { Visibility } from './visibility.js'

/**
 * `partial order`: orders that nobody can tell apart; `merging`: no states between lone steps;
 * `symmetry`: one of several states that differ in names only.
 */
export const REDUCTIONS = ['partial order', 'merging', 'symmetry'] as const

export type Reduction = (typeof REDUCTIONS)[number]

export interface ReducedSearchOptions extends FindingOptions {
  readonly reductions?: readonly Reduction[]
  readonly maxStates?: number
  /** Stop, incomplete, once states take about so many bytes. */
  readonly maxBytes?: number
}

/** After so many steps a state on the way is stored all the same. */
const LONGEST_WAY = 1000

/** A state that is stored. */
interface Stored {
  readonly state: Int32Array
  readonly parent: number
  /** Steps from the start, on the way the search took. */
  readonly depth: number
  /** The actions that lead here from the parent. */
  readonly way: readonly number[]
  /** Is it on the way to where the search is now? */
  isOpen: boolean
}

export class ReducedSearch<S> {
  private readonly compiled: CompiledModel<S>
  private readonly findings: Findings<S>
  private readonly watched: Uint8Array
  /** Properties whose conjuncts turned out to say something else. */
  private readonly whole = new Set<string>()
  private footprints: Footprints<S>
  private processes: Processes<S>
  private visibility: Visibility<S>
  private choice: Choice<S>
  private readonly symmetry: Symmetry<S>
  /** Those that are asked for and make a difference to this model. */
  reductions: readonly Reduction[]
  /** Why the symmetry that the model declares is none, or null. */
  refuted: string | null = null
  private beginsAgain = false
  private stored: Stored[] = []
  private numbers = new Map<string, number>()
  /** The stored states on the way to where the search is, with the steps that are left to take. */
  private way: { readonly number: number; readonly steps: readonly Step[]; next: number }[] = []
  private initial: Int32Array[] = []
  passes = 0
  private longest = 0
  private tally: Tally
  private limit: string | null = null
  private finished = false
  private sawAll = false

  constructor(
    readonly model: Model<S>,
    private readonly options: ReducedSearchOptions = {},
  ) {
    if (model.properties.some((p) => p.kind === 'eventually' && this.selects(p.name)))
      throw new Error('no reduction keeps what `eventually` properties ask for')
    this.compiled = compile(model)
    this.symmetry = this.newSymmetry(model)
    const { reductions = REDUCTIONS } = options
    this.reductions = reductions.filter((one) => one !== 'symmetry' || !this.symmetry.isTrivial)
    this.findings = new Findings(model, options)
    this.tally = new Tally(this.compiled.actions.length)
    this.watched = Uint8Array.from(model.properties, ({ name }) => (this.selects(name) ? 1 : 0))
    this.footprints = new Footprints(model, this.whole)
    this.processes = new Processes(this.footprints, this.orbit)
    this.visibility = new Visibility(this.footprints, this.watched, this.orbit)
    this.choice = this.newChoice(this.processes, this.visibility)
    this.begin()
  }

  protected newChoice(processes: Processes<S>, visibility: Visibility<S>): Choice<S> {
    return new Choice(processes, visibility)
  }

  protected newSymmetry(model: Model<S>): Symmetry<S> {
    return new Symmetry(model)
  }

  /** Gives symmetry up, and begins again, where renamed states are told apart. */
  private confirmSymmetry(state: Int32Array): void {
    this.refuted = this.symmetry.difference(state, this.compiled)
    if (this.refuted === null) return
    this.reductions = this.reductions.filter((one) => one !== 'symmetry')
    this.beginsAgain = true
  }

  private readonly orbit = (state: Int32Array): readonly Int32Array[] =>
    this.uses('symmetry') ? this.symmetry.orbit(state) : []

  private selects(name: string): boolean {
    return this.options.properties?.includes(name) ?? true
  }

  /** Expands up to `count` stored states. @returns whether the search is over. */
  advance(count: number): boolean {
    for (let left = count; left > 0 && !this.finished; left--) {
      const { maxStates = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } =
        this.options
      if (this.beginsAgain) this.begin()
      else if (this.stored.length >= maxStates) this.stop(`--max-states ${maxStates}`)
      else if (this.progress().bytes >= maxBytes) this.stop(NO_MORE_ROOM)
      else if (this.way.length > 0) this.goOn()
      else if (this.initial.length > 0) this.start(this.initial.pop() as Int32Array)
      else this.endPass()
    }
    return this.finished
  }

  stop(why: string): void {
    if (this.finished) return
    this.limit = why
    this.finished = true
  }

  private begin(): void {
    this.passes++
    this.beginsAgain = false
    this.stored = []
    this.numbers = new Map()
    this.way = []
    this.tally = new Tally(this.compiled.actions.length)
    this.longest = 0
    this.processes.news = false
    this.visibility.news = false
    this.initial = this.model.init.map((state) => this.model.layout.encode(state)).reverse()
  }

  /** Was everything that was seen in this pass known when it began? */
  protected isSettled(): boolean {
    return !this.processes.news && !this.visibility.news
  }

  private start(state: Int32Array): void {
    if (this.numberOf(state) !== undefined) return
    this.look(state, null, () => this.traceTo(-1, [], state))
    this.store(state, -1, [])
  }

  private endPass(): void {
    if (!this.isSettled()) this.begin()
    else {
      this.finished = true
      this.sawAll = true
    }
  }

  private goOn(): void {
    const last = this.way[this.way.length - 1]
    if (last.next < last.steps.length) this.follow(last.number, last.steps[last.next++])
    else {
      this.stored[last.number].isOpen = false
      this.way.pop()
    }
  }

  /** Those of one process, if that is enough and none of them leads back; else all. */
  private stepsFrom(state: Int32Array): readonly Step[] {
    const few = this.fewFrom(state)
    return few && !few.some((step) => this.leadsBack(step)) ? few : this.choice.all(state)
  }

  private fewFrom(state: Int32Array): readonly Step[] | null {
    if (this.uses('partial order')) return this.choice.of(state)
    const all = this.choice.all(state)
    return all.length === 1 && all[0].target !== null ? all : null
  }

  private uses(reduction: Reduction): boolean {
    return this.reductions.includes(reduction)
  }

  /** To a state the search has come by: going round like that, others might be forgotten. */
  protected leadsBack({ target }: Step): boolean {
    const number = target && this.numberOf(target)
    return typeof number === 'number' && this.stored[number].isOpen
  }

  private follow(from: number, first: Step): void {
    const way: number[] = []
    for (let step: Step | null = first; step; ) {
      const { action, target, writes, error }: Step = step
      way.push(action)
      if (target === null) {
        this.fail(from, way, error)
        return
      }
      this.tally.transitions++
      this.tally.fired[action]++
      this.look(target, writes, () => this.traceTo(from, way, target))
      if (this.finished || this.numberOf(target) !== undefined) return
      const mayGoOn = this.uses('merging') && way.length < LONGEST_WAY
      const few: readonly Step[] | null = mayGoOn ? this.fewFrom(target) : null
      if (few?.length !== 1 || this.leadsBack(few[0])) {
        this.store(target, from, way)
        return
      }
      step = few[0]
    }
  }

  private numberOf(state: Int32Array): number | undefined {
    return this.numbers.get(this.keyOf(state))
  }

  private keyOf(state: Int32Array): string {
    return this.uses('symmetry') ? this.symmetry.keyOf(state) : keyOf(state)
  }

  private store(state: Int32Array, parent: number, way: readonly number[]): void {
    this.numbers.set(this.keyOf(state), this.stored.length)
    const number = this.stored.length
    const depth = way.length + (parent < 0 ? 0 : this.stored[parent].depth)
    this.longest = Math.max(this.longest, depth)
    this.stored.push({ state, parent, depth, way, isOpen: true })
    if (this.finished) return
    const steps = this.stepsFrom(state)
    if (steps.length === 0) this.meetDeadEnd(number)
    this.way.push({ number, steps, next: 0 })
  }

  /** Looks at the properties in a state. */
  private look(state: Int32Array, writes: ElementSet | null, trace: () => Trace<S>): void {
    const { findings, watched, compiled } = this
    if (this.uses('symmetry')) this.confirmSymmetry(state)
    for (const conjunct of this.visibility.inspect(state, writes)) {
      const { property } = conjunct
      if (watched[property] === 0 || this.finished) continue
      const asked = this.model.properties[property]
      const isNews = this.holds(compiled, property, state, trace) === (asked.kind === 'sometimes')
      if (!isNews) {
        // The conjunct is stricter than the property, or cannot be evaluated by itself.
        this.whole.add(asked.name)
        continue
      }
      watched[property] = 0
      if (asked.kind === 'always') findings.violateBy(asked, trace())
      else findings.reach(asked, trace)
      this.finished ||= findings.isEnough
    }
    if (this.whole.size > this.footprints.whole) this.takeWhole()
  }

  private holds(
    { holds }: CompiledModel<S>,
    property: number,
    state: Int32Array,
    trace: () => Trace<S>,
  ): boolean {
    try {
      return holds[property](state, 0)
    } catch (error) {
      const why = `cannot be evaluated (${(error as Error).message})`
      const { schedule } = trace()
      throw new ModelError(
        `property ${this.model.properties[property].name} ${why} after: ${schedule.join(' ')}`,
      )
    }
  }

  /** Begins again with some properties taken as a whole. */
  private takeWhole(): void {
    this.footprints = new Footprints(this.model, this.whole)
    this.processes = new Processes(this.footprints, this.orbit)
    this.visibility = new Visibility(this.footprints, this.watched, this.orbit)
    this.choice = this.newChoice(this.processes, this.visibility)
    this.processes.news = true
  }

  private fail(from: number, way: readonly number[], error: unknown): void {
    const { label } = this.compiled.actions[way[way.length - 1]]
    if (error instanceof ReferenceError) throw new ModelError(`${label}: ${error.message}`)
    const trace = this.traceTo(from, way.slice(0, -1))
    const schedule = [...trace.schedule, label]
    const explanation = `${label}: ${(error as Error).message}`
    this.findings.violate(NO_RULE_ERROR, explanation, { ...trace, schedule })
    this.finished ||= this.findings.isEnough
  }

  private meetDeadEnd(number: number): void {
    const { findings, compiled, stored } = this
    if (compiled.final(stored[number].state, 0)) return
    this.tally.deadlocks++
    if (!this.selects(NO_DEADLOCK) || findings.wasViolated(NO_DEADLOCK)) return
    const explanation = 'no step is enabled, and the state is not final'
    findings.violate(NO_DEADLOCK, explanation, this.traceTo(number, []))
    this.finished ||= findings.isEnough
  }

  /** The schedule to a stored state and some steps on; `initial` where there is none yet. */
  private traceTo(number: number, way: readonly number[], initial?: Int32Array): Trace<S> {
    const { model, compiled } = this
    let actions = [...way]
    let first = initial
    for (let at = number; at >= 0; at = this.stored[at].parent) {
      actions = [...this.stored[at].way, ...actions]
      first = this.stored[at].state
    }
    const state = (first as Int32Array).slice()
    const states = [model.layout.decode(state)]
    for (const action of actions) {
      compiled.apply[action](state, 0)
      states.push(model.layout.decode(state))
    }
    return { schedule: actions.map((action) => compiled.actions[action].label), states }
  }

  progress(): { states: number; transitions: number; queue: number; depth: number; bytes: number } {
    const { length } = this.stored
    const bytes = length * (this.model.layout.words * 8 + 250)
    return {
      states: length,
      transitions: this.tally.transitions,
      queue: this.way.length,
      depth: this.longest,
      bytes,
    }
  }

  /** Stored states, for tests. */
  states(): readonly Int32Array[] {
    return this.stored.map(({ state }) => state)
  }

  result(): CheckResult<S> {
    const { findings, sawAll, compiled, stored, tally } = this
    const saw = sawAll && !findings.wasViolated(NO_RULE_ERROR)
    const properties = findings.results(saw)
    const verdict = findings.verdict(properties, saw)
    return {
      verdict,
      limit: this.limit ?? (verdict === 'incomplete' ? 'not finished' : null),
      properties,
      counterexamples: findings.counterexamples,
      witnesses: findings.witnesses,
      states: stored.length,
      transitions: tally.transitions,
      depth: this.longest,
      deadlocks: tally.deadlocks,
      levels: [],
      fired: tally.firedByRule(this.model, compiled.actions),
      digest: null,
      successors: null,
      bytesPerState: this.progress().bytes / Math.max(1, stored.length),
      hashLoad: null,
      interpreted: compiled.interpreted,
    }
  }
}
