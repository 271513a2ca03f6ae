/**
 * Making a violation small: first the scenario, by trying smaller ones; then, inside the scenario
 * that is left, the schedule, by a search that ends with a proof that there is no shorter one.
 */

import type { Counterexample, Model } from '../../checker/model.js'
import { type CompiledModel, compile } from '../../checker/rules/compile.js'
import {
  type Cost,
  type ShortestPathResult,
  ShortestPathSearch,
} from '../../checker/search/shortest-path.js'
import { confirmed } from '../confirm.js'
import { Cursor } from '../cursor.js'
import type { Claim } from '../replay.js'
import type { Driver } from '../run.js'
import { modelOf, smallerScenarios } from '../setup-model.js'
import type { AnyState, ScenarioInfo, Setup } from '../subject.js'
import { attempts, type Case } from './cases.js'
import { Effort, type ShrinkProgress } from './effort.js'
import { type ShortestRun, smallestLasso } from './lasso.js'
import { type Shorter, shorterSchedules } from './removing-steps.js'

export interface ShrinkOptions {
  /** Search no further than this many pairs of a state and the actor before it. */
  readonly maxStates?: number
  /** Follow a schedule in some scenario no more often than this. Default: no limit. */
  readonly replays?: number
}

/** Some 100 MB, and about a second. */
const MAX_STATES = 300_000

/** Nodes of a search in a scenario that a replay has not got to violate anything. */
const SHORT_SEARCH = 20_000

/** A violation as small as it could be made. */
export interface Shrunk<T extends Setup = Setup> {
  /** With the scenario that is left. */
  readonly setup: T
  readonly model: Model<AnyState>
  /** A schedule with the fewest steps; among several, one with the fewest switches. */
  readonly fewestSteps: Counterexample<AnyState>
  /** A schedule with the fewest switches; among several, one with the fewest steps. */
  readonly fewestSwitches: Counterexample<AnyState>
  /** The limit that ended the attempts at smaller scenarios early, or null. */
  readonly stopped: string | null
  /** Why nothing is proved about the fewest steps, or switches; null when no schedule has fewer. */
  readonly limit: { readonly steps: string | null; readonly switches: string | null }
  /** How often a schedule was followed in some scenario. */
  readonly replays: number
}

/**
 * Shrinks a violation. The property that is violated stays the same; others may be, too.
 * @param found what it violates, and a schedule that does.
 * @throws NondeterminismError when the schedule does not violate the property.
 */
export async function shrinkSetup<T extends Setup>(
  setup: T,
  found: Pick<Claim, 'property' | 'schedule' | 'loopStart'>,
  { maxStates = MAX_STATES, replays }: ShrinkOptions,
  driver: Driver<ShrinkProgress>,
): Promise<Shrunk<T>> {
  const effort = new Effort(driver, replays)
  const model = modelOf(setup)
  const whole = confirmed(model, found)
  if (model.properties.some((p) => p.name === found.property && p.kind === 'eventually'))
    return shrunkLasso(setup, whole, await smallestLasso(setup, whole, maxStates, effort), effort)
  return new Shrinker(setup, whole, maxStates, effort).shrink()
}

function shrunkLasso<T extends Setup>(
  before: T,
  whole: Counterexample<AnyState>,
  { scenario, found, limit }: ShortestRun,
  { stopped, replays }: Effort,
): Shrunk<T> {
  const setup = { ...before, scenario: named(scenario, before.scenario) }
  const model = modelOf(setup)
  const { property } = whole
  const shortest = confirmed(model, { property, ...found.trace })
  const switches = 'a run that goes on for ever'
  return {
    setup,
    model,
    fewestSteps: shortest,
    fewestSwitches: shortest,
    stopped,
    limit: { steps: limit, switches },
    replays,
  }
}

class Shrinker<T extends Setup> {
  private readonly property: string

  constructor(
    private readonly setup: T,
    private readonly whole: Counterexample<AnyState>,
    private readonly maxStates: number,
    private readonly effort: Effort,
  ) {
    this.property = whole.property
  }

  async shrink(): Promise<Shrunk<T>> {
    const { schedule } = this.whole.trace
    let current = await this.smallestScenario({ scenario: this.setup.scenario, schedule })
    for (;;) {
      const compiled = compile(this.modelOf(current.scenario))
      const steps = await this.cheapest(compiled, 'steps', current.schedule)
      // Another schedule may do without what this one needed.
      const cheapest = { ...current, schedule: steps.schedule }
      let next = await this.smallestScenario(cheapest)
      if (next === cheapest) next = (await this.otherScenario(cheapest)) ?? cheapest
      if (next === cheapest) return this.shrunk(current, compiled, steps)
      current = await this.smallestScenario(next)
    }
  }

