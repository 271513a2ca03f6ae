/**
 * What Bytedance's kernel adds to the machine's words: a flag on the page of a PTE
 * table, beside the RW marker on the PMD above it, says "not yet copied", and the flag is the one
 * that counts; a one-way pointer leads from a VMA of the parent to the child's. Helpers, each
 * called inside one step.
 */
import { slotOf } from '../../hardware/tables.js'
import { NONE, PARENT, type State } from '../../state.js'
import { isVma, mmOfId, vmaAt } from '../../vmas.js'

/** Is there an ordinary table at a slot of the parent, with the flag on its page? */
export const isFlagged = (s: State, slot: number) =>
  s.mm[PARENT].pmd[slot].table !== NONE &&
  !s.mm[PARENT].pmd[slot].huge &&
  s.table[s.mm[PARENT].pmd[slot].table].flagged

/** Has the parent's VMA a child's that still lacks tables of it? */
export const hasChildVma = (s: State, v: number) => v !== NONE && s.mm[PARENT].vma[v].peer !== NONE

/** Must the table of this page of the parent be copied before it is changed? */
export const mustCopyFirst = (s: State, page: number) =>
  page < s.geometry.pages && isFlagged(s, slotOf(s, page)) && hasChildVma(s, vmaAt(s, PARENT, page))

/** The child that the parent's VMA has its pointer to; only where it has one. */
export const childOfVma = (s: State, v: number) => mmOfId(s, s.mm[PARENT].vma[v].peer)

/** A flagged slot of a VMA of the parent, or NONE. */
export function flaggedSlotIn(s: State, v: number): number {
  const vma = s.mm[PARENT].vma[v]
  for (let slot = 0; slot < s.geometry.slots; slot++) {
    const first = slot * s.geometry.pagesPerTable
    if (vma.start <= first && first < vma.end && isFlagged(s, slot)) return slot
  }
  return NONE
}

/** A VMA of the parent with a pointer to a child's, or NONE. */
export function pointingVma(s: State): number {
  for (let v = 0; v < s.geometry.vmas; v++) if (isVma(s, PARENT, v) && hasChildVma(s, v)) return v
  return NONE
}

/** A flagged slot of any of them, or NONE. */
export function flaggedSlot(s: State): number {
  for (let v = 0; v < s.geometry.vmas; v++)
    if (isVma(s, PARENT, v) && hasChildVma(s, v) && flaggedSlotIn(s, v) !== NONE)
      return flaggedSlotIn(s, v)
  return NONE
}

/** Neither address space knows of the other any more. */
export function unlinkMms(s: State, child: number): void {
  s.mm[PARENT].peer = NONE
  s.mm[child].peer = NONE
}

/** Takes marker and flag off a slot. Permission is raised: no flush is needed. */
export function restoreSlot(s: State, slot: number): void {
  s.mm[PARENT].pmd[slot].writable = true
  s.table[s.mm[PARENT].pmd[slot].table].flagged = false
}
