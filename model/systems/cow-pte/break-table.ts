/**
 * A thread that is about to change a shared table gets one of its own, or takes over the old one if
 * it is its last user (mm/memory.c: break_cow_pte, cow_pte_fallback). It reads the
 * PMD entry and the count of its table, and acts upon what it has read later. Meanwhile the
 * PMD entry is empty. None of this is under the pmd lock: two threads that have read the
 * same entry both replace it.
 *
 * Who wants that sets `slot` and `back` and goes to cow.test. The table that the entry named is in
 * the register `seen`, and once the entry is cleared in `table`; the new one is in `locked`.
 */
import { expectLeftEmpty } from '../../ghosts.js'
import { copyEntry } from '../../hardware/frames.js'
import { isGuarded } from '../../hardware/sharing.js'
import {
  clearPmd,
  dropTableLock,
  firstPageOf,
  installTable,
  isShared,
  pmdOf,
  slotOf,
} from '../../hardware/tables.js'
import { flush } from '../../hardware/tlb.js'
import { beginProtecting, endProtecting } from '../../kernel/fork.js'
import { hasMoved } from '../../kernel/split.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Step } from '../../rule.js'
import { NONE, PARENT, type Place, type State } from '../../state.js'
import { fail } from '../../threads.js'
import { vmaAt } from '../../vmas.js'

/**
 * Must the table of a page be broken before it is changed (is_pte_table_cowing)? Not if GUP has
 * marked it exclusive, even if others use it.
 */
export const isCowing = (s: State, m: number, page: number) =>
  isGuarded(s, m, page) && !s.table[pmdOf(s, m, page).table].exclusive

/** Sends a thread to get a table of its own for a page, and on to a place. */
export function breakTable(s: State, t: number, page: number, back: Place): void {
  const me = s.thread[t]
  me.slot = slotOf(s, page)
  me.back = back
  me.pc = 'cow.test'
}

/** Is the thread's page in a table that must not be changed as it is? */
export const isInCowTable = (s: State, t: number) =>
  s.thread[t].page < s.geometry.pages && isCowing(s, spaceOf(s, t), s.thread[t].page)

/** The PMD entry of the slot the thread is at. */
export const cowPmd = (s: State, t: number) => s.mm[spaceOf(s, t)].pmd[s.thread[t].slot]

/** Is the table of the slot the thread is at still one that must be broken? */
export const isStillCow = (s: State, t: number) =>
  isCowing(s, spaceOf(s, t), firstPageOf(s, s.thread[t].slot))

/**
 * Is the entry the thread is at one that it copies: of a page of some VMA? Each VMA that overlaps
 * the table is copied by itself (copy_cow_pte_range).
 */
export const isCopied = (s: State, t: number) =>
  vmaAt(s, spaceOf(s, t), firstPageOf(s, s.thread[t].slot) + s.thread[t].entry) !== NONE

/** Is the thread at an entry of the table that it copies? */
export const isAtCowEntry = (s: State, t: number) => s.thread[t].entry < s.geometry.pagesPerTable

/** Copies the entry that the thread is at, read-only on both sides. */
export function copyCowEntry(s: State, t: number): void {
  const me = s.thread[t]
  if (s.table[me.table].pte[me.entry].frame !== NONE && isCopied(s, t)) {
    s.table[me.table].pte[me.entry].writable = false
    copyEntry(s, me.table, me.locked, me.entry)
  }
  me.entry++
}

/** Drops one reference of a table. The last one stays (page_ref_add_unless). */
export function putShared(s: State, table: number): void {
  if (isShared(s, table)) s.table[table].sharers--
}

/** Takes the spinlock of the table that the slot's entry names now. */
export function lockNewTable(s: State, t: number): void {
  s.thread[t].locked = cowPmd(s, t).table
  s.table[s.thread[t].locked].spinlock = t
}

/** Drops the spinlocks of the old table and the new one. */
export function dropBothTables(s: State, t: number): void {
  s.table[s.thread[t].table].spinlock = NONE
  dropTableLock(s, t)
}

