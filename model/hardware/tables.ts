/**
 * Page tables as the hardware reads them, and the kernel's bookkeeping of tables. Helpers, not
 * steps: each is called inside one atomic step of a rule, and all are in the rules' vocabulary.
 */
import { pmd } from '../state/mm.js'
import { pte } from '../state/table.js'
import { copying, emptying } from '../state/written.js'
import { NONE, type State } from '../state.js'
import { isClosed } from '../vmas.js'

/** The PMD slot of a page. */
export const slotOf = (s: State, page: number) => Math.floor(page / s.geometry.pagesPerTable)

/** The first page of a PMD slot. */
export const firstPageOf = (s: State, slot: number) => slot * s.geometry.pagesPerTable

/** The PMD entry that translates a page. */
export const pmdOf = (s: State, m: number, page: number) => s.mm[m].pmd[slotOf(s, page)]

/** Has the address space a table for a page? */
export const hasTable = (s: State, m: number, page: number) => pmdOf(s, m, page).table !== NONE

/** The table of a page; only where there is one. */
export const tableAt = (s: State, m: number, page: number) => s.table[pmdOf(s, m, page).table]

/** The PTE of a page; only where its PMD has a table. */
export const pteOf = (s: State, m: number, page: number) =>
  tableAt(s, m, page).pte[page % s.geometry.pagesPerTable]

/** Is the PTE of a page there and empty, or is there no table for it? */
export const isEmpty = (s: State, m: number, page: number) =>
  !hasTable(s, m, page) || pteOf(s, m, page).frame === NONE

/** Does a PTE map a frame: is it neither empty nor a swap or migration entry? */
export function isPresent(s: State, m: number, page: number): boolean {
  if (!hasTable(s, m, page)) return false
  const pte = pteOf(s, m, page)
  return pte.frame !== NONE && !pte.swapped && !pte.migrating
}

/** The frame a page is mapped to, or NONE. */
export function frameOf(s: State, m: number, page: number): number {
  if (!isPresent(s, m, page)) return NONE
  return pteOf(s, m, page).frame
}

/** May the page tables be used for this access? Permission is the AND of all levels. */
export function permits(s: State, m: number, page: number, write: boolean): boolean {
  if (!isPresent(s, m, page)) return false
  const pmd = pmdOf(s, m, page)
  const pte = pteOf(s, m, page)
  if (pte.hinted) return false
  return !write || (pmd.writable && (pmd.huge || pte.writable))
}

/** Does the entry that maps a page itself let it be written to, whatever is above it? */
export function isWritable(s: State, m: number, page: number): boolean {
  const pmd = pmdOf(s, m, page)
  return pmd.huge ? pmd.writable : pteOf(s, m, page).writable
}

/** Is the spinlock of a page's table free, or is there no table? */
export function isUnlocked(s: State, m: number, page: number): boolean {
  return !hasTable(s, m, page) || tableAt(s, m, page).spinlock === NONE
}

/** Takes the spinlock of a page's table, to keep it until a flush has been answered. */
export function keepTableLock(s: State, t: number, m: number, page: number): void {
  s.thread[t].locked = pmdOf(s, m, page).table
  s.table[s.thread[t].locked].spinlock = t
}

/** Drops it. */
export function dropTableLock(s: State, t: number): void {
  s.table[s.thread[t].locked].spinlock = NONE
  s.thread[t].locked = NONE
}

/** Empties a PTE. What it counted for is the caller's business. */
export function clearPte(s: State, m: number, page: number): void {
  clearEntry(s, pmdOf(s, m, page).table, page % s.geometry.pagesPerTable)
}

/** Empties an entry of a table. */
export const clearEntry = emptying(pte, (s, table: number, i: number) => s.table[table].pte[i])

/** Copies an entry, with all it says, between tables; the same place in both. */
export const copyPte = copying(pte, (s, from: number, to: number, i: number) => [
  s.table[to].pte[i],
  s.table[from].pte[i],
])

/**
 * Maps a page to a frame whose reference and mapping have been counted. Its VMA decides whether the
 * CPU may use the entry at all (mk_pte with vm_page_prot).
 */
export function setPte(s: State, m: number, page: number, f: number, writable: boolean): void {
  clearPte(s, m, page)
  const pte = pteOf(s, m, page)
  pte.frame = f
  pte.writable = writable
  pte.dirty = writable && s.uses.lazy
  pte.hinted = isClosed(s, m, page)
}

/** Empties a PMD entry. What it counted for is the caller's business. */
export const clearPmd = emptying(pmd, (s, m: number, slot: number) => s.mm[m].pmd[slot])

/**
 * Takes a free table; which one the kernel would take does not matter, as no rule looks at the
 * number. Taking the slot's own makes states equal that differ in numbers only.
 */
export function takeTable(s: State, m: number, slot: number): number {
  let found = m * s.geometry.slots + slot
  if (s.table[found].used)
    for (let i = 0; i < s.geometry.tables; i++)
      if (!s.table[i].used) {
        found = i
        break
      }
  if (s.table[found].used) found = NONE
  s.table[found].used = true
  s.table[found].exclusive = false
  return found
}

/** Gives a PMD slot an empty table. */
export function installTable(s: State, m: number, slot: number): void {
  const pmd = s.mm[m].pmd[slot]
  pmd.table = takeTable(s, m, slot)
  pmd.writable = true
}

/** Does more than one PMD entry name a table? */
export const isShared = (s: State, table: number) => s.table[table].sharers > 0

/** Takes a table out of its PMD slot; the last one to do so frees it. Its entries must be gone. */
export function freeTable(s: State, m: number, slot: number): void {
  const pmd = s.mm[m].pmd[slot]
  if (isShared(s, pmd.table)) s.table[pmd.table].sharers--
  else s.table[pmd.table].used = false
  clearPmd(s, m, slot)
}
