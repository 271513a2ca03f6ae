/** What repairs of COW PTE are written with: a table is broken under a lock (repair-parts.ts). */
import { isGuarded } from '../../hardware/sharing.js'
import { dropTableLock, takeTable } from '../../hardware/tables.js'
import { isStillPinnable } from '../../kernel/pin.js'
import { spaceOf } from '../../kernel/zap.js'
import { NONE, type State } from '../../state.js'
import { mmOf } from '../../threads.js'
import { cowPmd } from './break-table.js'

/** Is the thread in the middle of breaking a table? */
export const isBreaking = (s: State, t: number) =>
  s.thread[t].pc === 'cow.copy' ||
  s.thread[t].pc === 'cow.put' ||
  (s.thread[t].pc === 'flush.wait' && s.thread[t].after === 'cow.put')

/** Has the thread read the PMD entry of a table, and not yet let go of that (as published)? */
export const isBreakingOpenly = (s: State, t: number) =>
  s.thread[t].pc === 'cow.clear' ||
  s.thread[t].pc === 'cow.allocate' ||
  s.thread[t].pc === 'cow.lock' ||
  s.thread[t].pc === 'cow.failed' ||
  isBreaking(s, t)

/** Does no other thread do so with the table of a slot, in the address space of a thread? */
export function nobodyBreaksOpenly(s: State, t: number, slot: number): boolean {
  for (let u = 0; u < s.geometry.threads; u++)
    if (u !== t && isBreakingOpenly(s, u) && s.thread[u].slot === slot)
      if (spaceOf(s, u) === spaceOf(s, t)) return false
  return true
}

/** Is no other thread in the middle of breaking the table of the slot the thread is at? */
export function nobodyBreaks(s: State, t: number): boolean {
  for (let u = 0; u < s.geometry.threads; u++)
    if (u !== t && isBreaking(s, u) && s.thread[u].slot === s.thread[t].slot)
      if (spaceOf(s, u) === spaceOf(s, t)) return false
  return true
}

/**
 * A spare table for the slot the thread is at, unseen, and both tables locked: the spare one is in
 * `table`, the old one in `locked`.
 */
export function takeSpare(s: State, t: number): void {
  const me = s.thread[t]
  me.locked = cowPmd(s, t).table
  s.table[me.locked].spinlock = t
  me.table = takeTable(s, spaceOf(s, t), me.slot)
  s.table[me.table].spinlock = t
}

/** The PMD entry names the spare table from now on; the thread keeps the old one, unlocked. */
export function switchTable(s: State, t: number): void {
  const me = s.thread[t]
  const old = me.locked
  s.table[me.table].spinlock = NONE
  dropTableLock(s, t)
  cowPmd(s, t).table = me.table
  cowPmd(s, t).writable = true
  me.table = old
}

/** The last user takes a table over; that its pages are its own alone is not known. */
export function takeOver(s: State, t: number): void {
  for (const pte of s.table[cowPmd(s, t).table].pte) {
    pte.writable = false
    if (pte.frame !== NONE && !pte.migrating && !pte.swapped) s.frame[pte.frame].exclusive = false
  }
  cowPmd(s, t).writable = true
}

/** Does the pin stand, and is the table of its page no shared one? */
export const isPinOfOwnTable = (s: State, t: number) =>
  isStillPinnable(s, t) && !isGuarded(s, mmOf(s, t), s.thread[t].page)
