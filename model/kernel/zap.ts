/**
 * Removing a range of pages from a page table: the middle part of munmap, of madvise DONTNEED and
 * of the OOM reaper (mm/memory.c: unmap_page_range, zap_pte_range; mm/mmu_gather.c). Who wants it
 * sets `page`, `to` and `onward` and goes to zap.table.
 *
 * Pages are gathered one at a time: removed, flushed, freed. The kernel gathers more before it
 * flushes; a batch of one is a batch it may use, and the order flush-before-free is the same. A
 * huge page is split first, also where the kernel would remove it in one piece: what is seen of
 * the range meanwhile is seen by threads that race with the removal.
 */
import { expectZeros } from '../ghosts.js'
import { dropEntry, putFrame, unmapFrame } from '../hardware/frames.js'
import { splitHuge } from '../hardware/huge.js'
import {
  clearPmd,
  clearPte,
  firstPageOf,
  frameOf,
  hasTable,
  isEmpty,
  isPresent,
  isUnlocked,
  pmdOf,
  slotOf,
} from '../hardware/tables.js'
import { endBatched, flush, flushBatched, flushPage, hasDeferredFlush } from '../hardware/tlb.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type Place, type State } from '../state.js'
import { mmOf, opOf } from '../threads.js'
import { isWholeSlot, vmaAt } from '../vmas.js'

/** The address space a thread works on: its own, or for a thread of the kernel `space`. */
export const spaceOf = (s: State, t: number) =>
  mmOf(s, t) === NONE ? s.thread[t].space : mmOf(s, t)

/**
 * May PTEs of a page's table be changed: is its lock free, and has no CPU an entry left that
 * reclaim cleared and has not flushed yet? Where the table is gone there is nothing to lock
 * (pte_offset_map_lock fails).
 */
export const mayChangePte = (s: State, m: number, page: number) =>
  !hasTable(s, m, page) || (isUnlocked(s, m, page) && !hasDeferredFlush(s, m))

/** Must that flush be made up for first? */
export const mustFlushBatched = (s: State, m: number, page: number) =>
  hasTable(s, m, page) && isUnlocked(s, m, page) && hasDeferredFlush(s, m)

/** Sends a thread to remove the pages of a range, and on to a place. */
export function zapRange(s: State, t: number, from: number, to: number, then: Place): void {
  const me = s.thread[t]
  me.page = from
  me.to = to
  me.onward = then
  me.pc = 'zap.table'
}

/** The slot whose last page the thread has just dealt with. */
export const slotBehind = (s: State, t: number) => slotOf(s, s.thread[t].page - 1)

/**
 * Is the thread to free the table that it has just been through: does it discard pages
 * (details.reclaim_pt), and does its range hold the whole table (reclaim_pt_is_enabled)?
 */
export function reclaimsTable(s: State, t: number): boolean {
  if (!s.options.tableReclaim || opOf(s, t).do !== 'dontneed') return false
  const first = firstPageOf(s, slotBehind(s, t))
  return opOf(s, t).page <= first && s.thread[t].page === first + s.geometry.pagesPerTable
}

/** On to the next page in zapping. */
export function nextToZap(s: State, t: number): void {
  nextPage(s, t, 'zap.pte', 'zap.table')
  if (reclaimsTable(s, t)) s.thread[t].pc = 'zap.reclaim'
}

/** Is the table that the thread has just been through still there, wholly inside one VMA, empty? */
export function isReclaimable(s: State, t: number): boolean {
  const m = mmOf(s, t)
  const slot = slotBehind(s, t)
  const v = vmaAt(s, m, firstPageOf(s, slot))
  if (v === NONE || !isWholeSlot(s, m, v, slot)) return false
  const pmd = s.mm[m].pmd[slot]
  if (pmd.table === NONE || pmd.huge) return false
  for (const pte of s.table[pmd.table].pte) if (pte.frame !== NONE) return false
  return true
}

/** On to the next page: at the end of the range or of a table, the tables are looked at again. */
export function nextPage(s: State, t: number, inTable: Place, betweenTables: Place): void {
  const me = s.thread[t]
  me.page++
  const left = me.page === me.to || me.page % s.geometry.pagesPerTable === 0
  me.pc = left ? betweenTables : inTable
}

export const zapRoutine = routine('zap', 'Removes the pages of a range from a page table.', {
  'zap.table': [],
  'zap.pte': [],
  'zap.flushed': ['flushesForReclaim'],
  'zap.free': ['removesPage'],
  'zap.reclaim': [],
  'zap.freeTable': ['reclaimsTable'],
})

