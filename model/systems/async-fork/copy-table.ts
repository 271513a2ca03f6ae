/**
 * Copying one PMD: the PTE table below it, then its marker. The child does this for every table
 * of every bound VMA, the parent for a table it is about to change; both run these same steps,
 * any number at once (paper, one copier per PMD and proactive synchronisation; as
 * shipped: the SLOW copy of async_fork.c).
 *
 * Who wants a table copied sets its registers `child`, `vma` and `slot`, and goes to
 * copyTable.check.
 */
import { copyPinned, mustCopyNow, shareEntry } from '../../hardware/frames.js'
import { installTable } from '../../hardware/tables.js'
import type { Step } from '../../rule.js'
import { NONE, PARENT, type State } from '../../state.js'
import { fail, isChild, mmOf } from '../../threads.js'
import { isWholeSlot } from '../../vmas.js'
import {
  dropSpinlocks,
  lacksTable,
  mayBecomePinned,
  mayFailCopy,
  pageAt,
  sourceOf,
  tableOf,
} from '../both-tables.js'
import { isMyTable } from './copiers.js'
import { isMarked, unmark } from './markers.js'
import { leaveTable } from './sync.js'

/** Has the parent a table there still? DONTNEED may have freed it (options.tableReclaim). */
export const hasSource = (s: State, t: number) => s.mm[PARENT].pmd[s.thread[t].slot].table !== NONE

/**
 * Must the slot a thread is at be looked at under its locks? An unlocked look: with no marker and
 * no table of the child's there is nothing to copy; else somebody may be copying just now.
 */
export const needsCopy = (s: State, t: number) =>
  (isMarked(s, s.thread[t].slot) || !lacksTable(s, t)) &&
  isWholeSlot(s, isChild(s, t) ? mmOf(s, t) : PARENT, s.thread[t].vma, s.thread[t].slot) &&
  (!isChild(s, t) || isMyTable(s, t, s.thread[t].slot))

/** Is the thread at an entry of a table that still carries the marker? */
export const isAtEntry = (s: State, t: number) =>
  isMarked(s, s.thread[t].slot) && s.thread[t].entry < s.geometry.pagesPerTable

/** May the spinlocks be dropped after the entry the thread is at, which is not the last? */
export const mayPause = (s: State, t: number) => s.geometry.pauses[s.thread[t].entry]

/** Whose failure is it when a copier finds no memory: phase 2 or phase 3. */
export function failCopy(s: State, t: number): void {
  fail(s)
  if (isChild(s, t)) s.ghost.failed.copier = true
  else s.ghost.failed.sync = true
  s.thread[t].entry = 0
  s.thread[t].pc = isChild(s, t) ? 'copier.fail' : 'sync.fail'
}

