/**
 * Many checks on several threads at once. Models are functions and stay in their threads: a thread
 * receives names, scenarios and limits, and answers with a run as data.
 */
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Tinypool } from 'tinypool'
import { NondeterminismError } from '../checker/model.js'
import type { SearchOptions } from '../checker/search/search.js'
import type { RunData } from '../runs/run.js'
import { subjectOf } from '../runs/setup-model.js'
import type { ScenarioInfo } from '../runs/subject.js'
import { UsageError } from './errors.js'
import type { Plan } from './planned-check.js'
import { optimiseLate } from './v8-flags.js'

/** A plan as data. */
export interface PlanData {
  readonly setup: { readonly scenario: ScenarioInfo }
  /** The file of the model; none for the fork machine. */
  readonly model?: string
  readonly system: string
  readonly mutant?: string
  readonly mutantFile?: string
  readonly propertyFiles?: readonly string[]
  readonly properties?: readonly string[]
  readonly witnesses?: readonly string[]
}

export function planData({
  setup,
  mutantFile,
  propertyFiles,
  properties,
  witnesses,
}: Plan): PlanData {
  const { scenario, system, mutant } = setup
  return {
    setup: { scenario },
    model: subjectOf(setup).file?.file,
    system: system.name,
    mutant: mutant?.name,
    mutantFile,
    propertyFiles,
    properties,
    witnesses,
  }
}

/** A check as data. */
export interface CheckTask {
  readonly plan: PlanData
  readonly limits: SearchOptions
  /** The moment (Date.now) at which it ends, and the limit's name. */
  readonly deadline: { readonly at: number; readonly limit: string } | null
  /** Shared memory: a stop flag at STOP, and each check's number of states at its number. */
  readonly control: SharedArrayBuffer
  readonly number: number
  readonly cwd: string
}

export type CheckAnswer =
  | { readonly kind: 'done'; readonly data: RunData }
  | { readonly kind: 'not started' }
  | { readonly kind: 'failed'; readonly name: string; readonly message: string }

/** Index of the stop flag in the shared memory. Checks have the numbers from 1 on. */
export const STOP = 0
/** Milliseconds between two looks at how far they are. */
const PAUSE = 100
export interface Pool {
  readonly workers: number
  readonly limits: SearchOptions
  readonly deadline: CheckTask['deadline']
  readonly cwd: string
  readonly signal: AbortSignal
  /** Called now and then with the number of finished checks and of known states. */
  readonly show: (done: number, states: number) => void
}

/**
 * Runs plans on some threads.
 * @returns the run of each, in the order of the plans; null for plans that an interrupt kept from
 *   starting.
 * @throws NondeterminismError, UsageError: what a check fails with.
 */
export async function runInWorkers(
  plans: readonly Plan[],
  { workers, limits, deadline, cwd, signal, show }: Pool,
): Promise<(RunData | null)[]> {
  const control = new SharedArrayBuffer(4 * (1 + plans.length))
  const shared = new Int32Array(control)
  const stop = () => Atomics.store(shared, STOP, 1)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  const threads = Math.min(workers, plans.length)
  if (threads > 1) optimiseLate()
  const filename = workerFile(new URL('./check-worker.js', import.meta.url))
  const pool = new Tinypool({ filename, minThreads: threads, maxThreads: threads })
  let done = 0
  const check = async (i: number): Promise<RunData | null> => {
    const task: CheckTask = {
      plan: planData(plans[i]),
      limits,
      deadline,
      control,
      number: 1 + i,
      cwd,
    }
    const answer = (await pool.run(task)) as CheckAnswer
    done++
    if (answer.kind === 'failed') throw raised(answer)
    return answer.kind === 'done' ? answer.data : null
  }
  const found: (RunData | null)[] = plans.map(() => null)
  const working = alikeTogether(plans).map(async (i) => {
    found[i] = await check(i)
  })
  const all = Promise.all(working)
  try {
    let isOver = false
    const over = all.finally(() => {
      isOver = true
    })
    over.catch(() => {})
    while (!isOver) {
      show(
        done,
        shared.subarray(1).reduce((sum, states) => sum + states, 0),
      )
      await Promise.race([over.catch(() => {}), setTimeout(PAUSE)])
    }
    await all
    return found
  } finally {
    stop()
    signal.removeEventListener('abort', stop)
    await Promise.allSettled(working)
    await pool.destroy()
  }
}

/**
 * The numbers of the plans. Plans of one system in one scenario follow one another, because a
 * thread can reuse most translated functions for the next (checker/rules/reading/library.ts).
 */
function alikeTogether(plans: readonly Plan[]): number[] {
  const kindOf = ({ setup }: Plan) => `${setup.system.name} ${setup.scenario.name}`
  const firsts = new Map<string, number>()
  for (const [i, plan] of plans.entries())
    if (!firsts.has(kindOf(plan))) firsts.set(kindOf(plan), i)
  const first = (i: number) => firsts.get(kindOf(plans[i])) ?? i
  return [...plans.keys()].sort((i, j) => first(i) - first(j) || i - j)
}

/** The error of an answer. */
export function raised({ name, message }: { name: string; message: string }): Error {
  if (name === NondeterminismError.name) return new NondeterminismError(message)
  return /^(Error|TypeError|RangeError|ReferenceError)$/.test(name)
    ? new Error(message)
    : new UsageError(message)
}

/** The built file: threads run JavaScript, also where this file is still TypeScript. */
export function workerFile(url: URL): string {
  const beside = fileURLToPath(url)
  return existsSync(beside) ? beside : join(dirname(beside), '../dist/cli', basename(beside))
}
