/** Runs checks one after the other within one limit of time, until done or interrupted. */

import { performance } from 'node:perf_hooks'
import type { StateGraph } from '../checker/graph/graph.js'
import { actionsOf } from '../checker/model.js'
import { MEMORY_LIMIT, type SearchOptions } from '../checker/search/search.js'
import { type Workers, workerThreads } from '../checker/threads/index.js'
import { confirm } from '../runs/confirm.js'
import { confirmReading } from '../runs/reading.js'
import {
  type Driver,
  type KeepingDriver,
  type Outcome,
  type Progress,
  type RunData,
  runModel,
  runSetup,
} from '../runs/run.js'
import { isBuiltIn, modelOf } from '../runs/setup-model.js'
import type { ShrinkProgress } from '../runs/shrink/effort.js'
import { type ShrinkOptions, type Shrunk, shrinkSetup } from '../runs/shrink/shrink.js'
import {
  type Simulated,
  type SimulationProgress,
  type SimulationSettings,
  simulatedFrom,
  simulateSetup,
} from '../runs/simulation.js'
import type { AnyState, Setup } from '../runs/subject.js'
import type { CertificateFile } from './certificate.js'
import type { Checkpoint } from './checkpoint.js'
import { EXIT, isUsage, oneLine, UsageError } from './errors.js'
import { type Io, isStopped } from './io.js'
import type { Plan } from './planned-check.js'
import { keptProgram } from './program-cache.js'
import { ProgressLine, type Shown } from './progress.js'
import { simulateOnThreads } from './simulate-workers.js'
import { runInWorkers } from './workers.js'

/** A violation to be shrunk. */
type Found = Parameters<typeof shrinkSetup>[1]

export interface Limits
  extends Pick<SearchOptions, 'maxStates' | 'maxBytes' | 'maxDepth' | 'continue' | 'digest'> {
  /** Seconds for everything together. */
  readonly time?: number
  /** The user's text for `time`. */
  readonly quiet?: boolean
}

/**
 * Refuses plans that cannot run, before any plan runs. Plans of the fork machine always can.
 * @throws UsageError saying why: a rule without its range, a scenario that asks for the unknown.
 */
export async function checkPlans(io: Io, plans: readonly Plan[]): Promise<void> {
  for (const { setup } of plans) {
    if (isBuiltIn(setup)) continue
    if (await isStopped(io)) return
    try {
      actionsOf(modelOf(setup))
    } catch (error) {
      if (isUsage(error)) throw error
      const culprit = setup.mutant
        ? `mutant ${setup.mutant.name}`
        : `scenario ${setup.scenario.name}`
      throw new UsageError(`${culprit}: ${oneLine(error)}`)
    }
  }
}

/** How plans are run. */
interface RunAll {
  readonly workers?: number
  readonly checkpoint?: Checkpoint
  /** Where the certificates of the runs are written. */
  readonly certificate?: CertificateFile
  /** End after the first plan that violates something: what comes after has no outcome. */
  readonly untilViolated?: boolean
}

/** Runs plans in order. Plans that an interrupt keeps from starting have no outcome. */
export class Runner {
  private readonly start = seconds()
  private readonly progress: ProgressLine

  constructor(
    private readonly io: Io,
    private readonly limits: Limits,
  ) {
    this.progress = new ProgressLine(io, limits.quiet ?? false, seconds)
  }

  get interrupted(): boolean {
    return this.io.signal.aborted
  }

  /** Why a run is to end now: an interrupt, or the time is up. Null while there is time. */
  get over(): string | null {
    const { time } = this.limits
    if (this.interrupted) return 'interrupted'
    return time !== undefined && seconds() - this.start >= time ? `--time ${time}s` : null
  }

  /**
   * Runs plans, on several threads if there are to be `workers`: several plans at once, or the
   * states of one at a time, where there is only one, or a checkpoint.
   * @param checkpoint where to resume; the progress is written to it now and then.
   * @returns the outcomes in the order of the plans; null for what an interrupt kept from starting.
   * @throws NondeterminismError when a violation cannot be replayed.
   */
  async runAll(
    plans: readonly Plan[],
    { workers = 1, checkpoint, certificate, untilViolated = false }: RunAll = {},
  ): Promise<(Outcome | null)[]> {
    if (workers > 1 && plans.length > 1 && !checkpoint && !certificate && !untilViolated)
      return this.runOnThreads(plans, workers)
    const helpers = workers > 1 ? workerThreads(workers - 1) : undefined
    try {
      return await this.runInTurn(plans, helpers, { checkpoint, certificate, untilViolated })
    } finally {
      await helpers?.close()
    }
  }

  private async runInTurn(
    plans: readonly Plan[],
    helpers: Workers | undefined,
    { checkpoint, certificate, untilViolated }: Omit<RunAll, 'workers'>,
  ): Promise<(Outcome | null)[]> {
    const known = checkpoint?.from?.done ?? []
    const outcomes = known.map((data, i) => withModel(plans[i], data))
    for (const plan of plans.slice(known.length)) {
      if (await isStopped(this.io)) break
      this.progress.part(outcomes.length, plans.length)
      const isNext = outcomes.length === known.length
      const from = isNext ? (checkpoint?.from?.current ?? undefined) : undefined
      // A check that ran out of memory may go on later with more: its checkpoint stays.
      const isKept = !outcomes.some(({ run }) => run.limit === MEMORY_LIMIT)
      const keep: KeepingDriver['keep'] = (take, isLast) =>
        isKept && checkpoint?.keep(outcomes, take, isLast)
      let graph: StateGraph<AnyState> | null = null
      const whole: KeepingDriver['whole'] = (all) => {
        graph = all
      }
      const outcome = await this.run(plan, {
        from,
        program: plans.length === 1 ? keptProgram(this.io, plan) : undefined,
        keep,
        whole: certificate && whole,
        workers: helpers,
      })
      await certificate?.add(outcome, graph, plan)
      outcomes.push(outcome)
      if (untilViolated && outcome.run.verdict === 'violated') break
    }
    this.progress.part(1, 1)
    return plans.map((_, i) => outcomes[i] ?? null)
  }

