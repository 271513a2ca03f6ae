/** VMAs and the lock that protects them. Helpers, each called inside one step; see memory.ts. */
import { NONE, type State } from './state.js'

/** Does a VMA slot hold a VMA? */
export const isVma = (s: State, m: number, v: number) => s.mm[m].vma[v].start < s.mm[m].vma[v].end

/** The VMA a page lies in, or NONE (find_vma). */
export function vmaAt(s: State, m: number, page: number): number {
  for (let v = 0; v < s.geometry.vmas; v++)
    if (s.mm[m].vma[v].start <= page && page < s.mm[m].vma[v].end) return v
  return NONE
}

/** The first VMA that ends after a page, or NONE: how the kernel walks VMAs in address order. */
export function nextVma(s: State, m: number, page: number): number {
  let found = NONE
  for (let v = 0; v < s.geometry.vmas; v++)
    if (isVma(s, m, v) && s.mm[m].vma[v].end > page)
      if (found === NONE || s.mm[m].vma[v].start < s.mm[m].vma[found].start) found = v
  return found
}

/** The VMA that has an address strictly inside, so that a range starting or ending there splits it. */
export function vmaAcross(s: State, m: number, page: number): number {
  for (let v = 0; v < s.geometry.vmas; v++)
    if (s.mm[m].vma[v].start < page && page < s.mm[m].vma[v].end) return v
  return NONE
}

/** A VMA with at least one page in a range, the lowest one, or NONE. */
export function vmaIn(s: State, m: number, from: number, to: number): number {
  const v = nextVma(s, m, from)
  if (v === NONE) return NONE
  return s.mm[m].vma[v].start < to ? v : NONE
}

/** The VMA that ends where a page begins, or NONE. */
export function vmaBefore(s: State, m: number, page: number): number {
  for (let v = 0; v < s.geometry.vmas; v++)
    if (isVma(s, m, v) && s.mm[m].vma[v].end === page) return v
  return NONE
}

/** A free VMA slot. */
export function freeVma(s: State, m: number): number {
  for (let v = 0; v < s.geometry.vmas; v++) if (!isVma(s, m, v)) return v
  return NONE
}

/** Makes a VMA empty, and its slot free. */
export function removeVma(s: State, m: number, v: number): void {
  const vma = s.mm[m].vma[v]
  vma.start = 0
  vma.end = 0
  vma.writable = false
  vma.peer = NONE
}

/** Cuts a VMA in two at an address; the upper part goes to a free slot (__split_vma). */
export function splitVma(s: State, m: number, v: number, at: number): void {
  const upper = freeVma(s, m)
  const lowerVma = s.mm[m].vma[v]
  const upperVma = s.mm[m].vma[upper]
  upperVma.start = at
  upperVma.end = lowerVma.end
  upperVma.writable = lowerVma.writable
  upperVma.peer = lowerVma.peer
  lowerVma.end = at
}

/** Does any VMA have a page in a PMD slot? */
export function slotInUse(s: State, m: number, slot: number): boolean {
  const first = slot * s.geometry.pagesPerTable
  return vmaIn(s, m, first, first + s.geometry.pagesPerTable) !== NONE
}

/** Is a PMD slot wholly inside one VMA? Only such a table can be left to the child (facts 4.1). */
export const isWholeSlot = (s: State, m: number, v: number, slot: number) =>
  s.mm[m].vma[v].start <= slot * s.geometry.pagesPerTable &&
  (slot + 1) * s.geometry.pagesPerTable <= s.mm[m].vma[v].end

/** Is an mmap_lock free for a writer? */
export function mayWriteLock(s: State, m: number): boolean {
  if (s.mm[m].lock.writer !== NONE) return false
  for (const reads of s.mm[m].lock.readers) if (reads) return false
  return true
}
