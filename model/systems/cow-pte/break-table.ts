/**
 * A thread that is about to change a shared table gets one of its own, or takes over the old one if
 * it is its last user (facts 7.3 T2). Who is the last is found out in one step and acted upon in
 * another (T4). Meanwhile the PMD entry is empty (7.4 H2.3). break_cow_pte takes no lock, so two
 * threads may break the same table at once; here the second one waits, which is assumed.
 *
 * Who wants that sets `slot` and `back` and goes to cow.test.
 */
import { copyEntry } from '../../hardware/frames.js'
import { isGuarded, putTable } from '../../hardware/sharing.js'
import { clearPmd, firstPageOf, installTable, slotOf, takeTable } from '../../hardware/tables.js'
import { flush } from '../../hardware/tlb.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Step } from '../../rule.js'
import { NONE, type Place, type State } from '../../state.js'
import { fail } from '../../threads.js'

/** Sends a thread to get a table of its own for a page, and on to a place. */
export function breakTable(s: State, t: number, page: number, back: Place): void {
  const me = s.thread[t]
  me.slot = slotOf(s, page)
  me.back = back
  me.pc = 'cow.test'
}

/** Is the thread's page in a table that must not be changed as it is? */
export const isInCowTable = (s: State, t: number) =>
  s.thread[t].page < s.geometry.pages && isGuarded(s, spaceOf(s, t), s.thread[t].page)

/** Is the thread in the middle of breaking a table? */
export const isBreaking = (s: State, t: number) =>
  s.thread[t].pc === 'cow.allocate' ||
  s.thread[t].pc === 'cow.copy' ||
  s.thread[t].pc === 'cow.put' ||
  (s.thread[t].pc === 'flush.wait' &&
    (s.thread[t].after === 'cow.put' || s.thread[t].after === 'cow.copy'))

/** Is no other thread in the middle of breaking the table of the slot the thread is at? */
export function nobodyBreaks(s: State, t: number): boolean {
  for (let u = 0; u < s.geometry.threads; u++)
    if (u !== t && isBreaking(s, u) && s.thread[u].slot === s.thread[t].slot)
      if (spaceOf(s, u) === spaceOf(s, t)) return false
  return true
}

/** The PMD entry of the slot the thread is at. */
export const cowPmd = (s: State, t: number) => s.mm[spaceOf(s, t)].pmd[s.thread[t].slot]

/** Is the table of the slot the thread is at still one that must be broken? */
export const isStillCow = (s: State, t: number) =>
  isGuarded(s, spaceOf(s, t), firstPageOf(s, s.thread[t].slot))

/** A spare table for the slot the thread is at, unseen, with the old one locked (repairs). */
export function takeSpare(s: State, t: number): void {
  s.table[cowPmd(s, t).table].spinlock = t
  s.thread[t].table = takeTable(s, spaceOf(s, t), s.thread[t].slot)
}

/** The PMD entry names the spare table from now on, and the thread keeps the old one (repairs). */
export function switchTable(s: State, t: number): void {
  const me = s.thread[t]
  const old = cowPmd(s, t).table
  s.table[old].spinlock = NONE
  cowPmd(s, t).table = me.table
  cowPmd(s, t).writable = true
  me.table = old
}

/** Goes on where the thread wanted to. */
export function leaveBroken(s: State, t: number): void {
  const me = s.thread[t]
  me.pc = me.back
  me.back = 'user'
  me.slot = 0
  me.entry = 0
}

/** No memory: a fault fails; whatever else goes on with its next table. */
export function failBreak(s: State, t: number): void {
  const me = s.thread[t]
  fail(s)
  s.ghost.failed.fault = true
  const next = firstPageOf(s, me.slot + 1)
  leaveBroken(s, t)
  if (me.pc === 'fault.pte') me.pc = 'fault.fail'
  if (me.pc === 'mprotect.pte') me.page = Math.min(me.to, next)
}

