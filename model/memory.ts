/**
 * The hardware and its bookkeeping: page tables, frames, TLBs. Helpers, not steps: each is called
 * inside one atomic step of a rule. All of them are in the rules' vocabulary by their names.
 */
import { CHILD, NONE, PARENT, type State, UNMAPPED } from './state.js'

/** The PMD slot of a page. */
export const slotOf = (s: State, page: number) => Math.floor(page / s.geometry.pagesPerTable)

/** The first page of a PMD slot. */
export const firstPageOf = (s: State, slot: number) => slot * s.geometry.pagesPerTable

/** The PMD entry that translates a page. */
export const pmdOf = (s: State, m: number, page: number) => s.mm[m].pmd[slotOf(s, page)]

/** The PTE of a page; only where its PMD has a table. */
export const pteOf = (s: State, m: number, page: number) =>
  s.table[s.mm[m].pmd[slotOf(s, page)].table].pte[page % s.geometry.pagesPerTable]

/** The frame a page is mapped to, or NONE. */
export function frameOf(s: State, m: number, page: number): number {
  if (pmdOf(s, m, page).table === NONE) return NONE
  return pteOf(s, m, page).frame
}

/** May the page tables be used for this access? Permission is the AND of all levels (facts 1.1). */
export function permits(s: State, m: number, page: number, write: boolean): boolean {
  if (frameOf(s, m, page) === NONE) return false
  return !write || (pmdOf(s, m, page).writable && pteOf(s, m, page).writable)
}

/**
 * Takes a free frame. Which one the kernel would take does not matter, as no rule looks at the
 * number; taking the page's own spare first makes states equal that differ in numbers only.
 * @returns NONE when there is none: the scenario's pool is too small, and using it is an error.
 */
export function takeFrame(s: State, page: number, value: number): number {
  let found = NONE
  for (let f = 0; f < s.geometry.frames; f++) {
    const own = f % s.geometry.pages === page
    if (s.frame[f].refs === 0 && (own || found === NONE)) {
      found = f
      if (own) break
    }
  }
  s.frame[found].refs = 1
  s.frame[found].value = value
  return found
}

/** Drops one reference; the last one frees the frame. A free frame's content is nobody's. */
export function putFrame(s: State, f: number): void {
  s.frame[f].refs--
  if (s.frame[f].refs === 0) s.frame[f].value = UNMAPPED
}

/** Gives a PMD slot an empty table: its own if that is free, as with frames. */
export function installTable(s: State, m: number, slot: number): void {
  let found = m * s.geometry.slots + slot
  if (s.table[found].used)
    for (let i = 0; i < s.geometry.tables; i++)
      if (!s.table[i].used) {
        found = i
        break
      }
  if (s.table[found].used) found = NONE
  s.table[found].used = true
  s.mm[m].pmd[slot].table = found
  s.mm[m].pmd[slot].writable = true
}

/** Takes a table out of its PMD slot and frees it. Its entries must be gone. */
export function freeTable(s: State, m: number, slot: number): void {
  s.table[s.mm[m].pmd[slot].table].used = false
  s.mm[m].pmd[slot].table = NONE
  s.mm[m].pmd[slot].writable = false
}

/** Flushes one page on all CPUs that run threads of an address space. */
export function flushPage(s: State, m: number, page: number): void {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm === m) {
      s.cpu[t].tlb[page].frame = NONE
      s.cpu[t].tlb[page].writable = false
    }
}

/** Flushes all pages on all CPUs that run threads of an address space (flush_tlb_mm). */
export function flushAll(s: State, m: number): void {
  for (let page = 0; page < s.geometry.pages; page++) flushPage(s, m, page)
}

/**
 * Shares one page with the child, as fork does for a present PTE: one more reference, the parent's
 * entry write-protected, the child's installed read-only (copy_present_pte; facts D4, S5).
 * An entry that the child already has is left alone, one that the parent lacks is not invented.
 */
export function shareEntry(s: State, page: number): void {
  const from = pteOf(s, PARENT, page)
  const to = pteOf(s, CHILD, page)
  if (from.frame === NONE || to.frame !== NONE) return
  s.frame[from.frame].refs++
  from.writable = false
  to.frame = from.frame
  to.writable = false
}

/** Frees everything an address space has: nobody can look at it any more (exit_mmap). */
export function tearDown(s: State, m: number): void {
  for (let slot = 0; slot < s.geometry.slots; slot++)
    if (s.mm[m].pmd[slot].table !== NONE) {
      for (const pte of s.table[s.mm[m].pmd[slot].table].pte)
        if (pte.frame !== NONE) {
          putFrame(s, pte.frame)
          pte.frame = NONE
          pte.writable = false
        }
      freeTable(s, m, slot)
    }
  for (const vma of s.mm[m].vma) {
    vma.start = 0
    vma.end = 0
    vma.writable = false
    vma.peer = NONE
  }
  flushAll(s, m)
  for (let page = 0; page < s.geometry.pages; page++)
    if (m === CHILD) s.ghost.child[page] = UNMAPPED
    else s.ghost.parent[page] = UNMAPPED
}

/** One user of an address space less (mmput); the last one frees it. */
export function putMm(s: State, m: number): void {
  s.mm[m].users--
  if (s.mm[m].users === 0) tearDown(s, m)
}

/** Has a thread removed this frame from the page table without having flushed and freed it yet? */
export function beingZapped(s: State, f: number): boolean {
  for (const thread of s.thread) if (thread.pc === 'zap.flush' && thread.frame === f) return true
  return false
}
