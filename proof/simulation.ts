/**
 * The simulation: every step of a concrete model, seen from every page table, is a path of the
 * abstract model of that table's position. It is checked, not assumed: step by step, on all states
 * of a small concrete model or along random walks through a larger one.
 */
import { type CompiledModel, compile } from '../checker/rules/compile.js'
import { Random } from '../checker/simulate/random.js'
import type { State } from '../model/state.js'
import { Locality } from './locality.js'
import { Lost } from './lost.js'
import { concreteModel, environmentOf, type Question } from './models.js'
import { NotSeen } from './names.js'
import { type Position, positionOf } from './positions.js'
import { type Spotlight, Spotlights } from './spotlight.js'
import { View } from './view.js'
import { reasonOf } from './wide.js'

/** A step that the abstract model does not have. */
export interface Mismatch {
  readonly tables: number
  /** The page table from which it is seen. */
  readonly slot: number
  readonly step: string
  readonly why: string
}

export interface SimulationResult {
  readonly tables: number
  /** All states were seen, or only those of random walks with this seed, or the first so many. */
  readonly whole: boolean
  readonly seed: number | null
  readonly states: number
  /** Concrete steps, and steps as seen from each table. */
  readonly steps: number
  readonly pairs: number
  /** Pairs by the number of abstract steps: 0, 1, 2, ... */
  readonly paths: readonly number[]
  readonly mismatches: readonly Mismatch[]
  /** Pairs by the rule that takes the concrete step. */
  readonly compared: Readonly<Record<string, number>>
  /** States that violate a property, by its name. */
  readonly violated: Readonly<Record<string, number>>
  /**
   * Properties that a state violates and no view of it does: they are not of the form that a proof
   * needs, "for every page, slot, table or frame".
   */
  readonly unseen: readonly string[]
  /** Rules that look at several tables in one step and do harm, for all that is known. */
  readonly wide: readonly string[]
}

export interface SimulationOptions {
  readonly tables: number
  /** Look at so many states at most. */
  readonly maxStates: number
  /** Random walks with this seed, instead of all states. */
  readonly seed?: number
  /** The abstract models, if they are known already; for tests those of another question. */
  readonly spotlights?: Spotlights
  /** For tests: the position in which a table is seen. */
  readonly position?: (slot: number, tables: number) => Position
}

/** Steps of a path of the abstract model that may stand for one concrete step. */
const LONGEST_PATH = 4

/** States of a random walk, on average. */
const WALK = 200

/** Checks the steps of a concrete model. */
export class Simulation {
  private readonly compiled: CompiledModel<State>
  private readonly sides: { readonly view: View; readonly spotlight: Spotlight }[]
  private readonly checked = new Map<string, number | null>()
  private readonly seen: (number | null)[][] = []
  private readonly numbers = new Map<string, number>()
  private readonly states: Int32Array[] = []
  private readonly mismatches = new Map<string, Mismatch>()
  private readonly paths = new Array<number>(LONGEST_PATH + 1).fill(0)
  private readonly violated = new Map<string, number>()
  private readonly unseen = new Set<string>()
  private readonly compared = new Map<string, number>()
  private readonly locality: Locality
  private readonly lost: Lost
  private steps = 0
  private expanded = 0
  private readonly random: Random | null
  /** States in the order of their finding; on random walks, those not yet expanded. */
  private readonly open: { readonly state: number; readonly rule: string }[] = []
  /** How often random walks have followed each rule. */
  private readonly followed = new Map<string, number>()
  /** How many of these there were before the last state was expanded. */
  private before = 0

  constructor(
    question: Question,
    private readonly options: SimulationOptions,
  ) {
    const { tables, position = positionOf, seed } = options
    const { spotlights = new Spotlights(question) } = options
    const environment = environmentOf(question.system)
    const concrete = concreteModel(question, tables)
    this.sides = Array.from({ length: tables }, (_, spot) => {
      const spotlight = spotlights.at(position(spot, tables))
      const seen = { ...concrete, stage: { ...concrete.stage, spot } }
      return { spotlight, view: new View(seen, spotlight.staged, environment) }
    })
    this.compiled = compile(concrete.model)
    this.locality = new Locality(concrete.model)
    this.lost = new Lost(concrete.model)
    this.random = seed === undefined ? null : new Random(BigInt(seed))
    const { model } = this.compiled
    this.numberOf(model.layout.encode(model.init[0]), '')
    this.compareInitial()
  }

  /** Looks at up to `count` more states. @returns true when it is over. */
  advance(count: number): boolean {
    for (let left = count; left > 0; left--) {
      const next = this.expanded < this.options.maxStates ? this.next() : null
      if (next === null) return true
      this.expand(next)
    }
    return false
  }

