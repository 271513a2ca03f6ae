/**
 * PTE tables that several address spaces use at once: what On-demand-fork and COW PTE build on.
 * The count of a table is that of the PMD entries that name it. Helpers; see tables.ts.
 */
import { PARENT, type State } from '../state.js'
import { dropFromTable } from './frames.js'
import { hasTable, isShared, pmdOf } from './tables.js'

/** Do two address spaces use the table of a page? */
export const isSharedAt = (s: State, m: number, page: number) =>
  hasTable(s, m, page) && isShared(s, pmdOf(s, m, page).table)

/** Is the table of a page one that must not be written through: is its PMD entry read-only? */
export const isGuarded = (s: State, m: number, page: number) =>
  hasTable(s, m, page) && !pmdOf(s, m, page).writable && !pmdOf(s, m, page).huge

/** Gives a child the parent's PMD entry, as it is: no entry of the table is touched. */
export function shareTable(s: State, child: number, slot: number): void {
  const from = s.mm[PARENT].pmd[slot]
  const to = s.mm[child].pmd[slot]
  to.table = from.table
  to.writable = from.writable
  s.table[from.table].sharers++
}

/**
 * Drops one reference to a table that its PMD entry names no longer: the last one frees it, with
 * what its entries count for.
 */
export function putTable(s: State, table: number): void {
  if (isShared(s, table)) s.table[table].sharers--
  else {
    for (let i = 0; i < s.geometry.pagesPerTable; i++) dropFromTable(s, table, i)
    s.table[table].used = false
  }
}
