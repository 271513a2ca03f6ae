/**
 * mremap that has failed in the middle moves everything back, then unmaps the new place
 * (mm/mremap.c: move_vma). Under mmap_lock held for writing, like mremap itself.
 */
import { expectMoved } from '../ghosts.js'
import { hasTable, isUnlocked, tableAt } from '../hardware/tables.js'
import { endBatched, flush, flushBatched, flushPage } from '../hardware/tlb.js'
import { lockRmap, mayChangeRmap, unlockRmap } from '../locks.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { mmOf, opOf } from '../threads.js'
import { mayMove, movePmd, movePte } from './move-entries.js'
import { movedPage } from './mremap.js'
import { isHole } from './mremap-move.js'
import { unmapRange } from './munmap.js'
import { mustFlushBatched } from './zap.js'

/** May the page before the thread's be moved back? */
export const mayMoveBack = (s: State, t: number) =>
  mayMove(s, t, movedPage(s, t) - 1, s.thread[t].page - 1)

/** Was the table of the page before the thread's moved in one piece? */
export const wasTableMoved = (s: State, t: number) =>
  !hasTable(s, mmOf(s, t), s.thread[t].page - 1) && hasTable(s, mmOf(s, t), movedPage(s, t) - 1)

/** Is there an entry to be moved back one by one, in a table whose flush reclaim still owes? */
export const mustFlushBefore = (s: State, t: number) =>
  s.thread[t].page > opOf(s, t).page &&
  hasTable(s, mmOf(s, t), movedPage(s, t) - 1) &&
  !wasTableMoved(s, t) &&
  mustFlushBatched(s, mmOf(s, t), movedPage(s, t) - 1)

export const mremapUndo: readonly Step[] = [
  {
    name: 'undoFlushesBatch',
    at: 'mremap.undo',
    source: 'move_ptes: pte_offset_map_lock, flush_tlb_batched_pending',
    guard: (s, t) => mustFlushBefore(s, t),
    effect: (s, t) => flushBatched(s, t, mmOf(s, t), movedPage(s, t) - 1, 'mremap.flushedBack'),
  },
  {
    name: 'undoFlushedBatch',
    at: 'mremap.flushedBack',
    to: 'mremap.undo',
    source: 'flush_tlb_batched_pending: atomic_cmpxchg of tlb_flush_batched',
    effect: (s, t) => {
      endBatched(s, t, mmOf(s, t))
    },
  },
  {
    // One entry back to where it was: both PTE locks are kept until every CPU has dropped the page.
    name: 'moveBack',
    at: 'mremap.undo',
    source: 'move_vma: move_page_tables the other way round',
    guard: (s, t) =>
      s.thread[t].page > opOf(s, t).page && !wasTableMoved(s, t) && mayMoveBack(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      me.page--
      if (isHole(s, t)) expectMoved(s, m, movedPage(s, t), me.page)
      else {
        movePte(s, t, movedPage(s, t), me.page)
        tableAt(s, m, me.page).spinlock = t
        tableAt(s, m, movedPage(s, t)).spinlock = t
        flushPage(s, t, m, movedPage(s, t), 'mremap.movedBack')
      }
    },
  },
  {
    name: 'movedBack',
    at: 'mremap.movedBack',
    to: 'mremap.undo',
    source: 'move_ptes: pte_unmap_unlock',
    effect: (s, t) => {
      const m = mmOf(s, t)
      tableAt(s, m, s.thread[t].page).spinlock = NONE
      tableAt(s, m, movedPage(s, t)).spinlock = NONE
    },
  },
  {
    name: 'moveTableBack',
    at: 'mremap.undo',
    source: 'move_vma: move_page_tables the other way round, move_normal_pmd',
    guard: (s, t) =>
      s.thread[t].page > opOf(s, t).page &&
      wasTableMoved(s, t) &&
      mayChangeRmap(s) &&
      isUnlocked(s, mmOf(s, t), movedPage(s, t) - 1),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      for (let i = 0; i < s.geometry.pagesPerTable; i++) {
        me.page--
        expectMoved(s, m, movedPage(s, t), me.page)
      }
      movePmd(s, m, movedPage(s, t), me.page)
      lockRmap(s, t)
      const first = movedPage(s, t)
      flush(s, t, m, first, first + s.geometry.pagesPerTable, 'mremap.movedTableBack')
    },
  },
  {
    name: 'movedTableBack',
    at: 'mremap.movedTableBack',
    to: 'mremap.undo',
    source: 'move_pgt_entry: drop_rmap_locks',
    effect: (s) => unlockRmap(s),
  },
  {
    name: 'moveUndone',
    at: 'mremap.undo',
    source: 'move_vma: do_vmi_munmap of the new range',
    guard: (s, t) => s.thread[t].page === opOf(s, t).page,
    effect: (s, t) => unmapRange(s, t, opOf(s, t).target, opOf(s, t).target + opOf(s, t).size),
  },
]