  result(): SimulationResult {
    const { tables, seed = null } = this.options
    return {
      tables,
      whole: this.expanded === this.states.length,
      seed,
      states: this.states.length,
      steps: this.steps,
      pairs: this.steps * tables,
      paths: this.paths,
      mismatches: [...this.mismatches.values()],
      violated: Object.fromEntries(this.violated),
      unseen: [...this.unseen],
      compared: Object.fromEntries(this.compared),
      wide: [...this.locality.wide.keys()].filter((rule) => reasonOf(rule) === undefined),
    }
  }

  /**
   * The state that is expanded next, or null: the first one found; on random walks one that was
   * just found, by the rule that was followed least often, or now and then any one.
   */
  private next(): number | null {
    const { open, random, followed } = this
    if (!random) return open[this.expanded]?.state ?? null
    if (open.length === 0) return null
    const goesOn = open.length > this.before && random.below(WALK) > 0
    const from = goesOn ? this.before : 0
    let place = from + random.below(open.length - from)
    const times = ({ rule }: { rule: string }) => followed.get(rule) ?? 0
    if (goesOn)
      for (let i = from; i < open.length; i++) if (times(open[i]) < times(open[place])) place = i
    const next = open[place]
    followed.set(next.rule, times(next) + 1)
    open[place] = open[open.length - 1]
    open.pop()
    this.before = open.length
    return next.state
  }

  /** Checks all steps out of a state. */
  private expand(number: number): void {
    const { compiled, states } = this
    const { words } = compiled.model.layout
    const count = compiled.expand(states[number], 0)
    this.expanded++
    this.locality.look(states[number])
    for (let i = 0; i < count; i++) {
      const action = compiled.actions[compiled.taken[i]]
      const next = this.numberOf(
        compiled.successors.slice(i * words, (i + 1) * words),
        action.rule.name,
      )
      this.steps++
      const { name } = action.rule
      this.compared.set(name, (this.compared.get(name) ?? 0) + this.sides.length)
      this.compare(number, next, action.label)
    }
  }

  private numberOf(words: Int32Array, rule: string): number {
    const key = words.join()
    const known = this.numbers.get(key)
    if (known !== undefined) return known
    const number = this.states.length
    this.numbers.set(key, number)
    this.states.push(words)
    this.open.push({ state: number, rule })
    const seen = this.sides.map(({ view, spotlight }, slot) => {
      try {
        return spotlight.numberOf(view.of(words))
      } catch (error) {
        if (!(error instanceof NotSeen) && !(error instanceof Error)) throw error
        this.report(slot, 'any', error.message)
        return null
      }
    })
    this.seen.push(seen)
    const lost = this.lost.in(words)
    if (lost === null) this.judge(words, seen)
    else this.report(0, 'a step', lost)
    return number
  }

  /** Is each property that a state violates violated in a view of it too? */
  private judge(words: Int32Array, seen: readonly (number | null)[]): void {
    const { holds, model } = this.compiled
    for (const [i, { name }] of model.properties.entries()) {
      if (holds[i](words, 0)) continue
      this.violated.set(name, (this.violated.get(name) ?? 0) + 1)
      const isSeen = this.sides.some(({ spotlight }, slot) => {
        const view = seen[slot]
        return view !== null && !spotlight.holds(i, view)
      })
      if (!isSeen) this.unseen.add(name)
    }
  }

  private compareInitial(): void {
    for (const [slot, { spotlight }] of this.sides.entries()) {
      const { model } = spotlight.staged
      const own = new View(spotlight.staged, spotlight.staged, { elsewhere: [] })
      const initial = spotlight.numberOf(own.of(model.layout.encode(model.init[0])))
      if (this.seen[0][slot] !== initial)
        this.report(
          slot,
          'the initial state',
          spotlight.difference(initial, this.seen[0][slot] ?? initial),
        )
    }
  }

  private compare(from: number, to: number, label: string): void {
    for (const [slot, { spotlight }] of this.sides.entries()) {
      const [x, y] = [this.seen[from][slot], this.seen[to][slot]]
      if (x === null || y === null) continue
      const key = `${slot} ${x} ${y}`
      let length = this.checked.get(key)
      if (length === undefined) {
        length = spotlight.distance(x, y, LONGEST_PATH)
        this.checked.set(key, length)
      }
      if (length === null) this.report(slot, label, spotlight.difference(x, y))
      else this.paths[length]++
    }
  }

  private report(slot: number, step: string, why: string): void {
    const { tables } = this.options
    const key = `${slot} ${step.replace(/\(.*/, '')}`
    if (!this.mismatches.has(key)) this.mismatches.set(key, { tables, slot, step, why })
  }
}
