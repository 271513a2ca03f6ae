/** Page frames and swap slots, their counts and their sharing. Helpers; see tables.ts. */

import { mayChangeRmap, mayWrite } from '../locks.js'
import { NONE, PARENT, type State, UNMAPPED } from '../state.js'
import { removeVma, vmaAt } from '../vmas.js'
import {
  clearEntry,
  clearPmd,
  copyPte,
  firstPageOf,
  freeTable,
  hasTable,
  isEmpty,
  isShared,
  pmdOf,
  pteOf,
  setPte,
} from './tables.js'
import { dropAll } from './tlb.js'

/**
 * Takes a free frame, for one mapping. Which one the kernel would take does not matter, as no rule
 * looks at the number; taking the page's own spare first makes states equal that differ in numbers
 * only, and who finds one has looked at no frame of another page.
 * @returns NONE when there is none: the scenario's pool is too small, and using it is an error.
 */
export function takeFrame(s: State, page: number, value: number): number {
  const f = freeFrame(s, page)
  s.frame[f].refs = 1
  s.frame[f].maps = 1
  s.frame[f].value = value
  if (s.options.reuse === 'exclusive') s.frame[f].exclusive = true
  return f
}

/** A free frame, a spare of the page if there is one; or NONE. */
export function freeFrame(s: State, page: number): number {
  for (let f = page; f < s.geometry.frames; f += s.geometry.pages)
    if (s.frame[f].refs === 0) return f
  for (let f = 0; f < s.geometry.frames; f++) if (s.frame[f].refs === 0) return f
  return NONE
}

/** Drops one reference; the last one frees the frame. A free frame's content is nobody's. */
export function putFrame(s: State, f: number): void {
  const frame = s.frame[f]
  frame.refs--
  if (frame.refs > 0) return
  frame.value = UNMAPPED
  frame.exclusive = false
  frame.lazy = false
}

/** Drops one mapping, whose reference somebody goes on holding (page_remove_rmap). */
export function unmapFrame(s: State, f: number): void {
  s.frame[f].maps--
}

/** Empties an entry and drops what it counts for: a mapping and its reference, or a swap slot's. */
export function dropEntry(s: State, m: number, page: number): void {
  dropFromTable(s, pmdOf(s, m, page).table, page % s.geometry.pagesPerTable)
}

/** The same for an entry of a table, whoever uses that. */
export function dropFromTable(s: State, table: number, i: number): void {
  const pte = s.table[table].pte[i]
  if (pte.frame !== NONE && !pte.migrating) {
    if (pte.swapped) putSlot(s, pte.frame)
    else {
      unmapFrame(s, pte.frame)
      putFrame(s, pte.frame)
    }
  }
  clearEntry(s, table, i)
}

/**
 * One PTE less names a swap slot; the last one frees the slot and drops its frame from the swap
 * cache, unless reclaim has that locked and will see to it (free_swap_and_cache).
 */
export function putSlot(s: State, slot: number): void {
  s.frame[slot].refs--
  if (s.frame[slot].refs > 0) return
  s.frame[slot].value = UNMAPPED
  s.frame[slot].exclusive = false
  const cached = s.frame[slot].cache
  if (cached === NONE || s.frame[cached].lock !== NONE) return
  s.frame[slot].cache = NONE
  putFrame(s, cached)
}

/** A frame leaves the swap cache and gives up its slot, if no PTE names that (folio_free_swap). */
export function dropFromSwapCache(s: State, f: number): void {
  for (const slot of s.frame)
    if (slot.cache === f && slot.refs === 0) {
      slot.cache = NONE
      putFrame(s, f)
    }
}

/** How many PTEs name the swap slot that a frame is cached for (page_swapcount). */
export function swapCount(s: State, f: number): number {
  for (const slot of s.frame) if (slot.cache === f) return slot.refs
  return 0
}

/** May a write fault take this frame over instead of copying it? Three generations. */
export function mayReuse(s: State, f: number): boolean {
  const frame = s.frame[f]
  if (s.options.reuse === 'mapcount') return frame.maps + swapCount(s, f) === 1
  if (s.options.reuse === 'refcount') return frame.refs === 1
  return frame.exclusive || frame.refs === 1
}

/**
 * Must a write fault take the frame over? Where the decision is by the count of references, one
 * that somebody holds for a moment (a batch of the LRU list) makes the fault copy.
 */
export function mustReuse(s: State, f: number): boolean {
  return s.options.reuse === 'mapcount' ? mayReuse(s, f) : s.frame[f].exclusive
}

/** May a device write to this frame behind everybody's back (folio_maybe_dma_pinned)? */
export const isPinned = (s: State, f: number) => s.frame[f].pins > 0

/**
 * Shares one entry with a child, as fork does (copy_present_pte, copy_nonpresent_pte): a mapped
 * frame gets one more reference and is write-protected on both sides; a swap entry is duplicated; a
 * migration entry is made read-only on both sides, and the migration will put both right. An entry
 * that the child already has is left alone, one that the parent lacks is not invented.
 */
