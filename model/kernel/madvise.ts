/**
 * madvise that changes no VMA: DONTNEED removes pages, FREE marks them as droppable. Both hold
 * mmap_lock for reading (mm/madvise.c: do_madvise, madvise_need_mmap_write is false); from 6.16 on
 * DONTNEED of a range in one VMA holds only the lock of that (madvise_walk_vmas).
 */
import { expectDiscard, expectZeros, expectZerosPerhaps } from '../ghosts.js'
import { dropEntry, dropFromSwapCache, swapCount } from '../hardware/frames.js'
import { firstPageOf, hasTable, isEmpty, isPresent, pteOf, slotOf } from '../hardware/tables.js'
import { endBatched, flush, flushBatched } from '../hardware/tlb.js'
import { mayRead } from '../locks.js'
import { operation, range } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { begins, mmOf, opOf } from '../threads.js'
import { vmaAt } from '../vmas.js'
import { isInSwapCache } from './swap-out.js'
import { mayChangePte, mustFlushBatched, nextPage, zapRange } from './zap.js'

/** Where DONTNEED and FREE stop in a range: at the first locked VMA, with -EINVAL. */
export function endOfUnlocked(s: State, m: number, from: number, to: number): number {
  let end = to
  for (const vma of s.mm[m].vma)
    if (vma.locked && from < vma.end && vma.start < end) end = Math.max(from, vma.start)
  return end
}

/** Does the call meet a locked VMA in its range? */
export const meetsLocked = (s: State, t: number) =>
  endOfUnlocked(s, mmOf(s, t), opOf(s, t).page, opOf(s, t).end) < opOf(s, t).end

/**
 * May DONTNEED make do with the lock of one VMA: do kernel and range allow it, and is nobody
 * changing the VMA?
 */
export function mayLockDiscarded(s: State, t: number): boolean {
  if (s.options.madviseLock !== 'vma' || meetsLocked(s, t)) return false
  const v = vmaAt(s, mmOf(s, t), opOf(s, t).page)
  if (v === NONE || s.mm[mmOf(s, t)].vma[v].end < opOf(s, t).end) return false
  return !s.mm[mmOf(s, t)].vma[v].changing
}

/**
 * May MADV_FREE mark the thread's page? Not where others name its swap slot too, nor while reclaim
 * has it locked in the swap cache.
 */
export function mayFreeLazily(s: State, t: number): boolean {
  const m = mmOf(s, t)
  const page = s.thread[t].page
  if (!isPresent(s, m, page)) return false
  const { frame } = pteOf(s, m, page)
  if (!isInSwapCache(s, frame)) return true
  return s.frame[frame].maps === 1 && s.frame[frame].lock === NONE && swapCount(s, frame) === 0
}

/**
 * May MADV_FREE leave the thread's page as it is? One that is mapped elsewhere too is left where
 * its frame is marked as dirty (PG_dirty), which depends on whether it was ever migrated or read
 * from swap: that is not kept, so it may go either way.
 */
export function mayLeaveAsItIs(s: State, t: number): boolean {
  const page = s.thread[t].page
  if (isEmpty(s, mmOf(s, t), page) || !mayFreeLazily(s, t)) return true
  return s.frame[pteOf(s, mmOf(s, t), page).frame].maps > 1
}

/** Is the thread's page a swap entry? */
export const isSwapped = (s: State, t: number) =>
  !isEmpty(s, mmOf(s, t), s.thread[t].page) && pteOf(s, mmOf(s, t), s.thread[t].page).swapped

/** Begins MADV_FREE up to the first locked VMA. */
export function beginFree(s: State, t: number): void {
  const me = s.thread[t]
  s.mm[mmOf(s, t)].lock.readers[t] = true
  me.page = opOf(s, t).page
  me.from = opOf(s, t).page
  me.to = endOfUnlocked(s, mmOf(s, t), opOf(s, t).page, opOf(s, t).end)
}

/** Begins DONTNEED up to the first locked VMA. */
export function beginDontneed(s: State, t: number): void {
  const { page, end } = opOf(s, t)
  s.mm[mmOf(s, t)].lock.readers[t] = true
  expectDiscard(s, mmOf(s, t), page, endOfUnlocked(s, mmOf(s, t), page, end))
  zapRange(s, t, page, endOfUnlocked(s, mmOf(s, t), page, end), 'call.unlockRead')
}

export const freeRoutine = routine('free', 'Lets reclaim drop pages of a range (MADV_FREE).', {
  'free.table': ['flushesRange'],
  'free.pte': ['flushesRange'],
  'free.flushed': ['flushesRange'],
})

