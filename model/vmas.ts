/** VMAs: finding them, cutting and joining them. Helpers; see hardware/tables.ts. */
import { vma } from './state/mm.js'
import { comparing, copying, emptying } from './state/written.js'
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

/**
 * The VMA that has an address strictly inside, so that a range starting or ending there splits it.
 */
export function vmaAcross(s: State, m: number, page: number): number {
  for (let v = 0; v < s.geometry.vmas; v++)
    if (s.mm[m].vma[v].start < page && page < s.mm[m].vma[v].end) return v
  return NONE
}

/** A VMA with at least one page in a range, the lowest one, or NONE. */
export function vmaIn(s: State, m: number, from: number, to: number): number {
  if (from >= to) return NONE
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

/** The VMA that starts at a page, or NONE. */
export function vmaFrom(s: State, m: number, page: number): number {
  for (let v = 0; v < s.geometry.vmas; v++)
    if (isVma(s, m, v) && s.mm[m].vma[v].start === page) return v
  return NONE
}

/** A free VMA slot. */
export function freeVma(s: State, m: number): number {
  for (let v = 0; v < s.geometry.vmas; v++) if (!isVma(s, m, v)) return v
  return NONE
}

/** Makes a VMA empty, and its slot free. */
export const removeVma = emptying(vma, (s, m: number, v: number) => s.mm[m].vma[v])

/** Does the VMA of a page forbid every access (PROT_NONE)? */
export function isClosed(s: State, m: number, page: number): boolean {
  if (!s.uses.closing) return false
  const v = vmaAt(s, m, page)
  return v !== NONE && s.mm[m].vma[v].closed
}

/** Copies the flags of a VMA, all but its range, its pointer and its lock (vm_area_dup). */
export const copyVmaFlags = copying(
  vma,
  (s, m: number, v: number, to: number, w: number) => [s.mm[to].vma[w], s.mm[m].vma[v]],
  ({ vmFlag }) => vmFlag === true,
)

/** Are two VMAs alike but for their place, so that neighbours may be joined (can_vma_merge_*)? */
export const areAlike = comparing(
  vma,
  (s, m: number, v: number, w: number) => [s.mm[m].vma[v], s.mm[m].vma[w]],
  ({ vmFlag }) => vmFlag === true,
)

/** Does any VMA have a page in a PMD slot? */
export function slotInUse(s: State, m: number, slot: number): boolean {
  const first = slot * s.geometry.pagesPerTable
  return vmaIn(s, m, first, first + s.geometry.pagesPerTable) !== NONE
}

/** Is a PMD slot wholly inside one VMA? Only such a table can be left to the child. */
export const isWholeSlot = (s: State, m: number, v: number, slot: number) =>
  s.mm[m].vma[v].start <= slot * s.geometry.pagesPerTable &&
  (slot + 1) * s.geometry.pagesPerTable <= s.mm[m].vma[v].end

/** The number of a VMA in a two-way pointer: it names the address space as well. */
export const vmaId = (s: State, m: number, v: number) => m * s.geometry.vmas + v

/** The address space of a VMA named by a two-way pointer. */
export const mmOfId = (s: State, id: number) => Math.floor(id / s.geometry.vmas)

/** The VMA a two-way pointer names; only where it names one. */
export const vmaOfId = (s: State, id: number) => s.mm[mmOfId(s, id)].vma[id % s.geometry.vmas]
