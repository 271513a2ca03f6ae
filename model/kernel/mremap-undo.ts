/**
 * mremap that has failed in the middle moves everything back, then unmaps the new place
 * (mm/mremap.c: move_vma). Under mmap_lock held for writing, like mremap itself.
 */
import { expectMoved } from '../ghosts.js'
import { hasTable } from '../hardware/tables.js'
import { flush, flushPage } from '../hardware/tlb.js'
import type { Step } from '../rule.js'
import type { State } from '../state.js'
import { mmOf, opOf } from '../threads.js'
import { isHole, mayMove, movedPage, movePmd, movePte } from './mremap.js'
import { unmapRange } from './munmap.js'

/** May the page before the thread's be moved back? */
export const mayMoveBack = (s: State, t: number) =>
  mayMove(s, t, movedPage(s, t) - 1, s.thread[t].page - 1)

/** Was the table of the page before the thread's moved in one piece? */
export const wasTableMoved = (s: State, t: number) =>
  !hasTable(s, mmOf(s, t), s.thread[t].page - 1) && hasTable(s, mmOf(s, t), movedPage(s, t) - 1)

export const mremapUndo: readonly Step[] = [
  {
    // One entry back to where it was, under both spinlocks, flushed.
    name: 'moveBack',
    at: 'mremap.undo',
    source: 'move_vma: move_page_tables the other way round',
    guard: (s, t) =>
      s.thread[t].page > opOf(s, t).page && !wasTableMoved(s, t) && mayMoveBack(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      me.page--
      if (!isHole(s, t)) movePte(s, t, movedPage(s, t), me.page)
      else expectMoved(s, mmOf(s, t), movedPage(s, t), me.page)
      flushPage(s, t, mmOf(s, t), movedPage(s, t), 'mremap.undo')
    },
  },
  {
    name: 'moveTableBack',
    at: 'mremap.undo',
    source: 'move_vma: move_page_tables the other way round, move_normal_pmd',
    guard: (s, t) => s.thread[t].page > opOf(s, t).page && wasTableMoved(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      for (let i = 0; i < s.geometry.pagesPerTable; i++) {
        me.page--
        expectMoved(s, m, movedPage(s, t), me.page)
      }
      movePmd(s, m, movedPage(s, t), me.page)
      flush(s, t, m, movedPage(s, t), movedPage(s, t) + s.geometry.pagesPerTable, 'mremap.undo')
    },
  },
  {
    name: 'moveUndone',
    at: 'mremap.undo',
    source: 'move_vma: do_vmi_munmap of the new range',
    guard: (s, t) => s.thread[t].page === opOf(s, t).page,
    effect: (s, t) => unmapRange(s, t, opOf(s, t).target, opOf(s, t).target + opOf(s, t).size),
  },
]
