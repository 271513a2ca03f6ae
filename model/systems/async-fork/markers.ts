/**
 * What Async-fork adds to the machine's words: the RW marker on a PMD that says "not yet copied",
 * and the two-way pointer that says "some table of this VMA may be uncopied" (paper, marks on PMDs
 * and two-way pointer). Helpers, each called inside one step.
 */
import { firstPageOf, slotOf } from '../../hardware/tables.js'
import { NONE, PARENT, type State } from '../../state.js'
import { isWholeSlot, vmaAt, vmaId, vmaOfId } from '../../vmas.js'

/** Does the parent's PMD carry the marker? A huge entry that is read-only is no marker. */
export const isMarked = (s: State, slot: number) =>
  s.mm[PARENT].pmd[slot].table !== NONE &&
  !s.mm[PARENT].pmd[slot].writable &&
  !s.mm[PARENT].pmd[slot].huge

/** Is the parent's VMA tied to one of a child? */
export const isBound = (s: State, v: number) => s.mm[PARENT].vma[v].peer >= 0

/** Is a VMA, if there is one, tied to a child? */
export const isBoundVma = (s: State, v: number) => v !== NONE && isBound(s, v)

/** Must the table of this page of the parent be copied before it is changed? */
export function isUncopied(s: State, page: number): boolean {
  const v = vmaAt(s, PARENT, page)
  return s.mm[PARENT].peer !== NONE && isBoundVma(s, v) && isMarked(s, slotOf(s, page))
}

/** The child's end of a bound VMA of the parent: the VMA it is tied to. */
export const farVma = (s: State, v: number) => vmaOfId(s, s.mm[PARENT].vma[v].peer)

/** Ties a VMA of the parent and the same one of a child to each other. */
export function bindVmas(s: State, child: number, v: number): void {
  s.mm[PARENT].vma[v].peer = vmaId(s, child, v)
  s.mm[child].vma[v].peer = vmaId(s, PARENT, v)
}

/** The lowest marked slot wholly inside one of the parent's VMAs, or NONE. */
export function markedSlotIn(s: State, v: number): number {
  for (let slot = 0; slot < s.geometry.slots; slot++)
    if (isWholeSlot(s, PARENT, v, slot) && isMarked(s, slot)) return slot
  return NONE
}

/** Is the parent's VMA tied to this child? */
export const isBoundTo = (s: State, v: number, child: number) =>
  isBound(s, v) && Math.floor(s.mm[PARENT].vma[v].peer / s.geometry.vmas) === child

/** The parent's first VMA that is tied to a child, or NONE. */
export function firstBound(s: State, child: number): number {
  for (let v = 0; v < s.geometry.vmas; v++) if (isBoundTo(s, v, child)) return v
  return NONE
}

/** A slot of a VMA tied to a child that still carries the marker, or NONE. */
export function slotToUnmark(s: State, child: number): number {
  for (let v = 0; v < s.geometry.vmas; v++)
    if (isBoundTo(s, v, child) && markedSlotIn(s, v) !== NONE) return markedSlotIn(s, v)
  return NONE
}

/** Takes the marker off a slot. Permission is raised: no flush is needed. */
export function unmark(s: State, slot: number): void {
  s.mm[PARENT].pmd[slot].writable = true
}

/** Unties a pair of VMAs, the parent's given. */
export function untie(s: State, v: number): void {
  farVma(s, v).peer = NONE
  s.mm[PARENT].vma[v].peer = NONE
}

/** Is the slot behind the one a thread is at still inside a VMA? */
export const hasNextSlot = (s: State, m: number, v: number, slot: number) =>
  firstPageOf(s, slot + 1) < s.mm[m].vma[v].end