/** Goes on where the thread wanted to. A fault looks again whether there is a table. */
export function leaveBroken(s: State, t: number): void {
  const me = s.thread[t]
  me.pc = me.back === 'fault.pte' && cowPmd(s, t).table === NONE ? 'fault.table' : me.back
  me.back = 'user'
  me.slot = 0
  me.entry = 0
}

/**
 * No memory. A fault, a split and a copy by userfaultfd fail; mprotect goes on with its next table;
 * others ignore the result.
 */
export function failBreak(s: State, t: number): void {
  const me = s.thread[t]
  const back = me.back
  const slot = me.slot
  fail(s)
  s.ghost.failed.fault = true
  me.noMemory = true
  leaveBroken(s, t)
  if (back === 'fault.pte') me.pc = 'fault.fail'
  if (back === 'mprotect.pte') me.page = Math.min(me.to, firstPageOf(s, slot + 1))
  if (back === 'uffd.install') endCall(s, t, 'call.unlockRead')
  if (back === 'split.cut') {
    if (hasMoved(s, t)) expectLeftEmpty(s, spaceOf(s, t))
    else endCall(s, t, 'call.unlock')
    me.pc = 'call.unlock'
  }
}

/** The call fails. */
export function endCall(s: State, t: number, then: Place): void {
  s.ghost.failed.call = true
  s.thread[t].pc = then
}

