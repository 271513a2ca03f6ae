/**
 * The two tables of a slot that a thread copies: the parent's, and that of the child in the
 * thread's register `child`. Copying them is alike in the systems that copy after fork.
 */
import { firstPageOf, isPresent } from '../hardware/tables.js'
import { NONE, PARENT, type State } from '../state.js'
import { isChild } from '../threads.js'

/** The child's table for the slot a thread is at: its page carries the copy lock. */
export const tableOf = (s: State, t: number) =>
  s.table[s.mm[s.thread[t].child].pmd[s.thread[t].slot].table]

/** Has the child no table yet for the slot a thread is at? */
export const lacksTable = (s: State, t: number) =>
  s.mm[s.thread[t].child].pmd[s.thread[t].slot].table === NONE

/** The parent's table for the slot a thread is at. */
export const sourceOf = (s: State, t: number) => s.table[s.mm[PARENT].pmd[s.thread[t].slot].table]

/** The page whose entry comes next. */
export const pageAt = (s: State, t: number) => firstPageOf(s, s.thread[t].slot) + s.thread[t].entry

/**
 * Is the entry one that GUP-fast may pin at any moment (see isPinnable in kernel/fork-tables.ts)?
 */
export const mayBecomePinned = (s: State, t: number) =>
  s.uses.pins && isPresent(s, PARENT, pageAt(s, t))

/** Drops the spinlocks of both tables. */
export function dropSpinlocks(s: State, t: number): void {
  sourceOf(s, t).spinlock = NONE
  tableOf(s, t).spinlock = NONE
}

/** May an allocation of the copying thread fail? */
export const mayFailCopy = (s: State, t: number) =>
  s.failuresLeft > 0 && (isChild(s, t) ? s.mayFail.copierTable : s.mayFail.syncTable)