export const zap: readonly Step[] = [
  {
    // An unlocked read of the PMD: nothing there.
    name: 'zapSkipTable',
    at: 'zap.table',
    source: 'zap_pmd_range: pmd_none',
    guard: (s, t) =>
      s.thread[t].page < s.thread[t].to && !hasTable(s, spaceOf(s, t), s.thread[t].page),
    effect: (s, t) => {
      const me = s.thread[t]
      me.page = Math.min(me.to, firstPageOf(s, slotOf(s, me.page) + 1))
    },
  },
  {
    // Under the pmd lock.
    name: 'zapSplitHuge',
    at: 'zap.table',
    source: 'zap_pmd_range: __split_huge_pmd',
    guard: (s, t) =>
      s.thread[t].page < s.thread[t].to &&
      hasTable(s, spaceOf(s, t), s.thread[t].page) &&
      pmdOf(s, spaceOf(s, t), s.thread[t].page).huge,
    effect: (s, t) => splitHuge(s, spaceOf(s, t), slotOf(s, s.thread[t].page)),
  },
  {
    name: 'zapEnterTable',
    at: 'zap.table',
    to: 'zap.pte',
    source: 'zap_pmd_range: zap_pte_range',
    guard: (s, t) =>
      s.thread[t].page < s.thread[t].to &&
      hasTable(s, spaceOf(s, t), s.thread[t].page) &&
      !pmdOf(s, spaceOf(s, t), s.thread[t].page).huge,
  },
  {
    name: 'zapDone',
    at: 'zap.table',
    source: 'unmap_page_range: end of range',
    guard: (s, t) => s.thread[t].page === s.thread[t].to,
    effect: (s, t) => {
      const me = s.thread[t]
      me.pc = me.onward
      me.onward = 'user'
    },
  },
  {
    // The PTE lock is taken, and kept until every CPU has answered: reclaim has cleared PTEs of
    // this address space and not flushed them yet, so what looks empty may still be in use.
    name: 'zapFlushesBatch',
    at: 'zap.pte',
    source: 'zap_pte_range: pte_offset_map_lock, flush_tlb_batched_pending',
    guard: (s, t) => mustFlushBatched(s, spaceOf(s, t), s.thread[t].page),
    effect: (s, t) => flushBatched(s, t, spaceOf(s, t), s.thread[t].page, 'zap.flushed'),
  },
  {
    name: 'zapFlushedBatch',
    at: 'zap.flushed',
    to: 'zap.pte',
    source: 'flush_tlb_batched_pending: atomic_cmpxchg of tlb_flush_batched',
    effect: (s, t) => {
      endBatched(s, t, spaceOf(s, t))
    },
  },
  {
    // Under the PTE lock: the entry is empty, there is nothing to do.
    name: 'zapNothing',
    at: 'zap.pte',
    source: 'zap_pte_range: pte_none',
    guard: (s, t) =>
      mayChangePte(s, spaceOf(s, t), s.thread[t].page) &&
      isEmpty(s, spaceOf(s, t), s.thread[t].page),
    effect: (s, t) => nextToZap(s, t),
  },
  {
    // Under the PTE lock: the entry is cleared; the frame waits for the flush. From this moment
    // the page reads as zeros (a store through a stale TLB entry has raced and lost).
    name: 'zapPage',
    at: 'zap.pte',
    source: 'zap_pte_range: ptep_get_and_clear_full, page_remove_rmap, __tlb_remove_page',
    guard: (s, t) =>
      mayChangePte(s, spaceOf(s, t), s.thread[t].page) &&
      isPresent(s, spaceOf(s, t), s.thread[t].page),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = spaceOf(s, t)
      me.frame = frameOf(s, m, me.page)
      unmapFrame(s, me.frame)
      clearPte(s, m, me.page)
      expectZeros(s, m, me.page)
      flushPage(s, t, m, me.page, 'zap.free')
    },
  },
  {
    // Under the PTE lock: a swap or migration entry. No CPU can have cached it.
    name: 'zapEntry',
    at: 'zap.pte',
    source: 'zap_pte_range: free_swap_and_cache, is_migration_entry',
    guard: (s, t) =>
      mayChangePte(s, spaceOf(s, t), s.thread[t].page) &&
      !isEmpty(s, spaceOf(s, t), s.thread[t].page) &&
      !isPresent(s, spaceOf(s, t), s.thread[t].page),
    effect: (s, t) => {
      const me = s.thread[t]
      dropEntry(s, spaceOf(s, t), me.page)
      expectZeros(s, spaceOf(s, t), me.page)
      nextToZap(s, t)
    },
  },
  {
    // Every CPU has answered; only now is the frame freed.
    name: 'zapFree',
    at: 'zap.free',
    source: 'tlb_finish_mmu: tlb_flush, then free_pages_and_swap_cache',
    effect: (s, t) => {
      const me = s.thread[t]
      putFrame(s, me.frame)
      me.frame = NONE
      nextToZap(s, t)
    },
  },
  {
    // Under the pmd lock and the PTE lock: the table is looked through once more, and is taken out
    // if it is still empty. Where the PTE lock was kept all the time the kernel need not look
    // (try_get_and_clear_pmd); the answer is the same.
    name: 'zapReclaimsTable',
    at: 'zap.reclaim',
    source: 'try_to_free_pte: pmd_lock, pte_offset_map_rw_nolock, pte_none of all, pmd_clear',
    guard: (s, t) =>
      isReclaimable(s, t) && isUnlocked(s, mmOf(s, t), firstPageOf(s, slotBehind(s, t))),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      const slot = slotBehind(s, t)
      me.table = s.mm[m].pmd[slot].table
      clearPmd(s, m, slot)
      flush(s, t, m, firstPageOf(s, slot), firstPageOf(s, slot + 1), 'zap.freeTable')
    },
  },
  {
    // Somebody has touched a page of it meanwhile, or freed it, or it is not all of one VMA's.
    name: 'zapKeepsTable',
    at: 'zap.reclaim',
    to: 'zap.table',
    source: 'try_to_free_pte: out_ptl; reclaim_pt_is_enabled is false',
    guard: (s, t) => !isReclaimable(s, t),
  },
  {
    // Every CPU has answered; only now is the table freed.
    name: 'zapFreesTable',
    at: 'zap.freeTable',
    to: 'zap.table',
    source: 'free_pte: pte_free_tlb; tlb_finish_mmu',
    effect: (s, t) => {
      s.table[s.thread[t].table].used = false
      s.thread[t].table = NONE
    },
  },
]

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof zapRoutine>, unknown> {}
}
