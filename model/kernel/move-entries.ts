/** Moving entries inside of an address space (mm/mremap.c: move_ptes, move_normal_pmd). */
import { expectMoved } from '../ghosts.js'
import { clearPte, isUnlocked, pmdOf, pteOf } from '../hardware/tables.js'
import { NONE, type State } from '../state.js'
import { mmOf } from '../threads.js'
import { mayChangePte } from './zap.js'

/** Are the spinlocks of both places free, and has reclaim flushed what it has cleared? */
export const mayMove = (s: State, t: number, from: number, to: number) =>
  mayChangePte(s, mmOf(s, t), from) && isUnlocked(s, mmOf(s, t), to)

/** Moves a PMD entry, RW bit and all. */
export function movePmd(s: State, m: number, from: number, to: number): void {
  const source = pmdOf(s, m, from)
  const target = pmdOf(s, m, to)
  target.table = source.table
  target.writable = source.writable
  target.huge = source.huge
  source.table = NONE
  source.writable = false
  source.huge = false
}

/** Moves one entry, with all it says, between two tables of an address space. */
export function movePte(s: State, t: number, from: number, to: number): void {
  const m = mmOf(s, t)
  const source = pteOf(s, m, from)
  const target = pteOf(s, m, to)
  target.frame = source.frame
  target.writable = source.writable
  target.dirty = source.dirty
  target.swapped = source.swapped
  target.migrating = source.migrating
  target.hinted = source.hinted
  clearPte(s, m, from)
  expectMoved(s, m, from, to)
}
