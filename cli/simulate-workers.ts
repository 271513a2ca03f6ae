/**
 * Simulations on several threads. A walk depends on the seed and its number alone, so walks are made
 * in parts, and the parts put together are what one thread would have seen.
 */
import { Tinypool } from 'tinypool'
import type { Seen, SimulationSettings } from '../runs/simulation.js'
import { seenTogether } from '../runs/simulation-parts.js'
import type { Plan } from './planned-check.js'
import { type PlanData, planData, raised, workerFile } from './workers.js'

/** Some walks of a plan, as data. */
export interface SimulateTask {
  readonly plan: PlanData
  readonly settings: SimulationSettings
  /** The moment (Date.now) at which it ends, and the limit's name. */
  readonly deadline: { readonly at: number; readonly limit: string } | null
  /** Shared memory: see STOP and FIRST_FOUND. */
  readonly control: SharedArrayBuffer
  /** The number of this part among those of its plan. */
  readonly part: number
  readonly cwd: string
}

export type SimulateAnswer =
  | { readonly kind: 'done'; readonly seen: Seen }
  | { readonly kind: 'not started' }
  | { readonly kind: 'failed'; readonly name: string; readonly message: string }

/** Indices in the shared memory: the stop flag, and the number of the first part with a violation. */
export const STOP = 0
export const FIRST_FOUND = 1
const NONE_FOUND = 2 ** 31 - 1
/** Walks of a part: enough to be worth a message, few enough to end together. */
const PART_WALKS = 500

export interface SimulationThreads {
  readonly workers: number
  readonly deadline: SimulateTask['deadline']
  readonly cwd: string
  readonly signal: AbortSignal
}

/**
 * What is seen of each plan, in their order; null for plans that were not begun. Several plans are
 * done at once, each on one thread; the walks of a single one are shared out.
 * @throws NondeterminismError, UsageError: what a part fails with.
 */
export async function simulateOnThreads(
  plans: readonly Plan[],
  settings: SimulationSettings,
  threads: SimulationThreads,
): Promise<readonly (Seen | null)[]> {
  const { workers } = threads
  const filename = workerFile(new URL('./simulate-worker.js', import.meta.url))
  const pool = new Tinypool({ filename, minThreads: workers, maxThreads: workers })
  const isShared = plans.length === 1 && settings.strategy !== 'fewest-preemptions'
  const atOnce = isShared ? 1 : workers
  try {
    const next = plans.entries()
    const seen: (Seen | null)[] = plans.map(() => null)
    const lane = async () => {
      for (const [i, plan] of next) seen[i] = await inParts(pool, plan, settings, threads, isShared)
    }
    await Promise.all(Array.from({ length: atOnce }, lane))
    return seen
  } finally {
    await pool.destroy()
  }
}

async function inParts(
  pool: Tinypool,
  plan: Plan,
  settings: SimulationSettings,
  { workers, deadline, cwd, signal }: SimulationThreads,
  isShared: boolean,
): Promise<Seen | null> {
  const control = new SharedArrayBuffer(8)
  const shared = new Int32Array(control)
  shared[FIRST_FOUND] = NONE_FOUND
  const stop = () => Atomics.store(shared, STOP, 1)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  const { runs, firstRun } = settings
  const size = isShared ? PART_WALKS : runs
  const parts: Seen[] = []
  let begun = 0
  let isOver = false
  const lane = async () => {
    while (!isOver && (begun === 0 || begun * size < runs) && shared[FIRST_FOUND] === NONE_FOUND) {
      const part = begun++
      const own = { firstRun: firstRun + part * size, runs: Math.min(size, runs - part * size) }
      const task: SimulateTask = {
        plan: planData(plan),
        settings: { ...settings, ...(isShared ? own : {}) },
        deadline,
        control,
        part,
        cwd,
      }
      const answer = (await pool.run(task)) as SimulateAnswer
      if (answer.kind === 'failed') throw raised(answer)
      if (answer.kind === 'done') parts[part] = answer.seen
      isOver ||= answer.kind === 'not started' || answer.seen.limit !== null
    }
  }
  try {
    await Promise.all(Array.from({ length: isShared ? workers : 1 }, lane))
  } finally {
    signal.removeEventListener('abort', stop)
  }
  const done = parts.filter((part) => part !== undefined)
  if (done.length === 0) return null
  return isShared ? seenTogether(done) : done[0]
}
