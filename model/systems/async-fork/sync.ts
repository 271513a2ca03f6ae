/**
 * Proactive synchronisation by the parent, and phase 3 when it fails (paper 3.4, 3.6, 3.8; as
 * shipped: async_fork.c fixup_pmd, fixup_vma). A hook sends a thread here; when the tables in
 * question are copied the thread goes back to where the hook stood.
 *
 * The pointers are not under a lock, as in the paper: the error code goes in by compare-and-
 * exchange, before any marker is undone. (The shipped kernel does this under the child's lock.)
 */
import { slotOf } from '../../memory.js'
import type { Step } from '../../rule.js'
import { CHILD, ERROR, NONE, PARENT, type State } from '../../state.js'
import { isWholeSlot, vmaAt } from '../../vmas.js'
import { hasNextSlot, isBound, isMarked } from './markers.js'
import { leaveSync } from './slow-copy.js'

/** Sends the parent's thread to copy the one table that maps a page. */
export function syncTable(s: State, t: number, page: number): void {
  const me = s.thread[t]
  me.back = me.pc
  me.whole = false
  me.vma = vmaAt(s, PARENT, page)
  me.slot = slotOf(s, page)
  me.pc = 'slow.check'
}

/** Sends the parent's thread to copy all tables of a VMA and to close its pointers. */
export function syncVma(s: State, t: number, v: number): void {
  const me = s.thread[t]
  me.back = me.pc
  me.whole = true
  me.vma = v
  me.slot = slotOf(s, s.mm[PARENT].vma[v].start)
  me.pc = 'slow.check'
}

/** The two-way pointer seen from the child's end; NONE when the parent's end is closed. */
export function farPointer(s: State, t: number): number {
  const v = s.thread[t].vma
  if (!isBound(s, v)) return NONE
  return s.mm[CHILD].vma[s.mm[PARENT].vma[v].peer].peer
}

export const sync: readonly Step[] = [
  {
    name: 'syncNextTable',
    for: ['thread'],
    at: 'sync.next',
    source: 'paper 3.6; async_fork.c fixup_vma: next PMD',
    effect: (s, t) => {
      const me = s.thread[t]
      if (hasNextSlot(s, PARENT, me.vma, me.slot)) {
        me.slot++
        me.pc = 'slow.check'
      } else me.pc = 'sync.close'
    },
  },
  {
    // All of the VMA is in the child: the child's end first, unless it is closed or in error.
    name: 'syncClosesVma',
    for: ['thread'],
    at: 'sync.close',
    source: 'paper 3.6; async_fork.c fixup_vma c7: Vc.ptr := null',
    effect: (s, t) => {
      if (farPointer(s, t) >= 0) s.mm[CHILD].vma[s.mm[PARENT].vma[s.thread[t].vma].peer].peer = NONE
      s.thread[t].pc = 'sync.closeParent'
    },
  },
  {
    name: 'syncClosesParentVma',
    for: ['thread'],
    at: 'sync.closeParent',
    source: 'async_fork.c fixup_vma c7: then Vp.ptr := null',
    effect: (s, t) => {
      s.mm[PARENT].vma[s.thread[t].vma].peer = NONE
      leaveSync(s, t)
    },
  },
  {
    // Phase 3: first the code, for the child to find; only then the markers. The other way round
    // the child could take unmarked tables for copied ones and be done before it is told. One
    // compare-and-exchange: a pointer that the child has just closed must stay closed.
    name: 'syncStoresError',
    for: ['thread'],
    at: 'sync.fail',
    source: 'paper 3.8 phase 3: error code in the two-way pointer',
    guard: (s, t) => farPointer(s, t) >= 0,
    effect: (s, t) => {
      const me = s.thread[t]
      s.mm[CHILD].vma[s.mm[PARENT].vma[me.vma].peer].peer = ERROR
      me.slot = slotOf(s, s.mm[PARENT].vma[me.vma].start)
      me.pc = 'sync.undo'
    },
  },
  {
    // The child was faster and has copied the whole VMA, or another thread has stored an error.
    name: 'syncFailsLate',
    for: ['thread'],
    at: 'sync.fail',
    source: 'async_fork.c fixup_vma c7: Vp.ptr is null, or ERR',
    guard: (s, t) => farPointer(s, t) < 0,
    effect: (s, t) => leaveSync(s, t),
  },
  {
    // One table of this VMA, and of no other: the rest is left to the child, who must die anyway.
    name: 'syncUndoesMarker',
    for: ['thread'],
    at: 'sync.undo',
    source: 'paper 3.8 phase 3: roll back the PMDs of this VMA',
    effect: (s, t) => {
      const me = s.thread[t]
      if (isMarked(s, me.slot) && isWholeSlot(s, PARENT, me.vma, me.slot))
        s.mm[PARENT].pmd[me.slot].writable = true
      if (hasNextSlot(s, PARENT, me.vma, me.slot)) me.slot++
      else me.pc = 'sync.closeParent'
    },
  },
]
