/**
 * Async-fork as shipped by Bytedance (bytedance/kernel, mm/async_fork.c and
 * include/linux/async_fork.h, Linux 5.15): the child gets the parent's mmap_lock handed
 * over, a flag on the page of a PTE table says what is uncopied, one word of the child holds an
 * error, and the loop that copies is the one that rolls back.
 */
import { kernel, kernelRoutines, kernelVocabulary } from '../../kernel/index.js'
import * as bothTables from '../both-tables.js'
import { generations } from '../generations.js'
import type { System } from '../system.js'
import * as clean from './clean.js'
import * as entire from './entire.js'
import * as flags from './flags.js'
import * as handOver from './hand-over.js'
import * as hooks from './hooks.js'
import { bytedanceRoutines } from './places.js'
import * as walk from './walk.js'

export const asyncForkBytedance: System = {
  name: 'async-fork-bytedance',
  says: "Async-fork as shipped by Bytedance: the parent's lock is handed over to the copying child.",
  childStart: 'walk.start',
  routines: [...kernelRoutines, ...bytedanceRoutines],
  features: ['copiesLater'],
  flagsTables: true,
  flawed: true,
  kernel: '5.15',
  // The source flushes nothing after fork, as x86 permits.
  fixed: {
    ...generations['5.15'],
    pinned: 'later',
    copiers: 1,
    arch: 'x86',
    pointerLock: 'none',
  },
  rules: [
    ...kernel.filter(({ name }) => name !== 'forkReturn'),
    ...handOver.handOver,
    ...clean.clean,
    ...walk.walk,
    ...entire.entire,
  ],
  hooks: [...handOver.handOverHooks, ...hooks.hooks],
  vocabulary: [...kernelVocabulary, bothTables, clean, entire, flags, handOver, hooks, walk],
}
