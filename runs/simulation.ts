/** Simulating a setup: random walks or a search by preemptions, and the report. */

import type { Counterexample, Model } from '../checker/model.js'
import type { CompiledModel } from '../checker/rules/compile.js'
import { ShortestPathSearch } from '../checker/search/shortest-path.js'
import { Simulation } from '../checker/simulate/simulation.js'
import { confirmed } from './confirm.js'
import { confirmReading } from './reading.js'
import type { Driver } from './run.js'
import { modelOf } from './setup-model.js'
import type { AnyState, Setup } from './subject.js'

/** Ways to choose schedules. */
export const STRATEGIES = ['random', 'pct', 'fewest-preemptions'] as const
export type StrategyName = (typeof STRATEGIES)[number]

export interface SimulationSettings {
  /**
   * `random`: every enabled step is as likely; `pct`: random priorities with `depth` - 1 changes;
   * `fewest-preemptions`: no chance at all, a search by the number of preemptions.
   */
  readonly strategy: StrategyName
  /** For `pct`: how many ordered events a bug may need, 1 or more. */
  readonly depth: number
  /** For `random` and `pct`: 0 to 2^64 - 1. */
  readonly seed: bigint
  /** For `random` and `pct`: how many walks, and the number of the first one, from 1. */
  readonly runs: number
  readonly firstRun: number
  /** For `random` and `pct`: most steps of a walk. */
  readonly maxSteps: number
  /** For `fewest-preemptions`: most preemptions of a schedule. */
  readonly preemptions: number
  /** For `fewest-preemptions`: stop at this many pairs of a state and the actor before it. */
  readonly maxStates: number
  /** Watch these only. */
  readonly properties?: readonly string[]
}

/** The coverage, with the same fields for walks and for a search. */
interface Coverage {
  /** The number of the walk that found a violation. */
  readonly foundInRun: number | null
  /** Why it ended before all that was asked for was done, or null. */
  readonly limit: string | null
  /** A search that has seen every interleaving: then `passed` is a proof. */
  readonly everything: boolean
  /** Walks done; null for a search. */
  readonly runs: number | null
  /** Steps taken. */
  readonly steps: number
  /** Steps of the longest walk; null for a search. */
  readonly longest: number | null
  /** Walks that were cut off at the bound on steps; null for a search. */
  readonly cut: number | null
  /** All schedules with fewer preemptions than this were seen; null for walks, or if all were. */
  readonly excludedBelow: number | null
  readonly distinctStates: { readonly count: number; readonly method: string }
  /** How often each rule was taken. */
  readonly fired: Readonly<Record<string, number>>
  /** The situations of the system: whether, and for walks in how many of them, they happened. */
  readonly reached: Readonly<Record<string, number>>
  /** Rules that were interpreted instead of compiled, with the reason. */
  readonly interpreted: readonly { rule: string; reason: string }[]
}

/**
 * - `violated`: something was found.
 * - `passed`: all that was asked for was done, and nothing found. This is not a proof, unless
 *   `everything` says that it is one.
 * - `incomplete`: a limit came first.
 */
type SimulationVerdict = 'violated' | 'passed' | 'incomplete'

/** One simulation of one scenario, as `simulate --json` prints it. */
export interface SimulatedRun extends Coverage {
  readonly system: string
  readonly scenario: string
  readonly mutant: string | null
  readonly verdict: SimulationVerdict
  readonly strategy: StrategyName
  readonly seconds: number
}

/** A simulation with what was simulated and the violation it found, if it did. */
export interface Simulated {
  readonly run: SimulatedRun
  readonly setup: Setup
  readonly model: Model<AnyState>
  readonly found: Counterexample<AnyState> | null
  /** Of walks: by this their distinct states can be counted with those of other walks. */
  readonly sketch: Uint8Array | null
}

/** How the distinct states of walks are counted. */
export const ESTIMATE = 'estimate (HyperLogLog, standard error 0.8 %)'

/** How far a simulation has come: walks or preemptions, and steps. */
export interface SimulationProgress {
  readonly runs: number
  readonly steps: number
}

/** The common part of walks and search: they run in slices of about 20 ms. */
interface Engine {
  /** @returns true when it has ended. */
  advance(): boolean
  stop(why: string): void
  progress(): SimulationProgress
  result(): Seen
}

/** What a simulation has seen, as data. */
export interface Seen extends Coverage, Pick<Simulated, 'sketch'> {
  readonly found: { readonly property: string; readonly schedule: readonly string[] } | null
}

/**
 * Simulates a setup, within the limits of the settings.
 * @throws NondeterminismError when what was found cannot be found again by the same steps.
 */
