/**
 * mremap (mm/mremap.c): a mapping grows or shrinks where it is, or moves elsewhere with its page
 * tables: whole tables where both ends allow it, else entry by entry. Under mmap_lock held for
 * writing. The operation's range is the old one, `size` the new length, `target` the new place.
 *
 * Entries are moved one at a time, each flushed before the spinlocks are dropped; the kernel moves
 * more of one table before it flushes, under the same locks.
 */
import { expectFresh, expectMoved } from '../ghosts.js'
import { hasTable, installTable, isUnlocked, slotOf, tableAt } from '../hardware/tables.js'
import { endBatched, flush, flushBatched, flushPage } from '../hardware/tlb.js'
import { lockRmap, mayChangeRmap, queueToWrite, startChanging, unlockRmap } from '../locks.js'
import { length, operation, range, rangeMisfit, target } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { begins, failCall, mmOf, opOf } from '../threads.js'
import {
  areAlike,
  copyVmaFlags,
  freeVma,
  removeVma,
  vmaAt,
  vmaBefore,
  vmaFrom,
  vmaIn,
} from '../vmas.js'
import { isQuiet } from './mmap.js'
import { mayMove, movePmd, movePte } from './move-entries.js'
import { unmapRange } from './munmap.js'
import { mustFlushBatched } from './zap.js'

/** The VMA that is to be resized or moved: it must hold all of the old range; or NONE. */
export function vmaToResize(s: State, t: number): number {
  const v = vmaAt(s, mmOf(s, t), opOf(s, t).page)
  if (v === NONE) return NONE
  return s.mm[mmOf(s, t)].vma[v].end < opOf(s, t).end ? NONE : v
}

/** Where the mapping ends afterwards, if it stays. */
export const newEnd = (s: State, t: number) => opOf(s, t).page + opOf(s, t).size

/** Does it stay and shrink? Does it stay, end with its VMA, and find room behind it to grow? */
export const shrinks = (s: State, t: number) =>
  opOf(s, t).target === NONE && newEnd(s, t) < opOf(s, t).end
export function growsInPlace(s: State, t: number): boolean {
  const op = opOf(s, t)
  if (op.target !== NONE || newEnd(s, t) <= op.end || newEnd(s, t) > s.geometry.pages) return false
  if (s.mm[mmOf(s, t)].vma[vmaToResize(s, t)].end !== op.end) return false
  return vmaIn(s, mmOf(s, t), op.end, newEnd(s, t)) === NONE
}

/** Does it move, to a place that is free? */
export function moves(s: State, t: number): boolean {
  const op = opOf(s, t)
  if (op.target === NONE) return false
  return vmaIn(s, mmOf(s, t), op.target, op.target + op.size) === NONE
}

/** The page of the new place that belongs to the page the thread is at. */
export const movedPage = (s: State, t: number) =>
  opOf(s, t).target + s.thread[t].page - opOf(s, t).page

/** A neighbour of the new place that is like the moved VMA, so that it may grow; or NONE. */
export function joinsBelow(s: State, t: number): number {
  const v = vmaBefore(s, mmOf(s, t), opOf(s, t).target)
  return v !== NONE && areAlike(s, mmOf(s, t), v, vmaToResize(s, t)) ? v : NONE
}
export function joinsAbove(s: State, t: number): number {
  const v = vmaFrom(s, mmOf(s, t), opOf(s, t).target + opOf(s, t).size)
  return v !== NONE && areAlike(s, mmOf(s, t), v, vmaToResize(s, t)) ? v : NONE
}

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

export const mremapRoutine = routine(
  'mremap',
  'Resizes a mapping or moves it, and moves it back if memory runs out.',
  {
    'mremap.find': ['writes'],
    'mremap.resize': ['writes'],
    'mremap.join': ['writes'],
    'mremap.merge': ['writes'],
    'mremap.table': ['writes'],
    'mremap.pte': ['writes'],
    'mremap.flushed': ['writes'],
    'mremap.moved': ['writes', 'spinsPage', 'spinsTarget'],
    'mremap.movedTable': ['writes', 'changesRmap'],
    'mremap.undo': ['writes'],
    'mremap.flushedBack': ['writes'],
    'mremap.movedBack': ['writes', 'spinsPage', 'spinsTarget'],
    'mremap.movedTableBack': ['writes', 'changesRmap'],
  },
)