  private async shrunk(
    { scenario }: Case,
    compiled: CompiledModel<AnyState>,
    steps: Shortest,
  ): Promise<Shrunk<T>> {
    const { property } = this
    const switches = await this.cheapest(compiled, 'switches', steps.schedule)
    const setup = { ...this.setup, scenario: named(scenario, this.setup.scenario) }
    const model = modelOf(setup)
    return {
      setup,
      model,
      fewestSteps: confirmed(model, { property, schedule: steps.schedule }),
      fewestSwitches: confirmed(model, { property, schedule: switches.schedule }),
      stopped: this.effort.stopped,
      limit: { steps: steps.limit, switches: switches.limit },
      replays: this.effort.replays,
    }
  }

  /** Goes on to smaller scenarios as long as one of them violates the property. */
  private async smallestScenario(start: Case): Promise<Case> {
    let current = start
    for (;;) {
      const smaller = await this.smallerScenario(current)
      if (!smaller) return current
      current = smaller
    }
  }

  private async smallerScenario(current: Case): Promise<Case | null> {
    const modelOf = (scenario: ScenarioInfo) => this.modelOf(scenario)
    const smaller = (scenario: ScenarioInfo) => smallerScenarios(this.setup, scenario)
    for (const attempt of attempts(current, smaller, modelOf, this.property)) {
      this.effort.replays++
      if (await this.effort.mustStop()) return null
      if (attempt) return attempt
    }
    return null
  }

  /** A scenario with fewer parts that violates the property in its own way, found by searching. */
  private async otherScenario({ scenario }: Case): Promise<Case | null> {
    for (const smaller of smallerScenarios(this.setup, scenario)) {
      if (!smaller.hasFewerParts) continue
      const options = {
        cost: 'steps',
        properties: [this.property],
        maxNodes: SHORT_SEARCH,
        // Nothing that is longer than what was given is smaller.
        maxCost: this.whole.trace.schedule.length,
      } as const
      const { found } = await this.run(
        new ShortestPathSearch(this.modelOf(smaller.scenario), options),
      )
      if (found) return { scenario: smaller.scenario, schedule: found.trace.schedule }
      if (this.effort.stopped !== null) return null
    }
    return null
  }

  /** The cheapest schedule or, where that is too much to find out, one without idle steps. */
  private async cheapest(
    compiled: CompiledModel<AnyState>,
    cost: Cost,
    schedule: readonly string[],
  ): Promise<Shortest> {
    const options = { cost, properties: [this.property], maxNodes: this.maxStates }
    const { found, limit } = await this.run(new ShortestPathSearch(compiled, options))
    if (found) return { schedule: found.trace.schedule, limit: null }
    if (cost !== 'steps') return { schedule, limit }
    return { schedule: this.withoutNeedlessSteps(compiled.model, schedule), limit }
  }

  private async run(search: ShortestPathSearch<AnyState>): Promise<ShortestPathResult<AnyState>> {
    await this.effort.run(search)
    return search.result()
  }

  /** Leaves out parts of a schedule until no single step can be left out. */
  private withoutNeedlessSteps(
    model: Model<AnyState>,
    schedule: readonly string[],
  ): readonly string[] {
    const cursor = new Cursor(model)
    let best = schedule
    let largest: number | undefined
    for (;;) {
      const shorter = this.firstShorter(cursor, best, largest)
      if (!shorter?.schedule) return best
      best = shorter.schedule
      largest = shorter.size
    }
  }

  private firstShorter(
    cursor: Cursor<AnyState>,
    schedule: readonly string[],
    largest: number | undefined,
  ): Shorter | null {
    for (const shorter of shorterSchedules(cursor, schedule, this.property, largest)) {
      this.effort.replays++
      if (shorter.schedule) return shorter
    }
    return null
  }

  private modelOf(scenario: ScenarioInfo): Model<AnyState> {
    return modelOf({ ...this.setup, scenario })
  }
}

/** A schedule, and why it is not known to be the cheapest, if it is not. */
interface Shortest {
  readonly schedule: readonly string[]
  readonly limit: string | null
}

/** A shrunk scenario gets a name of its own. */
function named(scenario: ScenarioInfo, original: ScenarioInfo): ScenarioInfo {
  if (scenario === original) return original
  const name = original.name.replace(/-shrunk$/, '')
  return { ...scenario, name: `${name}-shrunk`, says: `What is left of ${name}.` }
}
