/**
 * Phase 1, the parent in fork: instead of copying a PTE table it marks the PMD (paper 3.1, 3.2;
 * as shipped: mm/async_fork.c F5 to F10). The parent's mmap_lock is write-held throughout.
 */
import { pastVma } from '../../kernel/fork.js'
import type { Hook, Step } from '../../rule.js'
import { CHILD, NONE, PARENT } from '../../state.js'
import { isWholeSlot } from '../../vmas.js'
import { firstBound, slotToUnmark } from './markers.js'

export const phase1: readonly Step[] = [
  {
    // One PMD entry of the parent loses its RW bit; the child's stays empty.
    name: 'forkMark',
    for: ['thread'],
    at: 'fork.slot',
    source: 'paper 3.2; async_fork.c F5 h5: table wholly inside the VMA',
    guard: (s, t) =>
      !pastVma(s, t) &&
      s.mm[PARENT].pmd[s.thread[t].slot].table !== NONE &&
      isWholeSlot(s, PARENT, s.thread[t].vma, s.thread[t].slot),
    effect: (s, t) => {
      s.mm[PARENT].pmd[s.thread[t].slot].writable = false
      s.thread[t].slot++
    },
  },
  {
    // A table that the VMA covers in part only is copied here and now, the ordinary way.
    name: 'forkEnterTable',
    for: ['thread'],
    at: 'fork.slot',
    source: 'async_fork.c F5 h5: table only partly covered by the VMA',
    guard: (s, t) =>
      !pastVma(s, t) &&
      s.mm[PARENT].pmd[s.thread[t].slot].table !== NONE &&
      !isWholeSlot(s, PARENT, s.thread[t].vma, s.thread[t].slot),
    effect: (s, t) => {
      s.thread[t].pc = 'fork.table'
    },
  },
]

export const phase1Hooks: readonly Hook[] = [
  {
    // Ties parent's and child's VMA to each other. Before the walk, so that an error in the walk
    // finds the pointers (h7); nobody looks at them while the lock is write-held.
    name: 'forkBindVma',
    before: 'fork.slot',
    source: 'paper 3.6; async_fork.c F5 h4, h7',
    due: (s, t) => s.mm[PARENT].vma[s.thread[t].vma].peer === NONE,
    effect: (s, t) => {
      const v = s.thread[t].vma
      s.mm[PARENT].vma[v].peer = v
      s.mm[CHILD].vma[v].peer = v
    },
  },
  {
    // The child will need the parent's tables, even if the parent exits first (mmget).
    name: 'forkBindMm',
    before: 'fork.unlock',
    source: 'async_fork.c F9: mmget(P), async_fork_mm of both',
    due: (s) => !s.bound,
    effect: (s) => {
      s.bound = true
      s.mm[PARENT].users++
    },
  },
  {
    // Fork has failed: one marker less. RO to RW needs no flush (1.2).
    name: 'forkUndoMarker',
    before: 'fork.undo',
    source: 'paper 3.8 phase 1; async_fork.c F9, failure',
    due: (s) => slotToUnmark(s) !== NONE,
    effect: (s) => {
      s.mm[PARENT].pmd[slotToUnmark(s)].writable = true
    },
  },
  {
    // No marker is left in this VMA: both its pointers go.
    name: 'forkUndoPointers',
    before: 'fork.undo',
    source: 'async_fork.c F9, failure: both pointers := null',
    due: (s) => firstBound(s) !== NONE,
    effect: (s) => {
      const v = firstBound(s)
      s.mm[CHILD].vma[s.mm[PARENT].vma[v].peer].peer = NONE
      s.mm[PARENT].vma[v].peer = NONE
    },
  },
]
