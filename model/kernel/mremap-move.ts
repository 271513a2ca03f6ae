/**
 * mremap moves its pages (mm/mremap.c: move_page_tables): whole tables where both ends allow it,
 * else entry by entry. Under mmap_lock held for writing, like mremap itself.
 *
 * Entries are moved one at a time, each flushed before the spinlocks are dropped; the kernel moves
 * more of one table before it flushes, under the same locks.
 */
import { expectMoved } from '../ghosts.js'
import { hasTable, installTable, isUnlocked, slotOf, tableAt } from '../hardware/tables.js'
import { endBatched, flush, flushBatched, flushPage } from '../hardware/tlb.js'
import { lockRmap, mayChangeRmap, unlockRmap } from '../locks.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { failCall, mmOf, opOf } from '../threads.js'
import { mayMove, movePmd, movePte } from './move-entries.js'
import { movedPage } from './mremap.js'
import { unmapRange } from './munmap.js'
import { mustFlushBatched } from './zap.js'

/** Can a whole table be moved: do both places begin with one, and is the new one free? */
export function movesTable(s: State, t: number): boolean {
  const m = mmOf(s, t)
  const page = s.thread[t].page
  const size = s.geometry.pagesPerTable
  if (page % size !== 0 || movedPage(s, t) % size !== 0) return false
  if (page + size > opOf(s, t).end || !hasTable(s, m, page)) return false
  return !hasTable(s, m, movedPage(s, t))
}

/** Is there a next page to be moved? */
export const hasPage = (s: State, t: number) => s.thread[t].page < opOf(s, t).end

/** Is there nothing to move at the thread's page, because its table is missing? */
export const isHole = (s: State, t: number) => !hasTable(s, mmOf(s, t), s.thread[t].page)

export const mremapMove: readonly Step[] = [
  {
    // Nothing is mapped below this PMD; the page goes on being untouched at its new place.
    name: 'moveHole',
    at: 'mremap.table',
    source: 'move_page_tables: get_old_pmd is null',
    guard: (s, t) => hasPage(s, t) && isHole(s, t),
    effect: (s, t) => {
      expectMoved(s, mmOf(s, t), s.thread[t].page, movedPage(s, t))
      s.thread[t].page++
    },
  },
  {
    // Under both pmd locks and the lock of the reverse map, kept until every CPU has dropped the
    // old range: the entry itself moves, with its RW bit. All other takers of a pmd lock hold
    // mmap_lock, so the pmd locks need no variable.
    name: 'moveTable',
    at: 'mremap.table',
    source: 'move_pgt_entry: take_rmap_locks; move_normal_pmd: flush_tlb_range',
    guard: (s, t) =>
      mayChangeRmap(s) &&
      hasPage(s, t) &&
      movesTable(s, t) &&
      isUnlocked(s, mmOf(s, t), s.thread[t].page),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      const first = me.page
      movePmd(s, m, me.page, movedPage(s, t))
      for (let i = 0; i < s.geometry.pagesPerTable; i++) {
        expectMoved(s, m, me.page, movedPage(s, t))
        me.page++
      }
      lockRmap(s, t)
      flush(s, t, m, first, first + s.geometry.pagesPerTable, 'mremap.movedTable')
    },
  },
  {
    name: 'movedTable',
    at: 'mremap.movedTable',
    to: 'mremap.table',
    source: 'move_pgt_entry: drop_rmap_locks',
    effect: (s) => unlockRmap(s),
  },
  {
    // Both ends share no whole table: entries will move one by one, into a table that is there or
    // is installed now, under the pmd lock.
    name: 'moveEntersTable',
    at: 'mremap.table',
    to: 'mremap.pte',
    source: 'move_page_tables: pte_alloc, move_ptes',
    allocates: ['moveTable'],
    guard: (s, t) => hasPage(s, t) && !isHole(s, t) && !movesTable(s, t),
    effect: (s, t) => {
      const m = mmOf(s, t)
      if (!hasTable(s, m, movedPage(s, t))) installTable(s, m, slotOf(s, movedPage(s, t)))
    },
  },
  {
    name: 'moveFails',
    at: 'mremap.table',
    source: 'move_page_tables: pte_alloc, -ENOMEM; move_vma moves everything back',
    guard: (s, t) =>
      hasPage(s, t) &&
      !isHole(s, t) &&
      !movesTable(s, t) &&
      !hasTable(s, mmOf(s, t), movedPage(s, t)) &&
      s.mayFail.moveTable &&
      s.failuresLeft > 0,
    effect: (s, t) => failCall(s, t, 'mremap.undo'),
  },
  {
    // The PTE lock is taken, and kept until every CPU has answered: reclaim owes a flush.
    name: 'moveFlushesBatch',
    at: 'mremap.pte',
    source: 'move_ptes: pte_offset_map_lock, flush_tlb_batched_pending',
    guard: (s, t) => mustFlushBatched(s, mmOf(s, t), s.thread[t].page),
    effect: (s, t) => flushBatched(s, t, mmOf(s, t), s.thread[t].page, 'mremap.flushed'),
  },
  {
    name: 'moveFlushedBatch',
    at: 'mremap.flushed',
    to: 'mremap.pte',
    source: 'flush_tlb_batched_pending: atomic_cmpxchg of tlb_flush_batched',
    effect: (s, t) => {
      endBatched(s, t, mmOf(s, t))
    },
  },
  {
    // Both PTE locks are taken, and kept until every CPU has dropped the page.
    name: 'movePage',
    at: 'mremap.pte',
    source: 'move_ptes: ptep_get_and_clear, set_pte_at, flush_tlb_range',
    guard: (s, t) => mayMove(s, t, s.thread[t].page, movedPage(s, t)),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      movePte(s, t, me.page, movedPage(s, t))
      tableAt(s, m, me.page).spinlock = t
      tableAt(s, m, movedPage(s, t)).spinlock = t
      flushPage(s, t, m, me.page, 'mremap.moved')
    },
  },
  {
    name: 'movedPage',
    at: 'mremap.moved',
    to: 'mremap.table',
    source: 'move_ptes: pte_unmap_unlock',
    effect: (s, t) => {
      const me = s.thread[t]
      tableAt(s, mmOf(s, t), me.page).spinlock = NONE
      tableAt(s, mmOf(s, t), movedPage(s, t)).spinlock = NONE
      me.page++
    },
  },
  {
    // All is at the new place; the old one is unmapped.
    name: 'moveDone',
    at: 'mremap.table',
    source: 'move_vma: do_vmi_munmap of the old range',
    guard: (s, t) => !hasPage(s, t),
    effect: (s, t) => unmapRange(s, t, opOf(s, t).page, opOf(s, t).end),
  },
]
