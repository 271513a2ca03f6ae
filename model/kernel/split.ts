/**
 * Cutting VMAs at the bounds of a range (mm/mmap.c: __split_vma), for every system call that
 * changes a part of a VMA. Under mmap_lock held for writing. Who wants it sets `from`, `to` and
 * `then` and goes to split.
 */
import { expectLeftEmpty } from '../ghosts.js'
import { splitHuge } from '../hardware/huge.js'
import { firstPageOf, slotOf } from '../hardware/tables.js'
import { hasNoFaults, startChanging } from '../locks.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type Place, type State } from '../state.js'
import { fail, failCall, mmOf, opOf } from '../threads.js'
import { copyVmaFlags, freeVma, vmaAcross } from '../vmas.js'

/** Sends a thread to cut VMAs at the bounds of its range, and on to a place. */
export function splitAtBounds(s: State, t: number, then: Place): void {
  s.thread[t].onward = then
  s.thread[t].pc = 'split'
}

/** The bound of the thread's range that lies inside a VMA, the lower one first; or NONE. */
export function boundInside(s: State, t: number): number {
  const me = s.thread[t]
  if (vmaAcross(s, mmOf(s, t), me.from) !== NONE) return me.from
  return vmaAcross(s, mmOf(s, t), me.to) !== NONE ? me.to : NONE
}

/** The VMA that the bounds of the thread's range would cut in two, or NONE. */
export function vmaToSplit(s: State, t: number): number {
  const at = boundInside(s, t)
  return at === NONE ? NONE : vmaAcross(s, mmOf(s, t), at)
}

/** Cuts a VMA in two at a page; the upper part goes to a free slot. */
export function cutVma(s: State, m: number, v: number, at: number): void {
  const upper = freeVma(s, m)
  const lowerVma = s.mm[m].vma[v]
  const upperVma = s.mm[m].vma[upper]
  upperVma.start = at
  upperVma.end = lowerVma.end
  upperVma.peer = lowerVma.peer
  copyVmaFlags(s, m, v, m, upper)
  lowerVma.end = at
}

/** Splits the huge page that a page lies inside of, if there is one. */
export function splitHugeAcross(s: State, m: number, page: number): void {
  if (page < s.geometry.pages && page !== firstPageOf(s, slotOf(s, page)))
    if (s.mm[m].pmd[slotOf(s, page)].huge) splitHuge(s, m, slotOf(s, page))
}

/** Is there a VMA to be cut, and may the allocation for that fail? */
export const splitMayFail = (s: State, t: number) =>
  vmaToSplit(s, t) !== NONE && s.mayFail.vma && s.failuresLeft > 0

/** Is it an mremap that unmaps what it has moved away? */
export const hasMoved = (s: State, t: number) =>
  opOf(s, t).do === 'mremap' && opOf(s, t).target !== NONE && !s.thread[t].clears

export const splitRoutine = routine('split', 'Splits VMAs at the bounds of a range.', {
  split: ['writes', 'changesVmas'],
  'split.cut': ['writes', 'changesVmas'],
})

export const split: readonly Step[] = [
  {
    // A new VMA structure; nobody sees it yet.
    name: 'splitAllocates',
    at: 'split',
    to: 'split.cut',
    source: '__split_vma: vm_area_dup',
    allocates: ['vma'],
    guard: (s, t) => vmaToSplit(s, t) !== NONE,
  },
  {
    name: 'splitFails',
    at: 'split',
    source: '__split_vma: vm_area_dup, -ENOMEM',
    guard: (s, t) => splitMayFail(s, t) && !hasMoved(s, t),
    effect: (s, t) => failCall(s, t, 'call.unlock'),
  },
  {
    // mremap has moved everything and cannot unmap the old range: that stays, empty, and the call
    // succeeds all the same.
    name: 'splitFailsAfterMove',
    at: 'split',
    to: 'call.unlock',
    source: 'move_vma: do_vmi_munmap fails, new_addr is returned',
    guard: (s, t) => splitMayFail(s, t) && hasMoved(s, t),
    effect: (s, t) => {
      fail(s)
      expectLeftEmpty(s, mmOf(s, t))
    },
  },
  {
    name: 'splitDone',
    at: 'split',
    source: 'do_vmi_align_munmap, mprotect_fixup, mlock_fixup, madvise_update_vma: no split needed',
    guard: (s, t) => vmaToSplit(s, t) === NONE,
    effect: (s, t) => {
      s.thread[t].pc = s.thread[t].onward
      s.thread[t].onward = 'user'
    },
  },
  {
    // Under mmap_lock for writing, with no fault in the VMA: one VMA becomes two, and a huge page
    // that would belong to both is split.
    name: 'splitCuts',
    at: 'split.cut',
    to: 'split',
    source: '__split_vma: vma_start_write, vma_adjust_trans_huge, vma_complete',
    guard: (s, t) => hasNoFaults(s, mmOf(s, t), vmaToSplit(s, t)),
    effect: (s, t) => {
      const m = mmOf(s, t)
      startChanging(s, m, vmaToSplit(s, t))
      splitHugeAcross(s, m, Math.max(0, boundInside(s, t)))
      cutVma(s, m, vmaToSplit(s, t), boundInside(s, t))
    },
  },
]

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof splitRoutine>, unknown> {}
}
