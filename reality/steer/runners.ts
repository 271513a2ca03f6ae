/** Who plays an actor of a story: a thread of the helper, on a processor of its own. */
import { CHILD, PARENT, type State } from '../../model/state.js'

/** A thread of the helper, and the processor it runs on. */
export interface Runner {
  readonly name: string
  readonly thread: number
  /** As the stub names it, from 01; the first one is left to threads of the kernel. */
  readonly cpu: string
  /** It stands inside an operation, not in user mode behind a shut gate. */
  inside: boolean
  cr3: bigint | null
  /** The instruction that the exception it is in returns to. */
  faultReturns: bigint | null
  /** Where the flush it stands before returns to. */
  flushReturns: bigint | null
  /** Where it goes on, while it waits in a loop that answers interrupts. */
  goesOnAt: bigint | null
  /** It has been asked to flush, and has not answered: the interrupt comes late. */
  isDeaf: boolean
}

/** Processors of the guest. */
export const PROCESSORS = 5
const FIRST_THREAD = 0
const CHILD_THREAD = 2
const OTHER_THREADS = [1, 3, 4]

/** @param acting the actors that take steps. @returns one for each, as far as there are places. */
export function runnersOf(state: State, acting: ReadonlySet<string>): Runner[] {
  const others = [...OTHER_THREADS]
  const runners: Runner[] = []
  for (const { name, mm, rank } of state.actor) {
    const isFirst = mm === PARENT && rank === 0
    const isChild = mm === CHILD && rank === 0
    if (!isFirst && !isChild && !acting.has(name)) continue
    const thread = isFirst ? FIRST_THREAD : isChild ? CHILD_THREAD : others.shift()
    if (thread === undefined || runners.length === PROCESSORS - 1) continue
    const cpu = `0${runners.length + 2}`
    runners.push({ name, thread, cpu, ...AT_REST })
  }
  return runners
}

export const isChildRunner = ({ thread }: Runner) => thread === CHILD_THREAD

/** The processor as the guest counts it, from 0. */
export const processorOf = ({ cpu }: Runner) => Number(cpu) - 1

const AT_REST = {
  inside: false,
  cr3: null,
  faultReturns: null,
  flushReturns: null,
  goesOnAt: null,
  isDeaf: false,
}
