/**
 * Stack growth: a fault just below a VMA that grows downwards takes mmap_lock for writing, moves
 * the VMA's start, and carries on with the lock downgraded (mm/mmap.c: lock_mm_and_find_vma,
 * expand_stack, expand_downwards). Before 6.5 it keeps the read lock.
 */
import { expectFresh } from '../ghosts.js'
import { hasNoFaults, queueToWrite, startChanging } from '../locks.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { mmOf } from '../threads.js'
import { nextVma, vmaAt } from '../vmas.js'
import { downgrade } from './locks.js'

/** The stack VMA that would have to grow down to the thread's page, or NONE. */
export function stackAbove(s: State, t: number): number {
  const m = mmOf(s, t)
  if (vmaAt(s, m, s.thread[t].page) !== NONE) return NONE
  const v = nextVma(s, m, s.thread[t].page)
  if (v === NONE || !s.mm[m].vma[v].stack) return NONE
  return v
}

export const stackRoutine = routine('stack', 'Grows a stack when the page below it is touched.', {
  'stack.retry': [],
  'stack.grow': ['writes'],
})

export const stack: readonly Step[] = [
  {
    // The read lock cannot be turned into a write lock: it is dropped, and the writer queues.
    name: 'stackRetry',
    at: 'stack.retry',
    source: 'lock_mm_and_find_vma: upgrade_mmap_lock_carefully',
    guard: (s) => s.options.stackGrowth === 'write',
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = false
      queueToWrite(s, t, mmOf(s, t), 'stack.grow')
    },
  },
  {
    // Under mmap_lock for reading, anon_vma lock and page_table_lock: only one thread at a time
    // moves the start of the VMA. One that comes second finds that the page is mapped by now.
    name: 'stackGrowsUnderReadLock',
    at: 'stack.retry',
    to: 'fault.walk',
    source: 'do_user_addr_fault before 6.5: expand_stack, expand_downwards',
    guard: (s) => s.options.stackGrowth === 'read',
    effect: (s, t) => {
      const m = mmOf(s, t)
      const v = stackAbove(s, t)
      if (v === NONE) return
      expectFresh(s, m, s.thread[t].page, s.mm[m].vma[v].start)
      s.mm[m].vma[v].start = s.thread[t].page
    },
  },
  {
    // Under mmap_lock for writing: the VMA reaches down to the page. Readers are let in again.
    name: 'stackGrow',
    at: 'stack.grow',
    to: 'fault.walk',
    source: 'expand_stack_locked, expand_downwards, mmap_write_downgrade',
    guard: (s, t) => stackAbove(s, t) !== NONE && hasNoFaults(s, mmOf(s, t), stackAbove(s, t)),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      const v = stackAbove(s, t)
      startChanging(s, m, v)
      expectFresh(s, m, me.page, s.mm[m].vma[v].start)
      s.mm[m].vma[v].start = me.page
      downgrade(s, t)
      me.onward = 'fault.unlock'
    },
  },
  {
    // Somebody else has mapped or unmapped there while the lock was dropped.
    name: 'stackFails',
    at: 'stack.grow',
    source: 'lock_mm_and_find_vma: fail',
    guard: (s, t) => stackAbove(s, t) === NONE,
    effect: (s, t) => {
      downgrade(s, t)
      s.thread[t].onward = 'fault.unlock'
      s.thread[t].pc = vmaAt(s, mmOf(s, t), s.thread[t].page) === NONE ? 'fault.fail' : 'fault.walk'
    },
  },
]

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof stackRoutine>, unknown> {}
}
