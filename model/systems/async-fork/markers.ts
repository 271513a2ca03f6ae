/**
 * What Async-fork adds to the machine's words: the RW marker on a PMD that says "not yet copied",
 * and the two-way pointer that says "some table of this VMA may be uncopied" (paper 3.2, 3.6 as
 * told in protocol facts). Helpers, each called inside one step.
 */
import { firstPageOf, slotOf } from '../../memory.js'
import { NONE, PARENT, type State } from '../../state.js'
import { isWholeSlot, vmaAt } from '../../vmas.js'

/** Does the parent's PMD carry the marker? */
export const isMarked = (s: State, slot: number) =>
  s.mm[PARENT].pmd[slot].table !== NONE && !s.mm[PARENT].pmd[slot].writable

/** Is the parent's VMA tied to one of the child? */
export const isBound = (s: State, v: number) => s.mm[PARENT].vma[v].peer >= 0

/** Must the table of this page of the parent be copied before it is changed? */
export function isUncopied(s: State, page: number): boolean {
  const v = vmaAt(s, PARENT, page)
  return s.bound && v !== NONE && isBound(s, v) && isMarked(s, slotOf(s, page))
}

/** The lowest marked slot wholly inside one of the parent's VMAs, or NONE. */
export function markedSlotIn(s: State, v: number): number {
  for (let slot = 0; slot < s.geometry.slots; slot++)
    if (isWholeSlot(s, PARENT, v, slot) && isMarked(s, slot)) return slot
  return NONE
}

/** The parent's first bound VMA, or NONE. */
export function firstBound(s: State): number {
  for (let v = 0; v < s.geometry.vmas; v++) if (isBound(s, v)) return v
  return NONE
}

/** A slot of a bound VMA that still carries the marker, or NONE. */
export function slotToUnmark(s: State): number {
  for (let v = 0; v < s.geometry.vmas; v++)
    if (isBound(s, v) && markedSlotIn(s, v) !== NONE) return markedSlotIn(s, v)
  return NONE
}

/** Is the slot behind the one a thread is at still inside a VMA? */
export const hasNextSlot = (s: State, m: number, v: number, slot: number) =>
  firstPageOf(s, slot + 1) < s.mm[m].vma[v].end
