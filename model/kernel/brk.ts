/**
 * brk: the heap ends elsewhere (mm/mmap.c: brk, do_brk_flags, do_brk_munmap). The operation's
 * `page` is where the heap starts, its `end` where it is to end.
 */
import { expectFresh } from '../ghosts.js'
import { hasNoFaults, queueToWrite, startChanging } from '../locks.js'
import { operation, range } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { begins, mmOf, opOf } from '../threads.js'
import { vmaAt, vmaIn } from '../vmas.js'
import { unmapRange } from './munmap.js'

/** The heap's VMA, or NONE. */
export const heapOf = (s: State, t: number) => vmaAt(s, mmOf(s, t), opOf(s, t).page)

/** Where the heap ends; only where there is one. */
export const heapEnd = (s: State, t: number) => s.mm[mmOf(s, t)].vma[heapOf(s, t)].end

/** Can the heap grow as far as asked: is nothing in the way? */
export const mayGrowHeap = (s: State, t: number) =>
  heapOf(s, t) !== NONE &&
  opOf(s, t).end > heapEnd(s, t) &&
  vmaIn(s, mmOf(s, t), heapEnd(s, t), opOf(s, t).end) === NONE

/** Is the heap to become smaller? */
export const shrinksHeap = (s: State, t: number) =>
  heapOf(s, t) !== NONE && opOf(s, t).end < heapEnd(s, t)

export const brkRoutine = routine('brk', 'Makes the heap larger or smaller.', {
  'brk.find': ['writes'],
  'brk.grow': ['writes'],
})

export const brk: readonly Step[] = [
  {
    name: 'brk',
    at: 'user',
    source: 'brk: mmap_write_lock_killable',
    guard: (s, t) => begins(s, t, 'brk'),
    effect: (s, t) => queueToWrite(s, t, mmOf(s, t), 'brk.find'),
  },
  {
    name: 'brkGrows',
    at: 'brk.find',
    to: 'brk.grow',
    source: 'brk: do_brk_flags',
    guard: (s, t) => mayGrowHeap(s, t),
  },
  {
    // Under mmap_lock for writing, with no fault in it: the VMA grows where it is.
    name: 'brkExpands',
    at: 'brk.grow',
    to: 'call.unlock',
    source: 'do_brk_flags: vma_start_write, vma->vm_end = addr + len',
    guard: (s, t) => hasNoFaults(s, mmOf(s, t), heapOf(s, t)),
    effect: (s, t) => {
      const m = mmOf(s, t)
      startChanging(s, m, heapOf(s, t))
      expectFresh(s, m, heapEnd(s, t), opOf(s, t).end)
      s.mm[m].vma[heapOf(s, t)].end = opOf(s, t).end
    },
  },
  {
    name: 'brkShrinks',
    at: 'brk.find',
    source: 'brk: do_vma_munmap',
    guard: (s, t) => shrinksHeap(s, t),
    effect: (s, t) => unmapRange(s, t, opOf(s, t).end, heapEnd(s, t)),
  },
  {
    name: 'brkRefused',
    at: 'brk.find',
    to: 'call.unlock',
    source: 'brk: something is in the way, or nothing to do',
    guard: (s, t) => !mayGrowHeap(s, t) && !shrinksHeap(s, t),
  },
]

export const brkOperation = operation('brk', ['parent', 'sibling'], range, {
  says: 'Lets the heap, which starts at `from`, end at `to`.',
  needs: ['vmaChanges'],
  vmas: 2,
})

declare module '../operation-names.js' {
  interface ProcessOperations {
    brk: typeof brkOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof brkRoutine>, unknown> {}
}