export async function simulateSetup(
  setup: Setup,
  settings: SimulationSettings,
  driver: Driver<SimulationProgress>,
): Promise<Simulated> {
  const start = driver.seconds()
  const model = modelOf(setup)
  const tooLate = await driver.between?.({ runs: 0, steps: 0 })
  if (!tooLate) confirmReading(setup, model)
  const seen = tooLate
    ? nothingSeen(model, settings, tooLate)
    : await simulateModel(model, settings, driver)
  return simulatedFrom(setup, model, settings, seen, driver.seconds() - start)
}

/** A simulation of a model: what is seen, without the story of it. */
export async function simulateModel(
  target: Target,
  settings: SimulationSettings,
  driver: Driver<SimulationProgress>,
): Promise<Seen> {
  const engine =
    settings.strategy === 'fewest-preemptions' ? search(target, settings) : walks(target, settings)
  for (let isOver = false; !isOver; isOver = engine.advance()) {
    const why = await driver.between?.(engine.progress())
    if (why) engine.stop(why)
  }
  return engine.result()
}

/** @throws NondeterminismError when what was found cannot be found again by the same steps. */
export function simulatedFrom(
  setup: Setup,
  model: Model<AnyState>,
  settings: SimulationSettings,
  { found, sketch, ...coverage }: Seen,
  seconds: number,
): Simulated {
  const run: SimulatedRun = {
    system: setup.system.name,
    scenario: setup.scenario.name,
    mutant: setup.mutant?.name ?? null,
    verdict: found ? 'violated' : coverage.limit === null ? 'passed' : 'incomplete',
    strategy: settings.strategy,
    seconds: Math.round(seconds * 1000) / 1000,
    ...coverage,
  }
  return { run, setup, model, found: found && confirmed(model, found), sketch }
}

/** The result of a simulation that was over before it began: its model need not be compiled. */
export function nothingSeen(
  model: Model<AnyState>,
  { strategy }: Pick<SimulationSettings, 'strategy'>,
  limit: string,
): Seen {
  const situations = model.properties.filter(({ kind }) => kind === 'sometimes')
  const walks = strategy === 'fewest-preemptions' ? null : 0
  return {
    runs: walks,
    steps: 0,
    longest: walks,
    cut: walks,
    fired: {},
    reached: Object.fromEntries(situations.map(({ name }) => [name, 0])),
    found: null,
    sketch: null,
    foundInRun: null,
    limit,
    excludedBelow: null,
    everything: false,
    distinctStates: { count: 0, method: 'nothing was seen' },
    interpreted: [],
  }
}

type Target = Model<AnyState> | CompiledModel<AnyState>

function walks(target: Target, settings: SimulationSettings): Engine {
  const strategy = settings.strategy === 'pct' ? 'pct' : 'random'
  const simulation = new Simulation(target, { ...settings, strategy })
  return {
    advance: () => simulation.advance(50),
    stop: (why) => simulation.stop(why),
    progress: () => simulation.progress(),
    result: () => {
      const { found, distinctStates, ...coverage } = simulation.result()
      return {
        ...coverage,
        found,
        sketch: simulation.sketch,
        foundInRun: found?.run ?? null,
        excludedBelow: null,
        everything: false,
        distinctStates: { count: distinctStates, method: ESTIMATE },
      }
    },
  }
}

function search(target: Target, settings: SimulationSettings): Engine {
  const { properties, preemptions: maxCost, maxStates: maxNodes } = settings
  const cheapest = new ShortestPathSearch(target, {
    cost: 'preemptions',
    properties,
    maxCost,
    maxNodes,
  })
  const { properties: all } = 'expand' in target ? target.model : target
  const situations = all.filter(({ kind }) => kind === 'sometimes')
  return {
    advance: () => cheapest.advance(5_000),
    stop: (why) => cheapest.stop(why),
    progress: () => ({ runs: 0, steps: cheapest.progress().transitions }),
    result: () => {
      const { found, limit, excludedBelow, nodes, transitions, fired, reached, interpreted } =
        cheapest.result()
      return {
        runs: null,
        steps: transitions,
        longest: null,
        cut: null,
        fired,
        reached: Object.fromEntries(
          situations.map(({ name }) => [name, reached.has(name) ? 1 : 0]),
        ),
        found: found && { property: found.property, schedule: found.trace.schedule },
        sketch: null,
        foundInRun: null,
        limit,
        excludedBelow: Number.isFinite(excludedBelow) ? excludedBelow : null,
        everything: found === null && excludedBelow === Number.POSITIVE_INFINITY,
        distinctStates: { count: nodes, method: 'exact, each with the actor that led to it' },
        interpreted,
      }
    },
  }
}