export const madvise: readonly Step[] = [
  {
    name: 'dontneed',
    at: 'user',
    source:
      'madvise_dontneed_free: mmap_read_lock, madvise_dontneed_free_valid_vma, zap_page_range_single',
    guard: (s, t) =>
      begins(s, t, 'dontneed') &&
      !mayLockDiscarded(s, t) &&
      mayRead(s, mmOf(s, t)) &&
      !meetsLocked(s, t),
    effect: (s, t) => beginDontneed(s, t),
  },
  {
    name: 'dontneedUpToLocked',
    at: 'user',
    source: 'madvise_dontneed_free: madvise_dontneed_free_valid_vma is false, -EINVAL',
    guard: (s, t) => begins(s, t, 'dontneed') && mayRead(s, mmOf(s, t)) && meetsLocked(s, t),
    effect: (s, t) => beginDontneed(s, t),
  },
  {
    // Looks the VMA up without any lock (RCU) and read-locks it, if nobody is changing it.
    name: 'dontneedLocksVma',
    at: 'user',
    source: 'madvise_walk_vmas: try_vma_read_lock, lock_vma_under_rcu (6.16)',
    guard: (s, t) => begins(s, t, 'dontneed') && mayLockDiscarded(s, t),
    effect: (s, t) => {
      const op = opOf(s, t)
      s.thread[t].held = vmaAt(s, mmOf(s, t), op.page)
      const end = endOfUnlocked(s, mmOf(s, t), op.page, op.end)
      zapRange(s, t, op.page, end, 'call.unlockRead')
    },
  },
  {
    name: 'free',
    at: 'user',
    to: 'free.table',
    source: 'madvise_free_single_vma: mmap_read_lock',
    guard: (s, t) => begins(s, t, 'free') && mayRead(s, mmOf(s, t)) && !meetsLocked(s, t),
    effect: (s, t) => beginFree(s, t),
  },
  {
    name: 'freeUpToLocked',
    at: 'user',
    to: 'free.table',
    source: 'madvise_dontneed_free: madvise_dontneed_free_valid_vma is false, -EINVAL',
    guard: (s, t) => begins(s, t, 'free') && mayRead(s, mmOf(s, t)) && meetsLocked(s, t),
    effect: (s, t) => beginFree(s, t),
  },
  {
    // An unlocked read of the PMD.
    name: 'freeSkipTable',
    at: 'free.table',
    source: 'madvise_free_pte_range: pmd_none',
    guard: (s, t) =>
      s.thread[t].page < s.thread[t].to && !hasTable(s, mmOf(s, t), s.thread[t].page),
    effect: (s, t) => {
      const me = s.thread[t]
      me.page = Math.min(me.to, firstPageOf(s, slotOf(s, me.page) + 1))
    },
  },
  {
    name: 'freeEnterTable',
    at: 'free.table',
    to: 'free.pte',
    source: 'madvise_free_pte_range: pte_offset_map_lock',
    guard: (s, t) => s.thread[t].page < s.thread[t].to && hasTable(s, mmOf(s, t), s.thread[t].page),
  },
  {
    // The PTE lock is taken, and kept until every CPU has answered: reclaim owes a flush.
    name: 'freeFlushesBatch',
    at: 'free.pte',
    source: 'madvise_free_pte_range: pte_offset_map_lock, flush_tlb_batched_pending',
    guard: (s, t) => mustFlushBatched(s, mmOf(s, t), s.thread[t].page),
    effect: (s, t) => flushBatched(s, t, mmOf(s, t), s.thread[t].page, 'free.flushed'),
  },
  {
    name: 'freeFlushedBatch',
    at: 'free.flushed',
    to: 'free.pte',
    source: 'flush_tlb_batched_pending: atomic_cmpxchg of tlb_flush_batched',
    effect: (s, t) => {
      endBatched(s, t, mmOf(s, t))
    },
  },
  {
    // Under the PTE lock: the entry becomes clean, and the page may be dropped where all entries
    // that map it are clean; the CPU has to set the dirty bit again before the next store. A swap
    // slot that nobody names is given up.
    name: 'freePage',
    at: 'free.pte',
    source: 'madvise_free_pte_range: folio_free_swap, pte_mkclean, folio_mark_lazyfree',
    guard: (s, t) => mayChangePte(s, mmOf(s, t), s.thread[t].page) && mayFreeLazily(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      const pte = pteOf(s, mmOf(s, t), me.page)
      pte.dirty = false
      dropFromSwapCache(s, pte.frame)
      s.frame[pte.frame].lazy = true
      expectZerosPerhaps(s, mmOf(s, t), me.page)
      nextPage(s, t, 'free.pte', 'free.table')
    },
  },
  {
    name: 'freeLeavesPage',
    at: 'free.pte',
    source: 'madvise_free_pte_range: pte_none, migration entry, folio_trylock, folio_mapcount',
    guard: (s, t) =>
      mayChangePte(s, mmOf(s, t), s.thread[t].page) && mayLeaveAsItIs(s, t) && !isSwapped(s, t),
    effect: (s, t) => nextPage(s, t, 'free.pte', 'free.table'),
  },
  {
    // Under the PTE lock: a swap entry goes at once. No CPU can have cached it.
    name: 'freeEntry',
    at: 'free.pte',
    source: 'madvise_free_pte_range: free_swap_and_cache, pte_clear_not_present_full',
    guard: (s, t) => mayChangePte(s, mmOf(s, t), s.thread[t].page) && isSwapped(s, t),
    effect: (s, t) => {
      const page = s.thread[t].page
      dropEntry(s, mmOf(s, t), page)
      expectZeros(s, mmOf(s, t), page)
      nextPage(s, t, 'free.pte', 'free.table')
    },
  },
  {
    name: 'freeDone',
    at: 'free.table',
    source: 'madvise_free_single_vma: tlb_finish_mmu',
    guard: (s, t) => s.thread[t].page === s.thread[t].to,
    effect: (s, t) => flush(s, t, mmOf(s, t), s.thread[t].from, s.thread[t].to, 'call.unlockRead'),
  },
]

export const dontneedOperation = operation('dontneed', ['parent', 'sibling', 'child'], range, {
  says: 'Discards the pages of a range at once (MADV_DONTNEED).',
  needs: ['discards'],
  weight: 2,
})

export const freeOperation = operation('free', ['parent', 'sibling', 'child'], range, {
  says: 'Lets reclaim discard the pages of a range while they stay clean (MADV_FREE).',
  needs: ['lazy'],
})

declare module '../operation-names.js' {
  interface ProcessOperations {
    dontneed: typeof dontneedOperation
    free: typeof freeOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof freeRoutine>, unknown> {}
}
