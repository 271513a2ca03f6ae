/**
 * The OOM reaper (mm/oom_kill.c: __oom_reap_task_mm): while a killed parent has not yet left its
 * address space, or cannot because somebody still keeps it, its pages are taken away. Under
 * mmap_lock held for reading.
 */
import { mayRead } from '../locks.js'
import { kernelOperation } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, PARENT, type State } from '../state.js'
import { finish, opOf } from '../threads.js'
import { nextVma } from '../vmas.js'
import { zapRange } from './zap.js'

/** The VMA the reaper comes to next, or NONE. */
export const vmaToReap = (s: State, t: number) => nextVma(s, PARENT, s.thread[t].page)

export const reapRoutine = routine('reap', 'Frees the pages of a process that is being killed.', {
  'reap.vma': [],
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
    name: 'reapVma',
    at: 'reap.vma',
    source: '__oom_reap_task_mm: unmap_page_range of each anonymous VMA',
    guard: (s, t) => vmaToReap(s, t) !== NONE,
    effect: (s, t) => {
      const vma = s.mm[PARENT].vma[vmaToReap(s, t)]
      zapRange(s, t, vma.start, vma.end, 'reap.vma')
    },
  },
  {
    name: 'reapDone',
    at: 'reap.vma',
    source: 'oom_reap_task_mm: mmap_read_unlock',
    guard: (s, t) => vmaToReap(s, t) === NONE,
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = false
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

declare module '../operation-names.js' {
  interface KernelOperations {
    reap: typeof reapOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof reapRoutine>, unknown> {}
}