export const copyTable: readonly Step[] = [
  {
    // An unlocked look. Nothing there, already copied, or a table fork itself has copied.
    name: 'tableSkip',
    at: 'copyTable.check',
    source: 'async_fork.c: the unlocked look before the copy',
    guard: (s, t) => !needsCopy(s, t),
    effect: (s, t) => leaveTable(s, t),
  },
  {
    name: 'tableEnter',
    at: 'copyTable.check',
    source: 'async_fork.c: the unlocked look before the copy, pte_alloc',
    guard: (s, t) => needsCopy(s, t),
    effect: (s, t) => {
      s.thread[t].pc = lacksTable(s, t) ? 'copyTable.allocate' : 'copyTable.childLock'
    },
  },
  {
    // Under the pmd lock: of two who allocate at once, the second frees its table again.
    name: 'tableAllocate',
    at: 'copyTable.allocate',
    to: 'copyTable.childLock',
    source: 'async_fork.c: pte_alloc',
    allocates: ['copierTable', 'syncTable'],
    effect: (s, t) => {
      if (lacksTable(s, t)) installTable(s, s.thread[t].child, s.thread[t].slot)
    },
  },
  {
    // No memory. Whose failure that is decides what follows: phase 2 or phase 3.
    name: 'tableAllocateFails',
    at: 'copyTable.allocate',
    source: 'paper, errors; async_fork.c: -ENOMEM',
    guard: (s, t) => mayFailCopy(s, t),
    effect: (s, t) => failCopy(s, t),
  },
  {
    // The spinlock of the child's table.
    name: 'tableLockChild',
    at: 'copyTable.childLock',
    to: 'copyTable.lock',
    source: 'async_fork.c: pte_offset_map_lock of C',
    guard: (s, t) => tableOf(s, t).spinlock === NONE,
    effect: (s, t) => {
      tableOf(s, t).spinlock = t
    },
  },
  {
    // trylock of the table's page, for all of the table; it is still held after a pause.
    name: 'tableLock',
    at: 'copyTable.lock',
    to: 'copyTable.parentLock',
    source: 'paper, one copier per PMD; async_fork.c: trylock_page',
    guard: (s, t) => tableOf(s, t).lock === NONE || tableOf(s, t).lock === t,
    effect: (s, t) => {
      tableOf(s, t).lock = t
    },
  },
  {
    // Somebody else copies this table. Sleeping needs the spinlock dropped.
    name: 'tableIsBusy',
    at: 'copyTable.lock',
    to: 'copyTable.wait',
    source: 'async_fork.c: trylock_page fails, wait_on_page_locked',
    guard: (s, t) => tableOf(s, t).lock !== NONE && tableOf(s, t).lock !== t,
    effect: (s, t) => {
      tableOf(s, t).spinlock = NONE
    },
  },
  {
    name: 'tableWaited',
    at: 'copyTable.wait',
    to: 'copyTable.childLock',
    source: 'async_fork.c: back to pte_alloc',
    guard: (s, t) => tableOf(s, t).lock === NONE,
  },
  {
    // The spinlock of the parent's table, inside the child's.
    name: 'tableLockParent',
    at: 'copyTable.parentLock',
    to: 'copyTable.copy',
    source: 'async_fork.c: spin_lock_nested of P',
    guard: (s, t) => hasSource(s, t) && sourceOf(s, t).spinlock === NONE,
    effect: (s, t) => {
      sourceOf(s, t).spinlock = t
    },
  },
  {
    // The parent has copied the table, emptied it and freed it while this thread waited.
    name: 'tableFindsSourceGone',
    at: 'copyTable.parentLock',
    to: 'copyTable.unlock',
    source: 'assumed: pte_offset_map_lock of P fails, as in every walker since 6.5',
    assumed: 'newer kernels than that of the source may free tables',
    guard: (s, t) => !hasSource(s, t),
    effect: (s, t) => {
      tableOf(s, t).spinlock = NONE
    },
  },
  {
    // Under both spinlocks: somebody has copied it while this thread waited.
    name: 'tableFindsCopied',
    at: 'copyTable.copy',
    to: 'copyTable.unlock',
    source: 'async_fork.c: the marker is gone',
    guard: (s, t) => !isMarked(s, s.thread[t].slot),
    effect: (s, t) => {
      dropSpinlocks(s, t)
    },
  },
  {
    // Under both spinlocks: the child copies one PTE and write-protects the parent's.
    name: 'tableCopyPage',
    at: 'copyTable.copy',
    source: 'paper, proactive synchronisation; async_fork.c: the loop over PTEs',
    guard: (s, t) => isAtEntry(s, t) && !mayBecomePinned(s, t),
    effect: (s, t) => {
      shareEntry(s, s.thread[t].child, pageAt(s, t))
      s.thread[t].entry++
    },
  },
  {
    // Under both spinlocks, which GUP-fast does not mind: nobody has pinned the page so far.
    name: 'tableFindsUnpinned',
    at: 'copyTable.copy',
    to: 'copyTable.share',
    source: 'async_fork.c: maybe-pinned?',
    guard: (s, t) => isAtEntry(s, t) && mayBecomePinned(s, t) && !mustCopyNow(s, pageAt(s, t)),
  },
  {
    // GUP-fast has kept away since fork, because of the marker (anolis-first-copier-ends-sequence:
    // a kernel without that).
    name: 'tableSharesPage',
    at: 'copyTable.share',
    to: 'copyTable.copy',
    source: 'async_fork.c: write-protect, install',
    effect: (s, t) => {
      const me = s.thread[t]
      shareEntry(s, me.child, pageAt(s, t))
      me.entry++
    },
  },
  {
    // The same, and both spinlocks are dropped for a while; the copy lock is not.
    name: 'tableSharesPageAndPauses',
    at: 'copyTable.share',
    to: 'copyTable.childLock',
    source: 'async_fork.c: need_resched, spin_needbreak, back to pte_alloc',
    guard: (s, t) => mayPause(s, t),
    effect: (s, t) => {
      shareEntry(s, s.thread[t].child, pageAt(s, t))
      s.thread[t].entry++
      dropSpinlocks(s, t)
    },
  },
  {
    // Without pins: one entry is copied, and both spinlocks are dropped for a while.
    name: 'tableCopyPageAndPause',
    at: 'copyTable.copy',
    to: 'copyTable.childLock',
    source: 'async_fork.c: need_resched, spin_needbreak, back to pte_alloc',
    guard: (s, t) => isAtEntry(s, t) && !mayBecomePinned(s, t) && mayPause(s, t),
    effect: (s, t) => {
      shareEntry(s, s.thread[t].child, pageAt(s, t))
      s.thread[t].entry++
      dropSpinlocks(s, t)
    },
  },
  {
    // With a frame got beforehand: a device may write to the page, so the child gets a copy
    // of its own. Only where fork has left such tables to the child.
    name: 'tableCopyPinned',
    at: 'copyTable.copy',
    source: 'async_fork.c: maybe-pinned page, preallocated copy',
    allocates: ['copierTable', 'syncTable'],
    guard: (s, t) => isAtEntry(s, t) && mustCopyNow(s, pageAt(s, t)),
    effect: (s, t) => {
      copyPinned(s, s.thread[t].child, pageAt(s, t))
      s.thread[t].entry++
    },
  },
  {
    name: 'tableCopyPinnedAndPauses',
    at: 'copyTable.copy',
    to: 'copyTable.childLock',
    source: 'async_fork.c: maybe-pinned page; need_resched, spin_needbreak, back to pte_alloc',
    allocates: ['copierTable', 'syncTable'],
    guard: (s, t) => isAtEntry(s, t) && mustCopyNow(s, pageAt(s, t)) && mayPause(s, t),
    effect: (s, t) => {
      copyPinned(s, s.thread[t].child, pageAt(s, t))
      s.thread[t].entry++
      dropSpinlocks(s, t)
    },
  },
  {
    // No memory for the copy. All three locks are given back.
    name: 'tableCopyPinnedFails',
    at: 'copyTable.copy',
    source: 'async_fork.c: preallocation fails, -ENOMEM (as shipped, unlock_page is skipped)',
    guard: (s, t) => isAtEntry(s, t) && mustCopyNow(s, pageAt(s, t)) && mayFailCopy(s, t),
    effect: (s, t) => {
      dropSpinlocks(s, t)
      tableOf(s, t).lock = NONE
      failCopy(s, t)
    },
  },
  {
    // All entries are copied; both spinlocks are dropped.
    name: 'tableCopied',
    at: 'copyTable.copy',
    to: 'copyTable.copied',
    source: 'async_fork.c: unlock P, C',
    guard: (s, t) =>
      isMarked(s, s.thread[t].slot) && s.thread[t].entry === s.geometry.pagesPerTable,
    effect: (s, t) => {
      dropSpinlocks(s, t)
    },
  },
  {
    // Under the parent's spinlock: the PMD becomes writable, after all PTEs below it are not.
    name: 'tableClearMarker',
    at: 'copyTable.copied',
    to: 'copyTable.unlock',
    source: 'paper, marks on PMDs; async_fork.c: the mark of the PMD is cleared',
    copiesTable: true,
    guard: (s, t) => sourceOf(s, t).spinlock === NONE,
    effect: (s, t) => {
      unmark(s, s.thread[t].slot)
    },
  },
  {
    // The table's page is unlocked.
    name: 'tableUnlock',
    at: 'copyTable.unlock',
    source: 'async_fork.c: unlock_page',
    effect: (s, t) => {
      tableOf(s, t).lock = NONE
      leaveTable(s, t)
    },
  },
]
