/**
 * The first write below a shared table, or any fault there, gives the faulting process a table of
 * its own (facts 7.1 O2, O3). The pmd lock is held throughout, which is: no other thread of the
 * address space is at these places for the same slot. Neither table's own lock is held, so a CPU,
 * or a sibling's fault, that comes to the new table finds it as far as it is filled.
 *
 * Who wants a table replaced sets `slot` and `back` and goes to share.lock. While it is replaced,
 * the old table is kept in the register `table`.
 */
import { copyEntry } from '../../hardware/frames.js'
import { isGuarded, isSharedAt, putTable } from '../../hardware/sharing.js'
import { firstPageOf, slotOf, takeTable } from '../../hardware/tables.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Step } from '../../rule.js'
import { NONE, type Place, type State } from '../../state.js'
import { fail } from '../../threads.js'

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
  s.thread[t].pc === 'share.copy' ||
  s.thread[t].pc === 'share.put' ||
  (s.thread[t].pc === 'flush.wait' && s.thread[t].after === 'share.put')

/** Does no other thread hold the pmd lock of the slot the thread is at? */
export function isPmdFree(s: State, t: number): boolean {
  for (let u = 0; u < s.geometry.threads; u++)
    if (u !== t && isReplacing(s, u) && s.thread[u].slot === s.thread[t].slot)
      if (spaceOf(s, u) === spaceOf(s, t)) return false
  return true
}

/** The PMD entry of the slot the thread is at. */
export const pmdHere = (s: State, t: number) => s.mm[spaceOf(s, t)].pmd[s.thread[t].slot]

/** Drops the pmd lock, and goes on. */
export function leaveReplaced(s: State, t: number): void {
  const me = s.thread[t]
  me.pc = me.back
  me.back = 'user'
  me.slot = 0
  me.entry = 0
}

export const forkTable: readonly Step[] = [
  {
    // The pmd lock, and under it the entry is looked at again: a sibling may have been faster.
    name: 'shareLocks',
    at: 'share.lock',
    to: 'share.allocate',
    source: 'handle_mm_fault in ODF: pmd_lock (7.1 O2)',
    guard: (s, t) =>
      isPmdFree(s, t) && isBorrowed(s, spaceOf(s, t), firstPageOf(s, s.thread[t].slot)),
  },
  {
    name: 'shareFindsReplaced',
    at: 'share.lock',
    source: 'handle_mm_fault in ODF: the entry is writable by now (7.1 O2)',
    guard: (s, t) =>
      isPmdFree(s, t) && !isBorrowed(s, spaceOf(s, t), firstPageOf(s, s.thread[t].slot)),
    effect: (s, t) => leaveReplaced(s, t),
  },
  {
    // Under the pmd lock: the entry names the new table from now on, writable, and still empty.
    name: 'shareAllocates',
    at: 'share.allocate',
    to: 'share.copy',
    source: 'tfork_one_pte_table in ODF: pte_alloc_one, pmd_populate (7.1 O2)',
    allocates: ['sharedTable'],
    effect: (s, t) => {
      const me = s.thread[t]
      me.table = pmdHere(s, t).table
      pmdHere(s, t).table = takeTable(s, spaceOf(s, t), me.slot)
      pmdHere(s, t).writable = true
    },
  },
  {
    // Nobody looks at what comes back: the fault goes on with the shared table (G5).
    name: 'shareAllocateFails',
    at: 'share.allocate',
    source: 'tfork_one_pte_table in ODF: the result is ignored (7.2 G5)',
    guard: (s) => s.mayFail.sharedTable && s.failuresLeft > 0,
    effect: (s, t) => {
      fail(s)
      s.ghost.failed.fault = true
      leaveReplaced(s, t)
    },
  },
  {
    // One entry, read-only; the old one stays as it is. The old table is not locked.
    name: 'shareCopies',
    at: 'share.copy',
    source: 'tfork_one_pte_table in ODF: get_page, page_dup_rmap, set_pte_at (7.1 O2)',
    guard: (s, t) => s.thread[t].entry < s.geometry.pagesPerTable,
    effect: (s, t) => {
      const me = s.thread[t]
      if (s.table[me.table].pte[me.entry].frame !== NONE)
        copyEntry(s, me.table, pmdHere(s, t).table, me.entry)
      me.entry++
    },
  },
  {
    name: 'shareCopied',
    at: 'share.copy',
    to: 'share.put',
    source: 'tfork_one_pte_table in ODF: end of the table (7.1 O2)',
    copiesTable: true,
    guard: (s, t) => s.thread[t].entry === s.geometry.pagesPerTable,
  },
  {
    // An atomic count. Whoever lets go last, and has copied it too, frees it with all references.
    name: 'sharePuts',
    at: 'share.put',
    source: 'dereference_pte_table in ODF; spin_unlock(pmd lock) (7.1 O2, O3)',
    effect: (s, t) => {
      putTable(s, s.thread[t].table)
      s.thread[t].table = NONE
      leaveReplaced(s, t)
    },
  },
]
