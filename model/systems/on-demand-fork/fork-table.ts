/**
 * The first write below a shared table, or any fault there, gives the faulting process a table of
 * its own (mm/memory.c: tfork_one_pte_table, called by __handle_mm_fault with the pmd lock held).
 * The pmd lock is held throughout, which is: no other thread of the address space is at these
 * places for the same slot. Every fault on a present PMD takes it first. The new table's lock is
 * held while it is filled (copy_pte_range_tfork); the old table is not locked.
 *
 * Who wants a table replaced sets `slot` and `back` and goes to share.lock. While it is replaced,
 * the old table is kept in the register `table`, and the new one in `seen` and then in `locked`.
 */
import { copyEntry } from '../../hardware/frames.js'
import { isGuarded, isSharedAt, putTable } from '../../hardware/sharing.js'
import { dropTableLock, firstPageOf, hasTable, slotOf, takeTable } from '../../hardware/tables.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Step } from '../../rule.js'
import { NONE, type Place, type State } from '../../state.js'
import { fail, mmOf } from '../../threads.js'

/** Must the table of a page not be changed as it is: is it shared, or may it be? */
export const isBorrowed = (s: State, m: number, page: number) =>
  isGuarded(s, m, page) || isSharedAt(s, m, page)

/** Sends a thread to get a table of its own for a page, and on to a place. */
export function forkTableFirst(s: State, t: number, page: number, back: Place): void {
  const me = s.thread[t]
  me.slot = slotOf(s, page)
  me.back = back
  me.pc = 'share.lock'
}

/** Is the thread's page in a table that must not be changed as it is? */
export const borrowsPage = (s: State, t: number) =>
  s.thread[t].page < s.geometry.pages && isBorrowed(s, spaceOf(s, t), s.thread[t].page)

/** Has the thread taken the pmd lock? */
export const isReplacing = (s: State, t: number) =>
  s.thread[t].pc === 'share.allocate' ||
  s.thread[t].pc === 'share.newLock' ||
  s.thread[t].pc === 'share.copy' ||
  s.thread[t].pc === 'share.put' ||
  (s.thread[t].pc === 'flush.wait' && s.thread[t].after === 'share.put')

/** Does no other thread hold the pmd lock of a slot? */
export function isPmdFreeAt(s: State, t: number, slot: number): boolean {
  for (let u = 0; u < s.geometry.threads; u++)
    if (u !== t && isReplacing(s, u) && s.thread[u].slot === slot)
      if (spaceOf(s, u) === spaceOf(s, t)) return false
  return true
}

/** The same for the slot the thread is at. */
export const isPmdFree = (s: State, t: number) => isPmdFreeAt(s, t, s.thread[t].slot)

/** The PMD entry of the slot the thread is at. */
export const pmdHere = (s: State, t: number) => s.mm[spaceOf(s, t)].pmd[s.thread[t].slot]

/** Drops the pmd lock, and goes on. A fault looks again whether there is a table. */
export function leaveReplaced(s: State, t: number): void {
  const me = s.thread[t]
  me.pc = me.back === 'fault.pte' && pmdHere(s, t).table === NONE ? 'fault.table' : me.back
  me.back = 'user'
  me.slot = 0
  me.entry = 0
  me.seen = NONE
}

