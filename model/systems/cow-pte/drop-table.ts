/**
 * Removing pages: whatever part of a shared table they are, the whole table is let go of, and
 * nothing is flushed (mm/memory.c: zap_pmd_range, zap_cow_pte). No lock is held: the
 * reference goes first, and then the PMD entry, whatever that names by now.
 */
import { expectZeros } from '../../ghosts.js'
import { clearPmd, firstPageOf, isShared, pmdOf, slotOf } from '../../hardware/tables.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Step } from '../../rule.js'
import { NONE, type State } from '../../state.js'
import { slotInUse } from '../../vmas.js'
import { isInCowTable } from './break-table.js'

/** Is the page a thread is to remove in a shared table? */
export const removesFromCow = (s: State, t: number) =>
  s.thread[t].page < s.thread[t].to && isInCowTable(s, t)

/** Is it the first one of a shared table that no VMA needs any more (repairs)? */
export function dropsCowTable(s: State, t: number): boolean {
  const me = s.thread[t]
  if (me.page >= me.to || !isInCowTable(s, t)) return false
  const slot = slotOf(s, me.page)
  return me.page === firstPageOf(s, slot) && !slotInUse(s, spaceOf(s, t), slot)
}

/** The table of the page the thread is to remove. */
export const droppedTable = (s: State, t: number) => pmdOf(s, spaceOf(s, t), s.thread[t].page).table

export const dropping: readonly Step[] = [
  {
    // An atomic count: others use it still.
    name: 'cowDrops',
    at: 'cow.drop',
    to: 'cow.unhook',
    source: 'zap_cow_pte: pmd_put_pte',
    guard: (s, t) => isInCowTable(s, t) && isShared(s, droppedTable(s, t)),
    effect: (s, t) => {
      s.thread[t].seen = droppedTable(s, t)
      s.table[droppedTable(s, t)].sharers--
    },
  },
  {
    // The PMD entry of all its pages is cleared.
    name: 'cowUnhooks',
    at: 'cow.unhook',
    to: 'zap.table',
    source: 'zap_cow_pte: pmd_clear',
    effect: (s, t) => {
      const me = s.thread[t]
      const m = spaceOf(s, t)
      const end = Math.min(me.to, firstPageOf(s, slotOf(s, me.page) + 1))
      clearPmd(s, m, slotOf(s, me.page))
      for (let page = 0; page < s.geometry.pages; page++)
        if (me.page <= page && page < end) expectZeros(s, m, page)
      me.seen = NONE
      me.slot = 0
      me.page = end
    },
  },
  {
    // It was the last one: the table is its own again, and is emptied like any other.
    name: 'cowDropsLast',
    at: 'cow.drop',
    to: 'zap.table',
    source: 'zap_cow_pte: pmd_put_pte with reuse, cow_pte_fallback',
    guard: (s, t) => isInCowTable(s, t) && !isShared(s, droppedTable(s, t)),
    effect: (s, t) => {
      pmdOf(s, spaceOf(s, t), s.thread[t].page).writable = true
      s.thread[t].slot = 0
    },
  },
  {
    name: 'cowDropsNothing',
    at: 'cow.drop',
    to: 'zap.table',
    source: 'is_pte_table_cowing: the entry is empty or writable by now',
    guard: (s, t) => !isInCowTable(s, t),
    effect: (s, t) => {
      s.thread[t].slot = 0
    },
  },
]
