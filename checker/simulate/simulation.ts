/**
 * Many random walks: for configurations that are too large to search, and as a second opinion. A
 * simulation that finds nothing proves nothing, so its result also says what it has seen.
 */

import type { Model } from '../model.js'
import { type CompiledModel, compile } from '../rules/compile.js'
import type { CompileOptions } from '../rules/model-reader.js'
import type { Exploration } from '../search/exploration.js'
import { DistinctCounter } from '../visited/distinct.js'
import { Random } from './random.js'
import { PriorityChanges, type Strategy, Uniform } from './strategies.js'
import { Walker } from './walk.js'

export interface SimulationOptions extends CompileOptions {
  /** `random`: uniform choice; `pct`: random priorities with `depth` - 1 changes. */
  readonly strategy: 'random' | 'pct'
  /** For `pct`: how many ordered events a bug may need. 1 or more; default 3. */
  readonly depth?: number
  /** 0 to 2^64 - 1. Run r of a seed is the same walk however many runs there are. */
  readonly seed: bigint
  /** How many walks. */
  readonly runs: number
  /** The number of the first walk, from 1; default 1. */
  readonly firstRun?: number
  /** Most steps of a walk. */
  readonly maxSteps: number
  /** Look at these `always` properties only (names, built-in ones included). Default: all. */
  readonly properties?: readonly string[]
}

/** The result of a simulation. */
export interface SimulationResult {
  /** The first walk that ended in a violation, and its number. */
  readonly found: {
    readonly run: number
    readonly property: string
    readonly explanation: string
    readonly schedule: readonly string[]
  } | null
  /** Why it ended before all runs were done, or null. */
  readonly limit: string | null
  /** Walks done. */
  readonly runs: number
  /** Steps of all walks together, and of the longest one. */
  readonly steps: number
  readonly longest: number
  /** Walks that were cut off at `maxSteps`. */
  readonly cut: number
  /** How often each rule was taken, by name. */
  readonly fired: Readonly<Record<string, number>>
  /** In how many walks each `sometimes` property held at some point, by name. */
  readonly reached: Readonly<Record<string, number>>
  /** Distinct states, about: see DistinctCounter. */
  readonly distinctStates: number
  readonly interpreted: CompiledModel<unknown>['interpreted']
}

/** Walks by which the length of a walk is estimated. */
const TRIAL_WALKS = 8

/** How far a simulation is. */
export interface SimulationProgress {
  readonly runs: number
  readonly steps: number
}

/** Walks, one after the other. A simulation ends at the first violation. */
export class Simulation<S> implements Exploration<SimulationProgress, SimulationResult> {
  private readonly model: Model<S>
  private readonly walker: Walker<S>
  private readonly strategy: Strategy
  private readonly distinct = new DistinctCounter()
  private readonly fired: Float64Array
  private readonly reached: Float64Array
  private found: SimulationResult['found'] = null
  private limit: string | null = null
  private runs = 0
  private steps = 0
  private longest = 0
  private cut = 0

  constructor(
    target: Model<S> | CompiledModel<S>,
    private readonly options: SimulationOptions,
  ) {
    const compiled = 'expand' in target ? target : compile(target, options)
    const { model } = compiled
    const { properties } = options
    this.model = model
    this.walker = new Walker(compiled, { properties, allSituations: true }, (property) => {
      this.reached[property]++
    })
    this.fired = new Float64Array(compiled.actions.length)
    this.reached = new Float64Array(model.properties.length)
    this.strategy = this.strategyFor()
  }

  /**
   * Does up to `count` walks.
   * @returns true when it has ended: all runs done, a violation found, or stopped.
   */
  advance(count: number): boolean {
    const { firstRun = 1 } = this.options
    for (let left = count; left > 0 && !this.isOver(); left--) this.run(firstRun + this.runs)
    this.walker.compiled.confirmDeterminism()
    return this.isOver()
  }

  /** Ends it before all runs are done; `why` names the limit. */
  stop(why: string): void {
    if (!this.isOver()) this.limit = why
  }

  progress(): SimulationProgress {
    return { runs: this.runs, steps: this.steps }
  }

  /** The result so far; may be asked at any time. */
  result(): SimulationResult {
    const { found, limit, runs, steps, longest, cut, distinct, model } = this
    const { actions, interpreted } = this.walker.compiled
    const fired: Record<string, number> = {}
    for (const rule of model.rules) fired[rule.name] = 0
    actions.forEach(({ rule }, i) => {
      fired[rule.name] += this.fired[i]
    })
    const reached: Record<string, number> = {}
    model.properties.forEach(({ name, kind }, i) => {
      if (kind === 'sometimes') reached[name] = this.reached[i]
    })
    const distinctStates = distinct.estimate()
    const counts = { runs, steps, longest, cut, fired, reached, distinctStates }
    return { found, limit, ...counts, interpreted }
  }

  /** The registers of a DistinctCounter, which estimates the distinct states. */
  get sketch(): Uint8Array {
    return this.distinct.registers
  }

  private isOver(): boolean {
    return this.found !== null || this.limit !== null || this.runs >= this.options.runs
  }

  private run(number: number): void {
    const { walker, strategy, options, distinct } = this
    const random = new Random(options.seed, number)
    strategy.begin(random)
    const count = () => distinct.add(walker.state)
    const walk = walker.walk(this.choosing(strategy, random), options.maxSteps, count)
    this.runs++
    this.steps += walk.schedule.length
    this.longest = Math.max(this.longest, walk.schedule.length)
    for (const action of walker.taken) this.fired[action]++
    if (walk.ended === 'bound') this.cut++
    const { schedule, violation } = walk
    if (violation) this.found = { run: number, ...violation, schedule }
  }

  private strategyFor(): Strategy {
    const { walker, options } = this
    const uniform = new Uniform(walker)
    if (options.strategy === 'random') return uniform
    // Own walks, from the seed alone: the length must not depend on which runs are made.
    const random = new Random(options.seed, 0)
    let longest = 1
    for (let i = 0; i < TRIAL_WALKS; i++) {
      const { schedule } = walker.walk(this.choosing(uniform, random), options.maxSteps)
      longest = Math.max(longest, schedule.length)
    }
    this.reached.fill(0)
    return new PriorityChanges(walker, options.depth ?? 3, longest)
  }

  private choosing(strategy: Strategy, random: Random): (count: number) => number {
    // With several initial states the first choice is among them.
    let isStart = this.model.init.length > 1
    return (count) => {
      if (!isStart) return strategy.pick(random)
      isStart = false
      return random.below(count)
    }
  }
}