export const mremap: readonly Step[] = [
  {
    name: 'mremap',
    at: 'user',
    source: 'mremap: mmap_write_lock_killable',
    guard: (s, t) => begins(s, t, 'mremap'),
    effect: (s, t) => queueToWrite(s, t, mmOf(s, t), 'mremap.find'),
  },
  {
    name: 'mremapRefused',
    at: 'mremap.find',
    to: 'call.unlock',
    source: 'vma_to_resize: -EFAULT',
    guard: (s, t) => vmaToResize(s, t) === NONE,
  },
  {
    name: 'mremapFinds',
    at: 'mremap.find',
    to: 'mremap.resize',
    source: 'vma_to_resize',
    guard: (s, t) => vmaToResize(s, t) !== NONE,
  },
  {
    name: 'mremapShrinks',
    at: 'mremap.resize',
    source: 'mremap: do_vmi_munmap of the tail',
    guard: (s, t) => shrinks(s, t),
    effect: (s, t) => unmapRange(s, t, newEnd(s, t), opOf(s, t).end),
  },
  {
    // Under mmap_lock for writing, with no fault in it: the VMA grows where it is, and is joined
    // with what it comes to touch.
    name: 'mremapGrows',
    at: 'mremap.resize',
    to: 'mremap.join',
    source: 'mremap: vma_expandable, vma_merge',
    guard: (s, t) => growsInPlace(s, t) && isQuiet(s, mmOf(s, t), vmaToResize(s, t)),
    effect: (s, t) => {
      const m = mmOf(s, t)
      const v = vmaToResize(s, t)
      startChanging(s, m, v)
      expectFresh(s, m, opOf(s, t).end, newEnd(s, t))
      s.mm[m].vma[v].end = newEnd(s, t)
    },
  },
  {
    name: 'mremapJoins',
    at: 'mremap.join',
    to: 'call.unlock',
    source: 'mremap: vma_merge with the next VMA',
    guard: (s, t) => isQuiet(s, mmOf(s, t), vmaFrom(s, mmOf(s, t), newEnd(s, t))),
    effect: (s, t) => {
      const m = mmOf(s, t)
      const v = vmaToResize(s, t)
      const next = vmaFrom(s, m, newEnd(s, t))
      if (next !== NONE && areAlike(s, m, v, next)) {
        s.mm[m].vma[v].end = s.mm[m].vma[next].end
        removeVma(s, m, next)
      }
    },
  },
  {
    name: 'mremapMoves',
    at: 'mremap.resize',
    to: 'mremap.merge',
    source: 'mremap: move_vma',
    guard: (s, t) => moves(s, t),
  },
  {
    name: 'mremapFindsNoRoom',
    at: 'mremap.resize',
    to: 'call.unlock',
    source: 'mremap: -ENOMEM, or nothing to do',
    guard: (s, t) => !shrinks(s, t) && !growsInPlace(s, t) && !moves(s, t),
  },
  {
    // Under mmap_lock for writing, with no fault in the VMAs that grow: the new place is mapped,
    // as part of its neighbours where they are alike.
    name: 'mremapCopiesVma',
    at: 'mremap.merge',
    to: 'mremap.table',
    source: 'copy_vma: vma_merge, or vm_area_dup; vma_start_write of the old VMA',
    allocates: ['vma'],
    guard: (s, t) =>
      isQuiet(s, mmOf(s, t), vmaToResize(s, t)) &&
      isQuiet(s, mmOf(s, t), joinsBelow(s, t)) &&
      isQuiet(s, mmOf(s, t), joinsAbove(s, t)),
    effect: (s, t) => {
      const m = mmOf(s, t)
      const old = vmaToResize(s, t)
      const lower = joinsBelow(s, t)
      const upper = joinsAbove(s, t)
      startChanging(s, m, old)
      if (lower !== NONE) {
        startChanging(s, m, lower)
        s.mm[m].vma[lower].end = opOf(s, t).target + opOf(s, t).size
        if (upper !== NONE) {
          s.mm[m].vma[lower].end = s.mm[m].vma[upper].end
          removeVma(s, m, upper)
        }
      } else if (upper !== NONE) {
        startChanging(s, m, upper)
        s.mm[m].vma[upper].start = opOf(s, t).target
      } else {
        const v = freeVma(s, m)
        s.mm[m].vma[v].start = opOf(s, t).target
        s.mm[m].vma[v].end = opOf(s, t).target + opOf(s, t).size
        copyVmaFlags(s, m, old, m, v)
        startChanging(s, m, v)
      }
      expectFresh(
        s,
        m,
        opOf(s, t).target + opOf(s, t).end - opOf(s, t).page,
        opOf(s, t).target + opOf(s, t).size,
      )
      s.thread[t].page = opOf(s, t).page
    },
  },
  {
    name: 'mremapVmaFails',
    at: 'mremap.merge',
    source: 'copy_vma: vm_area_dup, -ENOMEM',
    guard: (s, t) =>
      joinsBelow(s, t) === NONE && joinsAbove(s, t) === NONE && s.mayFail.vma && s.failuresLeft > 0,
    effect: (s, t) => failCall(s, t, 'call.unlock'),
  },
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

/** Without a new length it keeps the old one, without a target it stays in its place. */
export const mremapOperation = operation(
  'mremap',
  ['parent', 'sibling'],
  { ...range, size: length, target },
  {
    says: 'Shrinks, grows or moves a mapping.',
    needs: ({ target }) => (target === undefined ? [] : ['moves']),
    vmas: 3,
    weight: 2,
    mistake: ({ from, to, size = to - from, target }, room) => {
      if (target === undefined)
        return from + size <= room.pages ? null : `size ${size} reaches beyond page ${room.pages}`
      if (size < to - from) return 'a mapping that moves cannot shrink as well'
      const misfit = rangeMisfit({ from: target, to: target + size }, room)
      if (misfit) return `target: ${misfit}`
      return target < to && from < target + size ? 'target: overlaps the old place' : null
    },
    compiled: ({ from, to, size = to - from, target = NONE }) => ({ size, target }),
  },
)

declare module '../operation-names.js' {
  interface ProcessOperations {
    mremap: typeof mremapOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof mremapRoutine>, unknown> {}
}