  private async runOnThreads(plans: readonly Plan[], workers: number): Promise<(Outcome | null)[]> {
    const { time, quiet, ...limits } = this.limits
    this.progress.begin(`${Math.min(workers, plans.length)} threads`)
    try {
      const found = await runInWorkers(plans, {
        workers,
        limits,
        deadline: this.deadline(),
        cwd: this.io.cwd,
        signal: this.io.signal,
        show: (done, states) => {
          this.progress.part(done, plans.length)
          this.progress.show({
            count: states,
            text: (rate) => `${number(states)} states (${rate})`,
          })
        },
      })
      return found.map((data, i) => data && withModel(plans[i], data))
    } finally {
      this.progress.part(1, 1)
      this.progress.end()
    }
  }

  /** @throws NondeterminismError when a violation cannot be replayed. */
  async run(
    { setup, properties, witnesses }: Plan,
    {
      workers,
      ...kept
    }: Pick<KeepingDriver, 'from' | 'keep' | 'whole' | 'program'> & { workers?: Workers } = {},
  ): Promise<Outcome> {
    const { time, quiet, ...options } = this.limits
    return this.watch(setup, searchProgress, async (driver) => {
      const graph = kept.whole !== undefined || undefined
      const whole = { ...options, properties, witnesses, workers, graph }
      const outcome = await runSetup(setup, whole, { ...driver, ...kept })
      confirm(outcome)
      return outcome
    })
  }

  /** @throws NondeterminismError when a violation cannot be replayed. */
  async simulate({ setup, properties }: Plan, settings: SimulationSettings): Promise<Simulated> {
    return this.watch(setup, simulationProgress, (driver) =>
      simulateSetup(setup, { ...settings, properties }, driver),
    )
  }

  /** The same on several threads; null for plans that were not begun. */
  async simulateOnThreads(
    plans: readonly Plan[],
    settings: SimulationSettings,
    workers: number,
  ): Promise<readonly (Simulated | null)[]> {
    const start = seconds()
    this.progress.begin(`${workers} threads`)
    try {
      const { cwd, signal } = this.io
      const deadline = this.deadline()
      const seen = await simulateOnThreads(plans, settings, { workers, deadline, cwd, signal })
      return seen.map((one, i) => {
        const { setup } = plans[i]
        const model = one && modelOf(setup)
        if (!model) return null
        confirmReading(setup, model)
        return simulatedFrom(setup, model, settings, one, seconds() - start)
      })
    } finally {
      this.progress.end()
    }
  }

  /** When the time is up, for other threads. */
  private deadline(): { at: number; limit: string } | null {
    const { time } = this.limits
    if (time === undefined) return null
    return { at: Date.now() + (this.start + time - seconds()) * 1000, limit: `--time ${time}s` }
  }

  /** @throws NondeterminismError when the schedule does not violate the property. */
  async shrink(setup: Setup, found: Found, options: ShrinkOptions): Promise<Shrunk> {
    return this.watch(setup, shrinkProgress, (driver) => shrinkSetup(setup, found, options, driver))
  }

  /** Does something with a setup while the user can see how far it is, and stop it. */
  private async watch<P, R>(
    { scenario, system, mutant }: Setup,
    words: (progress: P) => Shown,
    work: (driver: Driver<P>) => Promise<R>,
  ): Promise<R> {
    this.progress.begin([system.name, scenario.name, mutant?.name].filter(Boolean).join(' / '))
    try {
      return await work({
        seconds,
        between: async (progress) => {
          this.progress.show(words(progress))
          await isStopped(this.io)
          return this.over
        },
      })
    } finally {
      this.progress.end()
    }
  }
}

/** A run that comes as data, with what it was a run of. */
function withModel(plan: Plan, data: RunData): Outcome {
  return { ...data, setup: plan.setup, model: runModel(plan.setup, plan) }
}

function searchProgress({ states, transitions, queue, depth, bytes }: Progress): Shown {
  const memory = Math.ceil(bytes / 2 ** 20)
  const text = (rate: string) =>
    `${number(states)} states (${rate})  ${number(transitions)} transitions  queue ${number(queue)}  depth ${depth}  ${memory} MB`
  return { count: states, text }
}

function shrinkProgress({ replays, states }: ShrinkProgress): Shown {
  const text = () => `shrinking  ${number(replays)} replays  ${number(states)} states`
  return { count: replays, text }
}

function simulationProgress({ runs, steps }: SimulationProgress): Shown {
  return { count: steps, text: (rate) => `${number(runs)} runs  ${number(steps)} steps (${rate})` }
}

/** The exit code of some runs: an interrupt, then a violation, then an early end count most. */
export function exitCodeOf(
  runs: readonly { readonly verdict: string }[],
  interrupted: boolean,
): number {
  if (interrupted) return EXIT.interrupted
  if (runs.some((run) => run.verdict === 'violated')) return EXIT.violated
  return runs.some((run) => run.verdict === 'incomplete') ? EXIT.incomplete : EXIT.ok
}

function number(count: number): string {
  return count.toLocaleString('en')
}

function seconds(): number {
  return performance.now() / 1000
}
