/**
 * Huge PMD entries: one entry maps all pages of its slot, with one permission for all. Its
 * deposited table holds the frames, so that it can be split at any time. Helpers; see tables.ts.
 */
import { NONE, PARENT, type State } from '../state.js'
import { isPinned } from './frames.js'
import { firstPageOf, setPte, takeTable } from './tables.js'

/**
 * Has the CPU noted a store to a huge page? There is one dirty bit for all its pages; the model
 * keeps it in the entry of the page that was written to.
 */
export function isDirtyHuge(s: State, table: number): boolean {
  for (const pte of s.table[table].pte) if (pte.dirty) return true
  return false
}

/**
 * Makes a huge PMD entry an ordinary one, with the same frames; each entry takes over the dirty bit
 * and is as open as the huge one was (__split_huge_pmd_locked: pmd_dirty, mk_pte, SetPageDirty).
 */
export function splitHuge(s: State, m: number, slot: number): void {
  const pmd = s.mm[m].pmd[slot]
  const writable = pmd.writable
  const dirty = isDirtyHuge(s, pmd.table)
  pmd.huge = false
  pmd.writable = true
  for (let i = 0; i < s.geometry.pagesPerTable; i++) {
    const page = firstPageOf(s, slot) + i
    const hinted = s.table[pmd.table].pte[i].hinted
    setPte(s, m, page, s.table[pmd.table].pte[i].frame, writable)
    s.table[pmd.table].pte[i].dirty = dirty
    s.table[pmd.table].pte[i].hinted = hinted
  }
}

/** May a device write to some part of a huge page? */
export function isPinnedHuge(s: State, m: number, slot: number): boolean {
  for (const pte of s.table[s.mm[m].pmd[slot].table].pte) if (isPinned(s, pte.frame)) return true
  return false
}

/**
 * Shares a huge page with a child, write-protected on both sides, as dirty as it is
 * (copy_huge_pmd).
 */
export function shareHuge(s: State, child: number, slot: number): void {
  const from = s.mm[PARENT].pmd[slot]
  const to = s.mm[child].pmd[slot]
  if (to.table !== NONE) return
  to.table = takeTable(s, child, slot)
  to.huge = true
  to.writable = false
  from.writable = false
  for (let i = 0; i < s.geometry.pagesPerTable; i++) {
    const f = s.table[from.table].pte[i].frame
    s.table[to.table].pte[i].frame = f
    s.table[to.table].pte[i].dirty = s.table[from.table].pte[i].dirty
    s.table[to.table].pte[i].hinted = s.table[from.table].pte[i].hinted
    s.frame[f].refs++
    s.frame[f].maps++
    s.frame[f].exclusive = false
  }
}
