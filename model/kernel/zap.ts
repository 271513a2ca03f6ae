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
import { endBatched, flushBatched, flushPage, hasDeferredFlush } from '../hardware/tlb.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type Place, type State } from '../state.js'
import { mmOf } from '../threads.js'

/** The address space a thread works on: its own, or for a thread of the kernel `space`. */
export const spaceOf = (s: State, t: number) =>
  mmOf(s, t) === NONE ? s.thread[t].space : mmOf(s, t)

/**
 * May PTEs of a page's table be changed: is its lock free, and has no CPU an entry left that
 * reclaim cleared and has not flushed yet?
 */
export const mayChangePte = (s: State, m: number, page: number) =>
  isUnlocked(s, m, page) && !hasDeferredFlush(s, m)

/** Must that flush be made up for first? */
export const mustFlushBatched = (s: State, m: number, page: number) =>
  isUnlocked(s, m, page) && hasDeferredFlush(s, m)

/** Sends a thread to remove the pages of a range, and on to a place. */
export function zapRange(s: State, t: number, from: number, to: number, then: Place): void {
  const me = s.thread[t]
  me.page = from
  me.to = to
  me.onward = then
  me.pc = 'zap.table'
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
  'zap.free': [],
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
    effect: (s, t) => nextPage(s, t, 'zap.pte', 'zap.table'),
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
      nextPage(s, t, 'zap.pte', 'zap.table')
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
      nextPage(s, t, 'zap.pte', 'zap.table')
    },
  },
]

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof zapRoutine>, unknown> {}
}
