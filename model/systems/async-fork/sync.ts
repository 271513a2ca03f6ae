/**
 * Proactive synchronisation by the parent, and phase 3 when it fails (paper, proactive
 * synchronisation, two-way pointer, errors; as shipped: async_fork.c fixup_pmd, fixup_vma). A hook
 * sends a thread here; when the tables in question are copied the thread goes back to where the
 * hook says.
 *
 * The pointers are not under a lock, as in the paper: the error code goes in by compare-and-
 * exchange, before any marker is undone. With `pointerLock: child`, as shipped, sync-locked.ts
 * takes the child's mmap_lock around all this.
 */
import { firstPageOf, slotOf } from '../../hardware/tables.js'
import { flush } from '../../hardware/tlb.js'
import { endOfUnlocked } from '../../kernel/madvise.js'
import { mayRead } from '../../locks.js'
import type { Step } from '../../rule.js'
import { ERROR, NONE, PARENT, type Place, type State } from '../../state.js'
import { isChild, opOf } from '../../threads.js'
import { isWholeSlot, mmOfId, vmaAt } from '../../vmas.js'
import { farVma, hasNextSlot, isBound, isMarked, unmark } from './markers.js'

/** Sends a thread to copy the one table that maps a page, and then on to a place. */
export function syncTable(s: State, t: number, page: number, back: Place): void {
  const me = s.thread[t]
  me.vma = vmaAt(s, PARENT, page)
  me.slot = slotOf(s, page)
  beginSync(s, t, back)
}

/** Sends a thread to copy all tables of a VMA and to close its pointers, and then on to a place. */
export function syncVma(s: State, t: number, v: number, back: Place): void {
  const me = s.thread[t]
  me.vma = v
  me.slot = slotOf(s, s.mm[PARENT].vma[v].start)
  me.whole = true
  beginSync(s, t, back)
}

/** For the child that the VMA is tied to. */
export function beginSync(s: State, t: number, back: Place): void {
  const me = s.thread[t]
  me.back = back
  me.child = mmOfId(s, s.mm[PARENT].vma[me.vma].peer)
  me.pc = s.options.pointerLock === 'child' ? 'sync.read' : 'copyTable.check'
}

/** The table is dealt with: the thread goes back to what it wanted the copy for. */
export function leaveTable(s: State, t: number): void {
  const me = s.thread[t]
  me.entry = 0
  if (isChild(s, t)) me.pc = 'copier.next'
  else if (me.whole) me.pc = 'sync.next'
  else leaveSync(s, t)
}

/**
 * The parent has synchronised: on with what it was about to do. Where a faulting CPU may keep its
 * stale entry, the raised permissions are flushed first (arm64).
 */
export function leaveSync(s: State, t: number): void {
  const me = s.thread[t]
  const vma = s.mm[PARENT].vma[me.vma]
  const from = me.whole ? vma.start : firstPageOf(s, me.slot)
  const to = me.whole ? vma.end : firstPageOf(s, me.slot + 1)
  if (s.options.pointerLock === 'child') s.mm[me.child].lock.readers[t] = false
  const back = me.back
  me.back = 'user'
  me.whole = false
  me.vma = 0
  me.slot = 0
  me.child = 0
  if (s.options.arch === 'arm64') flush(s, t, PARENT, from, to, back)
  else me.pc = back
}

/** The two-way pointer seen from the child's end; NONE when the parent's end is closed. */
export function farPointer(s: State, t: number): number {
  const v = s.thread[t].vma
  return isBound(s, v) ? farVma(s, v).peer : NONE
}

export const sync: readonly Step[] = [
  {
    // DONTNEED goes on under mmap_lock, up to the first VMA that is locked into memory by now.
    name: 'syncRelocks',
    at: 'sync.relock',
    to: 'zap.table',
    source: 'assumed: mmap_read_lock, as madvise does where the lock of the VMA is not to be had',
    assumed: 'Async-fork was never brought to a kernel with such a madvise',
    guard: (s) => mayRead(s, PARENT),
    effect: (s, t) => {
      const me = s.thread[t]
      s.mm[PARENT].lock.readers[t] = true
      me.to = Math.max(me.page, endOfUnlocked(s, PARENT, me.page, opOf(s, t).end))
    },
  },
  {
    name: 'syncNextTable',
    at: 'sync.next',
    source: 'paper, two-way pointer; async_fork.c fixup_vma: next PMD',
    effect: (s, t) => {
      const me = s.thread[t]
      if (hasNextSlot(s, PARENT, me.vma, me.slot)) {
        me.slot++
        me.pc = 'copyTable.check'
      } else me.pc = s.options.pointerLock === 'child' ? 'sync.unread' : 'sync.close'
    },
  },
  {
    // All of the VMA is in the child: the child's end first, unless it is closed or in error.
    name: 'syncClosesVma',
    at: 'sync.close',
    to: 'sync.closeParent',
    source: 'paper, two-way pointer; async_fork.c fixup_vma c7: Vc.ptr := null',
    effect: (s, t) => {
      if (farPointer(s, t) >= 0) farVma(s, s.thread[t].vma).peer = NONE
    },
  },
  {
    name: 'syncClosesParentVma',
    at: 'sync.closeParent',
    source: 'async_fork.c fixup_vma c7: then Vp.ptr := null',
    effect: (s, t) => {
      s.mm[PARENT].vma[s.thread[t].vma].peer = NONE
      if (s.options.pointerLock === 'child') s.thread[t].pc = 'sync.unwrite'
      else leaveSync(s, t)
    },
  },
  {
    // Phase 3: first the code, for the child to find; only then the markers. The other way round
    // the child could take unmarked tables for copied ones and be done before it is told. One
    // compare-and-exchange: a pointer that the child has just closed must stay closed.
    name: 'syncStoresError',
    at: 'sync.fail',
    to: 'sync.undo',
    source: 'paper, errors phase 3: error code in the two-way pointer',
    guard: (s, t) => s.options.pointerLock === 'none' && farPointer(s, t) >= 0,
    effect: (s, t) => {
      const me = s.thread[t]
      farVma(s, me.vma).peer = ERROR
      me.slot = slotOf(s, s.mm[PARENT].vma[me.vma].start)
    },
  },
  {
    // The child was faster and has copied the whole VMA, or another thread has stored an error.
    name: 'syncFailsLate',
    at: 'sync.fail',
    source: 'async_fork.c fixup_vma c7: Vp.ptr is null, or ERR',
    guard: (s, t) => s.options.pointerLock === 'none' && farPointer(s, t) < 0,
    effect: (s, t) => leaveSync(s, t),
  },
  {
    // One table of this VMA, and of no other: the rest is left to the child, who must die anyway.
    name: 'syncUndoesMarker',
    at: 'sync.undo',
    source: 'paper, errors phase 3: roll back the PMDs of this VMA',
    effect: (s, t) => {
      const me = s.thread[t]
      if (isMarked(s, me.slot) && isWholeSlot(s, PARENT, me.vma, me.slot)) unmark(s, me.slot)
      if (hasNextSlot(s, PARENT, me.vma, me.slot)) me.slot++
      else me.pc = s.options.pointerLock === 'child' ? 'sync.tell' : 'sync.closeParent'
    },
  },
]
