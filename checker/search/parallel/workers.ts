/** Threads that help with a search among many states, and the task that each of them gets. */
import type { ProgramText } from '../../rules/compiled-model.js'
import { expansionOf } from '../../rules/own-program.js'
import { Explorer, type SearchConfig } from './explorer.js'
import { COMMAND, CONTINUE, LEVEL_COUNT, type SharedMemory } from './shared-memory.js'

/** All that another thread needs to help. It is data. */
export interface Task {
  readonly program: ProgramText
  readonly memory: SharedMemory
  /** The buffer of `memory.slots`: so large an array loses its length on the way to a thread. */
  readonly slots: ArrayBufferLike
  readonly config: SearchConfig
  /** The number of the thread, from 1. */
  readonly thread: number
}

/** Threads that a search may ask for help. */
export interface Workers {
  /** How many there are. */
  readonly size: number
  /** Has a thread run a task (`runTask`). It need not begin at once. */
  send(task: Task): void
}

/** Helps with a search until it ends. It runs in a thread of its own. */
export function runTask({ program, slots, config, thread, ...task }: Task): void {
  const memory = { ...task.memory, slots: new Int32Array(slots) }
  const { control } = memory
  const explorer = new Explorer(expansionOf(program, config.words), memory, config, thread)
  while (Atomics.load(control, COMMAND) === CONTINUE) {
    const level = Atomics.load(control, LEVEL_COUNT)
    while (explorer.work() > 0);
    if (Atomics.load(control, COMMAND) === CONTINUE) Atomics.wait(control, LEVEL_COUNT, level)
  }
}