export const breaking: readonly Step[] = [
  {
    // An unlocked read of the count.
    name: 'cowIsLast',
    at: 'cow.test',
    to: 'cow.reuse',
    source: 'break_cow_pte: cow_pte_count is 1 (7.3 T2)',
    guard: (s, t) => nobodyBreaks(s, t) && isStillCow(s, t) && cowSharers(s, t) === 0,
  },
  {
    name: 'cowIsShared',
    at: 'cow.test',
    to: 'cow.clear',
    source: 'break_cow_pte: cow_pte_count is above 1 (7.3 T2)',
    guard: (s, t) => nobodyBreaks(s, t) && isStillCow(s, t) && cowSharers(s, t) > 0,
  },
  {
    name: 'cowIsBroken',
    at: 'cow.test',
    source: 'break_cow_pte: the entry is writable by now',
    guard: (s, t) => nobodyBreaks(s, t) && !isStillCow(s, t),
    effect: (s, t) => leaveBroken(s, t),
  },
  {
    // Some time after the count was read.
    name: 'cowReuses',
    at: 'cow.reuse',
    source: 'cow_pte_fallback: set_pmd_at(pmd_mkwrite) (7.3 T2, T4)',
    guard: (s, t) => nobodyBreaks(s, t),
    effect: (s, t) => {
      if (isStillCow(s, t)) cowPmd(s, t).writable = true
      leaveBroken(s, t)
    },
  },
  {
    // CPUs find no table from here on.
    name: 'cowClears',
    at: 'cow.clear',
    source: 'break_cow_pte: cowed_entry = *pmd, pmd_clear (7.3 T2, 7.4 H2.3)',
    guard: (s, t) => nobodyBreaks(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      if (isStillCow(s, t)) {
        me.table = cowPmd(s, t).table
        clearPmd(s, spaceOf(s, t), me.slot)
        me.pc = 'cow.allocate'
      } else leaveBroken(s, t)
    },
  },
  {
    // Under the pmd lock; then the new table's own lock, for all of the copying. If somebody has
    // installed a table meanwhile, it is used.
    name: 'cowAllocates',
    at: 'cow.allocate',
    to: 'cow.copy',
    source: 'copy_pte_range in COW PTE: pte_alloc_map_lock (7.3 T2)',
    allocates: ['sharedTable'],
    guard: (s, t) => cowPmd(s, t).table === NONE || s.table[cowPmd(s, t).table].spinlock === NONE,
    effect: (s, t) => {
      if (cowPmd(s, t).table === NONE) installTable(s, spaceOf(s, t), s.thread[t].slot)
      s.table[cowPmd(s, t).table].spinlock = t
    },
  },
  {
    // The PMD entry stays empty, and the reference that it counted for is never dropped.
    name: 'cowAllocateFails',
    at: 'cow.allocate',
    source: 'break_cow_pte: copy_cow_pte_range fails, return -ENOMEM (7.4 H2.2)',
    guard: (s, t) => cowPmd(s, t).table === NONE && s.mayFail.sharedTable && s.failuresLeft > 0,
    effect: (s, t) => {
      s.thread[t].table = NONE
      failBreak(s, t)
    },
  },
  {
    // Under the new table's lock: both entries are read-only from now on.
    name: 'cowCopies',
    at: 'cow.copy',
    source: 'copy_pte_range in COW PTE: copy_present_pte (7.3 T2)',
    guard: (s, t) => s.thread[t].entry < s.geometry.pagesPerTable,
    effect: (s, t) => {
      const me = s.thread[t]
      s.table[me.table].pte[me.entry].writable = false
      if (s.table[me.table].pte[me.entry].frame !== NONE)
        copyEntry(s, me.table, cowPmd(s, t).table, me.entry)
      me.entry++
    },
  },
  {
    name: 'cowFlushes',
    at: 'cow.copy',
    source: 'break_cow_pte: pte_unmap_unlock, flush_tlb_range (17e6e08bf; 7.2 G4)',
    copiesTable: true,
    guard: (s, t) => s.thread[t].entry === s.geometry.pagesPerTable,
    effect: (s, t) => {
      const me = s.thread[t]
      const first = firstPageOf(s, me.slot)
      s.table[cowPmd(s, t).table].spinlock = NONE
      flush(s, t, spaceOf(s, t), first, first + s.geometry.pagesPerTable, 'cow.put')
    },
  },
  {
    // An atomic count.
    name: 'cowPuts',
    at: 'cow.put',
    source: 'break_cow_pte: pmd_put_pte (7.3 T2)',
    effect: (s, t) => {
      putTable(s, s.thread[t].table)
      s.thread[t].table = NONE
      leaveBroken(s, t)
    },
  },
]

/** How many other address spaces use the table of the slot the thread is at. */
export const cowSharers = (s: State, t: number) => s.table[cowPmd(s, t).table].sharers
