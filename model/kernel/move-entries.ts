/** Moving entries inside of an address space (mm/mremap.c: move_ptes, move_normal_pmd). */
import { expectMoved } from '../ghosts.js'
import { clearPmd, clearPte, isUnlocked, pteOf, slotOf } from '../hardware/tables.js'
import { pmd } from '../state/mm.js'
import { pte } from '../state/table.js'
import { copying } from '../state/written.js'
import type { State } from '../state.js'
import { mmOf } from '../threads.js'
import { mayChangePte } from './zap.js'

/** Are the spinlocks of both places free, and has reclaim flushed what it has cleared? */
export const mayMove = (s: State, t: number, from: number, to: number) =>
  mayChangePte(s, mmOf(s, t), from) && isUnlocked(s, mmOf(s, t), to)

/** Copies a PMD entry to another slot. */
export const copyPmd = copying(pmd, (s, m: number, from: number, to: number) => [
  s.mm[m].pmd[slotOf(s, to)],
  s.mm[m].pmd[slotOf(s, from)],
])

/** Moves a PMD entry, RW bit and all. */
export function movePmd(s: State, m: number, from: number, to: number): void {
  copyPmd(s, m, from, to)
  clearPmd(s, m, slotOf(s, from))
}

/** Copies an entry, with all it says, to the place of another page. */
export const copyPteTo = copying(pte, (s, m: number, from: number, to: number) => [
  pteOf(s, m, to),
  pteOf(s, m, from),
])

/** Moves one entry, with all it says, between two tables of an address space. */
export function movePte(s: State, t: number, from: number, to: number): void {
  const m = mmOf(s, t)
  copyPteTo(s, m, from, to)
  clearPte(s, m, from)
  expectMoved(s, m, from, to)
}