export function shareEntry(s: State, child: number, page: number): void {
  if (isEmpty(s, PARENT, page) || !isEmpty(s, child, page)) return
  pteOf(s, PARENT, page).writable = false
  const i = page % s.geometry.pagesPerTable
  copyEntry(s, pmdOf(s, PARENT, page).table, pmdOf(s, child, page).table, i)
}

/** Copies an entry into another table, read-only, and counts what it stands for. */
export function copyEntry(s: State, source: number, target: number, i: number): void {
  const from = s.table[source].pte[i]
  copyPte(s, source, target, i)
  s.table[target].pte[i].writable = false
  if (from.frame === NONE) return
  const shared = s.frame[from.frame]
  // Of a swap slot or a frame that is being migrated: the one entry that names it is exclusive.
  shared.exclusive = false
  if (from.migrating) return
  shared.refs++
  if (!from.swapped) shared.maps++
}

/**
 * Must the page be copied to the child now, because a device may go on writing to it, or is to read
 * what the parent writes from now on? Since 5.19 a page that is not exclusive is pinned by nobody
 * but GUP-fast, for a moment, and is not asked (page_try_dup_anon_rmap).
 */
export function mustCopyNow(s: State, page: number): boolean {
  const pte = pteOf(s, PARENT, page)
  if (pte.frame === NONE || pte.swapped || pte.migrating || !isPinned(s, pte.frame)) return false
  return s.options.reuse !== 'exclusive' || s.frame[pte.frame].exclusive
}

/**
 * Gives the child a copy of a pinned page; the parent's entry stays as it is (copy_present_page).
 */
export function copyPinned(s: State, child: number, page: number): void {
  if (pteOf(s, child, page).frame !== NONE) return
  const f = pteOf(s, PARENT, page).frame
  const copy = takeFrame(s, page, s.frame[f].value)
  setPte(s, child, page, copy, s.mm[child].vma[vmaAt(s, child, page)].writable)
  if (s.ghost.forked[child]) return
  s.ghost.memory[child][page] = s.ghost.memory[PARENT][page]
  s.ghost.lazy[child][page] = s.ghost.lazy[PARENT][page]
  s.ghost.copied[child][page] = true
}

/**
 * Frees everything an address space has: nobody can look at it any more (exit_mmap). A table that
 * others use too is only let go of, with all it maps, where its PMD entry is read-only and so says
 * that it may be shared. One behind a writable entry is emptied and freed, whoever else uses it.
 * The table of an entry that counts as bad is forgotten.
 */
export function tearDown(s: State, m: number): void {
  for (let slot = 0; slot < s.geometry.slots; slot++)
    if (isBadEntry(s, m, slot)) clearPmd(s, m, slot)
  for (let page = 0; page < s.geometry.pages; page++) {
    if (hasTable(s, m, page) && !isOnlyLetGo(s, m, page)) dropEntry(s, m, page)
    s.ghost.memory[m][page] = UNMAPPED
    s.ghost.lazy[m][page] = false
    s.ghost.copied[m][page] = false
  }
  for (let slot = 0; slot < s.geometry.slots; slot++)
    if (s.mm[m].pmd[slot].table !== NONE) {
      if (!isOnlyLetGo(s, m, firstPageOf(s, slot))) s.table[s.mm[m].pmd[slot].table].sharers = 0
      freeTable(s, m, slot)
    }
  for (let v = 0; v < s.geometry.vmas; v++) removeVma(s, m, v)
  s.mm[m].batched = NONE
  s.mm[m].mutex = NONE
  if (m === PARENT) s.device.page = NONE
  dropAll(s, m)
}

/** Is a PMD entry one that counts as bad in COW PTE: read-only, of a table that GUP has marked? */
export function isBadEntry(s: State, m: number, slot: number): boolean {
  const { table, writable, huge } = s.mm[m].pmd[slot]
  return table !== NONE && !writable && !huge && s.table[table].exclusive
}

/** Is the table of a page one that others use too, and does its PMD entry say that it may be? */
export const isOnlyLetGo = (s: State, m: number, page: number) =>
  isShared(s, pmdOf(s, m, page).table) && !pmdOf(s, m, page).writable

/**
 * May a user of an address space leave? The last one frees it, and for that needs its mmap_lock,
 * the spinlocks of its tables, and the end of walks of the reverse map (exit_mmap,
 * unlink_anon_vmas).
 */
export function mayPutMm(s: State, m: number): boolean {
  if (s.mm[m].users > 1) return true
  if (!mayChangeRmap(s)) return false
  for (const pmd of s.mm[m].pmd)
    if (pmd.table !== NONE && s.table[pmd.table].spinlock !== NONE) return false
  return mayWrite(s, m)
}

/** One user of an address space less (mmput); the last one frees it. */
export function putMm(s: State, m: number): void {
  s.mm[m].users--
  if (s.mm[m].users === 0) tearDown(s, m)
}
