/**
 * What is felt at one page table of the kernel's work elsewhere: locks that are taken, and time
 * that passes. See systems/environment.ts.
 */
import { mayRead, queueToWrite } from '../locks.js'
import type { Step } from '../rule.js'
import { PARENT, type State } from '../state.js'
import type { Elsewhere } from '../systems/environment.js'
import { mmOf, opOf } from '../threads.js'

/** Is the thread one of the parent's between two operations, with another one to come? */
export const mayWorkElsewhere = (s: State, t: number) =>
  mmOf(s, t) === PARENT &&
  s.thread[t].page === s.geometry.pages &&
  opOf(s, t).do !== 'end' &&
  !s.mm[PARENT].killed

export const kernelEnvironmentRules: readonly Step[] = [
  {
    // Stands for every fault and every call that works elsewhere under mmap_lock held for reading.
    name: 'readsElsewhere',
    at: 'user',
    source: 'lock_mm_and_find_vma, madvise_lock: mmap_read_lock',
    guard: (s, t) => mayWorkElsewhere(s, t) && mayRead(s, PARENT),
    to: 'call.unlockRead',
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = true
    },
  },
  {
    // Stands for every call that works elsewhere under mmap_lock held for writing.
    name: 'writesElsewhere',
    at: 'user',
    source: 'mmap_write_lock_killable',
    guard: (s, t) => mayWorkElsewhere(s, t),
    effect: (s, t) => queueToWrite(s, t, PARENT, 'call.unlock'),
  },
]

/** Walks over a range that have come to another table. */
export const kernelElsewhere: readonly Elsewhere[] = [
  { at: ['zap.pte', 'zap.free'], by: 'page', seenAt: 'zap.table' },
  { at: ['munmap.free'], by: 'table', seenAt: 'munmap.tables' },
]