export const forkTable: readonly Step[] = [
  {
    // The pmd lock, and under it the entry is looked at again: a sibling may have been faster.
    name: 'shareLocks',
    at: 'share.lock',
    to: 'share.allocate',
    source: 'handle_mm_fault in ODF: pmd_lock; tfork_one_pte_table: orig_pmd_val',
    guard: (s, t) =>
      isPmdFree(s, t) && isBorrowed(s, spaceOf(s, t), firstPageOf(s, s.thread[t].slot)),
    effect: (s, t) => {
      s.thread[t].seen = pmdHere(s, t).table
    },
  },
  {
    name: 'shareFindsReplaced',
    at: 'share.lock',
    source: 'handle_mm_fault in ODF: the entry is writable by now',
    guard: (s, t) =>
      isPmdFree(s, t) && !isBorrowed(s, spaceOf(s, t), firstPageOf(s, s.thread[t].slot)),
    effect: (s, t) => leaveReplaced(s, t),
  },
  {
    // Under the pmd lock, which zap does not take: the entry names the new table from now on,
    // writable and still empty, whatever it named before.
    name: 'shareAllocates',
    at: 'share.allocate',
    to: 'share.newLock',
    source: 'tfork_pte_alloc_map_lock in ODF: __tfork_pte_alloc, pmd_populate',
    allocates: ['sharedTable'],
    effect: (s, t) => {
      const me = s.thread[t]
      me.table = me.seen
      me.seen = takeTable(s, spaceOf(s, t), me.slot)
      pmdHere(s, t).table = me.seen
      pmdHere(s, t).writable = true
    },
  },
  {
    // The result is ignored: the entry still names the old table, which loses the reference that
    // the entry counts for. The last reference frees it, with what it maps.
    name: 'shareAllocateFails',
    at: 'share.allocate',
    source: 'tfork_one_pte_table in ODF: result ignored, dereference_pte_table',
    guard: (s) => s.mayFail.sharedTable && s.failuresLeft > 0,
    effect: (s, t) => {
      const me = s.thread[t]
      fail(s)
      s.ghost.failed.fault = true
      me.noMemory = true
      putTable(s, me.seen)
      leaveReplaced(s, t)
    },
  },
  {
    name: 'shareLocksNew',
    at: 'share.newLock',
    to: 'share.copy',
    source: 'tfork_pte_alloc_map_lock in ODF: spin_lock of the new table',
    guard: (s, t) => s.table[s.thread[t].seen].spinlock === NONE,
    effect: (s, t) => {
      const me = s.thread[t]
      me.locked = me.seen
      me.seen = NONE
      s.table[me.locked].spinlock = t
    },
  },
  {
    // Under the new table's lock: one entry, read-only; the old one stays as it is. The old table
    // is not locked. A swap entry is copied as it stands: the slot is not counted again.
    name: 'shareCopies',
    at: 'share.copy',
    source: 'copy_one_pte_tfork in ODF: get_page, page_dup_rmap, set_pte_at; no swap_duplicate',
    guard: (s, t) => s.thread[t].entry < s.geometry.pagesPerTable,
    effect: (s, t) => {
      const me = s.thread[t]
      const from = s.table[me.table].pte[me.entry]
      if (from.frame !== NONE) copyEntry(s, me.table, me.locked, me.entry)
      if (from.swapped) s.frame[from.frame].refs--
      me.entry++
    },
  },
  {
    name: 'shareCopied',
    at: 'share.copy',
    to: 'share.put',
    source: 'copy_pte_range_tfork in ODF: pte_unmap_unlock of the new table',
    copiesTable: true,
    guard: (s, t) => s.thread[t].entry === s.geometry.pagesPerTable,
    effect: (s, t) => dropTableLock(s, t),
  },
  {
    // An atomic count. Whoever lets go last, and has copied it too, frees it with all references.
    name: 'sharePuts',
    at: 'share.put',
    source: 'dereference_pte_table in ODF; spin_unlock(pmd lock)',
    effect: (s, t) => {
      putTable(s, s.thread[t].table)
      s.thread[t].table = NONE
      leaveReplaced(s, t)
    },
  },
]

/** The step of the kernel that On-demand-fork puts the pmd lock around. */
export const faultTakesPmdLock: readonly Step[] = [
  {
    // An unlocked read of the PMD, then, where there is a table, the pmd lock, which is dropped
    // again at once: a sibling that replaces the table is waited for.
    name: 'faultWalk',
    at: 'fault.walk',
    source: '__handle_mm_fault in ODF: pmd_lock on every present PMD',
    guard: (s, t) =>
      !hasTable(s, mmOf(s, t), s.thread[t].page) || isPmdFreeAt(s, t, slotOf(s, s.thread[t].page)),
    effect: (s, t) => {
      const me = s.thread[t]
      me.pc = hasTable(s, mmOf(s, t), me.page) ? 'fault.pte' : 'fault.table'
    },
  },
]
