/**
 * Phase 1, the parent in fork: instead of copying a PTE table it marks the PMD (paper, division of
 * work and marks on PMDs; as shipped: the FAST copy of mm/async_fork.c). The parent's mmap_lock is
 * write-held throughout.
 */

import { childOf, enterTable } from '../../kernel/fork.js'
import { isAtOrdinaryTable, isPinnedSlot } from '../../kernel/fork-tables.js'
import { dropWrite, mayWrite, takeToWrite } from '../../locks.js'
import type { Hook, Step } from '../../rule.js'
import { NONE, PARENT, type State } from '../../state.js'
import { isWholeSlot } from '../../vmas.js'
import { bindVmas, firstBound, slotToUnmark, unmark, untie } from './markers.js'

/** Is the VMA the thread is at one that is left to the child: switched on, anonymous memory? */
export const isEligible = (s: State, t: number) =>
  s.options.enabled && !s.mm[PARENT].vma[s.thread[t].vma].device

/** Is the table the thread is at left to the child? */
export function isLeftToChild(s: State, t: number): boolean {
  const me = s.thread[t]
  if (!isEligible(s, t) || !isWholeSlot(s, PARENT, me.vma, me.slot)) return false
  return s.options.pinned === 'later' || !isPinnedSlot(s, me.slot)
}

export const phase1: readonly Step[] = [
  {
    // One PMD entry of the parent loses its RW bit; the child's stays empty.
    name: 'forkMark',
    at: 'fork.slot',
    source: 'paper, marks on PMDs; async_fork.c: table wholly inside the VMA',
    guard: (s, t) => isAtOrdinaryTable(s, t) && isLeftToChild(s, t),
    effect: (s, t) => {
      s.mm[PARENT].pmd[s.thread[t].slot].writable = false
      s.thread[t].slot++
    },
  },
  {
    // A table that the VMA covers in part only, and memory that is not anonymous, is copied here
    // and now, the ordinary way; a huge page too (forkHuge).
    name: 'forkEnterTable',
    at: 'fork.slot',
    source:
      'async_fork.c: what is not anonymous is copied at once, h5: not anonymous, or only partly covered by the VMA',
    guard: (s, t) => isAtOrdinaryTable(s, t) && !isLeftToChild(s, t),
    effect: (s, t) => enterTable(s, t),
  },
  {
    // A fatal signal must not end this waiting, as it does that of a system call that begins.
    name: 'lateLocks',
    at: 'late.lock',
    to: 'late.undo',
    source: 'BYTE clean_async_copy: the lock is taken again, not killable',
    guard: (s) => mayWrite(s, PARENT),
    effect: (s, t) => {
      takeToWrite(s, t, PARENT)
    },
  },
  {
    // Under mmap_lock for writing, taken again: one marker less.
    name: 'lateUndoesMarker',
    at: 'late.undo',
    source: 'BYTE clean_async_copy: the child never ran',
    guard: (s, t) => slotToUnmark(s, childOf(s, t)) !== NONE,
    effect: (s, t) => unmark(s, slotToUnmark(s, childOf(s, t))),
  },
  {
    name: 'lateUndoesPointers',
    at: 'late.undo',
    source: 'BYTE clean_async_copy',
    guard: (s, t) =>
      slotToUnmark(s, childOf(s, t)) === NONE && firstBound(s, childOf(s, t)) !== NONE,
    effect: (s, t) => untie(s, firstBound(s, childOf(s, t))),
  },
  {
    // Holding the lock proves that no sibling is in the middle of copying into the child.
    name: 'lateUnbinds',
    at: 'late.undo',
    to: 'fork.late',
    source: 'BYTE clean_async_copy: flags cleared, mmput',
    guard: (s, t) => firstBound(s, childOf(s, t)) === NONE,
    effect: (s, t) => {
      unbindMms(s, childOf(s, t))
      s.mm[PARENT].users--
      dropWrite(s, PARENT)
    },
  },
]

/** Unties the address spaces; the parent's end only if it has not been tied to a newer child. */
export function unbindMms(s: State, child: number): void {
  s.mm[child].peer = NONE
  if (s.mm[PARENT].peer === child) s.mm[PARENT].peer = NONE
}

export const phase1Hooks: readonly Hook[] = [
  {
    // Ties parent's and child's VMA to each other. Before the walk, so that an error in the walk
    // finds the pointers (h7); nobody looks at them while the lock is write-held.
    name: 'forkBindVma',
    before: 'fork.slot',
    source: 'paper, two-way pointer; async_fork.c: the VMA is marked as copied fast, h7',
    due: (s, t) => isEligible(s, t) && s.mm[PARENT].vma[s.thread[t].vma].peer === NONE,
    effect: (s, t) => bindVmas(s, childOf(s, t), s.thread[t].vma),
  },
  {
    // The child will need the parent's tables, even if the parent exits first (mmget).
    name: 'forkBindMm',
    before: 'fork.unlock',
    source: 'async_fork.c: mmget(P), async_fork_mm of both',
    due: (s, t) => s.options.enabled && s.mm[childOf(s, t)].peer === NONE,
    effect: (s, t) => {
      s.mm[childOf(s, t)].peer = PARENT
      s.mm[PARENT].peer = childOf(s, t)
      s.mm[PARENT].users++
    },
  },
  {
    // Fork has failed: one marker less. RO to RW needs no flush.
    name: 'forkUndoMarker',
    before: 'fork.undo',
    source: 'paper, errors phase 1; async_fork.c: parent and child are bound, failure',
    due: (s, t) => slotToUnmark(s, childOf(s, t)) !== NONE,
    effect: (s, t) => unmark(s, slotToUnmark(s, childOf(s, t))),
  },
  {
    // No marker is left in this VMA: both its pointers go.
    name: 'forkUndoPointers',
    before: 'fork.undo',
    source: 'async_fork.c: parent and child are bound, failure: both pointers := null',
    due: (s, t) => firstBound(s, childOf(s, t)) !== NONE,
    effect: (s, t) => untie(s, firstBound(s, childOf(s, t))),
  },
  {
    // fork has failed after the lock was dropped and siblings could copy into the child: the lock
    // is taken again to undo what is left.
    name: 'forkUndoesLate',
    before: 'fork.late',
    source:
      'a failure after dup_mmap: Bytedance has a routine, Anolis asserts that there is nothing',
    assumed: 'only Bytedance has it; Anolis asserts that there is nothing to undo',
    due: (s, t) => s.mm[childOf(s, t)].peer !== NONE,
    effect: (s, t) => {
      s.mm[PARENT].lock.waiting[t] = true
      s.thread[t].pc = 'late.lock'
    },
  },
]
