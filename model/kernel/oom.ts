/**
 * The OOM reaper (mm/oom_kill.c: __oom_reap_task_mm): while a killed parent has not yet left its
 * address space, or cannot because somebody still keeps it, its pages are taken away; or a killed
 * child's, by another process (process_mrelease). Under mmap_lock held for reading.
 */
import { mayRead } from '../locks.js'
import { kernelOperation } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { CHILD, NONE, PARENT, type State } from '../state.js'
import { finish, opOf } from '../threads.js'
import { nextVma } from '../vmas.js'
import { zapRange } from './zap.js'

/** The VMA the reaper comes to next, or NONE. */
export const vmaToReap = (s: State, t: number) => nextVma(s, s.thread[t].space, s.thread[t].page)

export const reapRoutine = routine('reap', 'Frees the pages of a process that is being killed.', {
  'reap.vma': ['ofSpace'],
})

export const oom: readonly Step[] = [
  {
    name: 'reap',
    at: 'user',
    to: 'reap.vma',
    source: 'oom_reap_task_mm: mmap_read_trylock',
    guard: (s, t) =>
      opOf(s, t).do === 'reap' &&
      s.mm[PARENT].killed &&
      s.mm[PARENT].users > 0 &&
      mayRead(s, PARENT),
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = true
      s.thread[t].space = PARENT
      s.thread[t].page = 0
    },
  },
  {
    // Another process does the same to a child that is being killed, copying or not.
    name: 'release',
    at: 'user',
    to: 'reap.vma',
    source: 'process_mrelease: mmap_read_lock_killable, __oom_reap_task_mm',
    guard: (s, t) =>
      opOf(s, t).do === 'release' &&
      s.mm[CHILD].killed &&
      s.mm[CHILD].users > 0 &&
      mayRead(s, CHILD),
    effect: (s, t) => {
      s.mm[CHILD].lock.readers[t] = true
      s.thread[t].space = CHILD
      s.thread[t].page = 0
    },
  },
  {
    name: 'reapVma',
    at: 'reap.vma',
    source: '__oom_reap_task_mm: unmap_page_range of each anonymous VMA',
    guard: (s, t) => vmaToReap(s, t) !== NONE,
    effect: (s, t) => {
      const vma = s.mm[s.thread[t].space].vma[vmaToReap(s, t)]
      zapRange(s, t, vma.start, vma.end, 'reap.vma')
    },
  },
  {
    name: 'reapDone',
    at: 'reap.vma',
    source: 'oom_reap_task_mm, process_mrelease: mmap_read_unlock',
    guard: (s, t) => vmaToReap(s, t) === NONE,
    effect: (s, t) => {
      s.mm[s.thread[t].space].lock.readers[t] = false
      finish(s, t)
    },
  },
]

export const reapOperation = kernelOperation(
  'reap',
  'reaper',
  {},
  {
    says: 'Frees the memory of a process that is being killed.',
  },
)

export const releaseOperation = kernelOperation(
  'release',
  'manager',
  {},
  {
    says: 'Frees the memory of a child that is being killed, from another process (process_mrelease).',
  },
)

declare module '../operation-names.js' {
  interface KernelOperations {
    reap: typeof reapOperation
    release: typeof releaseOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof reapRoutine>, unknown> {}
}