export const breaking: readonly Step[] = [
  {
    // An unlocked read of the entry and of the count. Read apart they could be of two tables; the
    // count of the later one would then say that nothing is shared, which is so.
    name: 'cowIsLast',
    at: 'cow.test',
    to: 'cow.reuse',
    source: 'break_cow_pte: cow_pte_count is 1',
    guard: (s, t) => isStillCow(s, t) && cowSharers(s, t) === 0,
  },
  {
    name: 'cowIsShared',
    at: 'cow.test',
    to: 'cow.clear',
    source: 'break_cow_pte: cowed_entry = *pmd, cow_pte_count is above 1',
    guard: (s, t) => isStillCow(s, t) && cowSharers(s, t) > 0,
    effect: (s, t) => {
      s.thread[t].seen = cowPmd(s, t).table
    },
  },
  {
    name: 'cowIsBroken',
    at: 'cow.test',
    source: 'is_pte_table_cowing: the entry is empty or writable by now',
    guard: (s, t) => !isStillCow(s, t),
    effect: (s, t) => leaveBroken(s, t),
  },
  {
    // Some time after the count was read, and no lock: whatever the entry names now becomes
    // writable. An empty one would become an entry without a table; here it stays empty.
    name: 'cowReuses',
    at: 'cow.reuse',
    source: 'cow_pte_fallback: set_pmd_at(pmd_mkwrite)',
    effect: (s, t) => {
      if (cowPmd(s, t).table !== NONE) cowPmd(s, t).writable = true
      leaveBroken(s, t)
    },
  },
  {
    // No lock: whatever the entry names now is forgotten. CPUs find no table from here on.
    // write_protect_seq becomes odd, unless somebody else has made it so.
    name: 'cowClears',
    at: 'cow.clear',
    to: 'cow.allocate',
    source: 'break_cow_pte: pmd_clear; copy_cow_pte_range: raw_write_seqcount_begin',
    effect: (s, t) => {
      const me = s.thread[t]
      me.table = me.seen
      me.seen = NONE
      clearPmd(s, spaceOf(s, t), me.slot)
      if (spaceOf(s, t) === PARENT) beginProtecting(s)
    },
  },
  {
    // Under the pmd lock. Then its own lock is taken: who takes that first could have installed the
    // table as well.
    name: 'cowAllocates',
    at: 'cow.allocate',
    to: 'cow.lock',
    source: 'copy_pte_range in COW PTE: pte_alloc_map_lock',
    allocates: ['sharedTable'],
    guard: (s, t) => cowPmd(s, t).table === NONE,
    effect: (s, t) => {
      installTable(s, spaceOf(s, t), s.thread[t].slot)
      lockNewTable(s, t)
    },
  },
  {
    // Another thread has installed one by now, or this one has before it paused.
    name: 'cowFindsTable',
    at: 'cow.allocate',
    to: 'cow.lock',
    source: 'copy_pte_range in COW PTE: pte_alloc_map_lock, pmd_none is false',
    guard: (s, t) => cowPmd(s, t).table !== NONE && s.table[cowPmd(s, t).table].spinlock === NONE,
    effect: (s, t) => lockNewTable(s, t),
  },
  {
    // The PMD entry stays empty, and the reference that it counted for is never dropped. Nor is
    // write_protect_seq made even again: GUP-fast goes the slow way from now on.
    name: 'cowAllocateFails',
    at: 'cow.allocate',
    source: 'copy_cow_pte_range: -ENOMEM, break before raw_write_seqcount_end; flush_tlb_range',
    guard: (s, t) => cowPmd(s, t).table === NONE && s.mayFail.sharedTable && s.failuresLeft > 0,
    effect: (s, t) => {
      const first = firstPageOf(s, s.thread[t].slot)
      s.thread[t].table = NONE
      flush(s, t, spaceOf(s, t), first, first + s.geometry.pagesPerTable, 'cow.failed')
    },
  },
  {
    name: 'cowFails',
    at: 'cow.failed',
    source: 'break_cow_pte: return -ENOMEM',
    effect: (s, t) => failBreak(s, t),
  },
  {
    name: 'cowLocks',
    at: 'cow.lock',
    to: 'cow.copy',
    source: 'copy_pte_range in COW PTE: spin_lock_nested of the old table',
    guard: (s, t) => s.table[s.thread[t].table].spinlock === NONE,
    effect: (s, t) => {
      s.table[s.thread[t].table].spinlock = t
    },
  },
  {
    // Under both tables' locks: both entries are read-only from now on. What the new entry held is
    // overwritten. A page that GUP-fast pins just then is given up by it again.
    name: 'cowCopies',
    at: 'cow.copy',
    source: 'copy_pte_range in COW PTE: copy_present_pte, copy_nonpresent_pte',
    guard: (s, t) => isAtCowEntry(s, t),
    effect: (s, t) => copyCowEntry(s, t),
  },
  {
    // One entry is copied, and both locks are dropped for a while; then a table is looked for
    // again. A pause counts what was copied since the last one, so each copies something.
    name: 'cowCopiesAndPauses',
    at: 'cow.copy',
    to: 'cow.allocate',
    source: 'copy_pte_range in COW PTE: progress, need_resched, spin_needbreak; the next VMA',
    guard: (s, t) => isAtCowEntry(s, t) && s.geometry.pauses[s.thread[t].entry],
    effect: (s, t) => {
      copyCowEntry(s, t)
      dropBothTables(s, t)
    },
  },
  {
    name: 'cowFlushes',
    at: 'cow.copy',
    source:
      'copy_cow_pte_range: pte_unmap_unlock, raw_write_seqcount_end, flush_tlb_range (17e6e08bf)',
    copiesTable: true,
    guard: (s, t) => s.thread[t].entry === s.geometry.pagesPerTable,
    effect: (s, t) => {
      const first = firstPageOf(s, s.thread[t].slot)
      dropBothTables(s, t)
      if (spaceOf(s, t) === PARENT) endProtecting(s)
      flush(s, t, spaceOf(s, t), first, first + s.geometry.pagesPerTable, 'cow.put')
    },
  },
  {
    // An atomic count, which never falls below one here: if all others have let go meanwhile, the
    // table and what it maps is nobody's.
    name: 'cowPuts',
    at: 'cow.put',
    source: 'break_cow_pte: pmd_put_pte without reuse, page_ref_add_unless',
    effect: (s, t) => {
      putShared(s, s.thread[t].table)
      s.thread[t].table = NONE
      leaveBroken(s, t)
    },
  },
]

/** How many other address spaces use the table of the slot the thread is at. */
export const cowSharers = (s: State, t: number) => s.table[cowPmd(s, t).table].sharers
