/**
 * The registers of a thread as they are seen from one page table. A thread that works at the spot,
 * or on what all tables share, is seen as it is. One whose operation has nothing to do with the
 * spot is seen by the lock it holds. One that is just busy with another table is seen at the place
 * that the environment names.
 */
import type { Thread } from '../model/state/thread.js'
import type { Stage } from './positions.js'
import { endOf, mapPage, spotOf } from './positions.js'

/** Registers as they are stored: places and truths are numbers too. */
type Stored<T> = { -readonly [R in keyof T]: T[R] extends readonly unknown[] ? number[] : number }

/** The registers of one thread. Its flush is stored in three variables. */
export type Registers = Stored<Omit<Thread, 'flush' | 'batch'>> &
  Record<'flushMm' | 'flushFrom' | 'flushTo', number>

/** Forgets what a thread holds of a table that is not seen. */
export function forgetTable(me: Registers): void {
  me.frame = -1
  me.other = -1
  me.table = -1
  me.copy = 0
  me.entry = 0
}

/** Forgets a flush: it is of pages that are not seen, or over. */
export function forgetFlush(me: Registers, user: number): void {
  me.after = user
  me.asked.fill(0)
  me.flushMm = 0
  me.flushFrom = 0
  me.flushTo = 0
}

/** Forgets the operation: which one it is and its range. */
export function forgetOperation(me: Registers, none: number, user: number): void {
  me.page = none
  me.from = 0
  me.to = 0
  me.wants = 0
  me.onward = user
}

/** The range a walk works on and where it is in it, in the numbers of another stage. */
export function mapWalk(me: Registers, from: Stage, to: Stage): void {
  const here = spotOf(from)
  const there = spotOf(to)
  const atEnd = me.to > 0 && me.page === me.to
  const end = endOf(to)
  if (me.to > 0) me.to = me.to >= here.to ? end : there.from + me.to - here.from
  me.from = me.from <= here.from ? 0 : there.from + me.from - here.from
  me.page = atEnd ? me.to : mapPage(me.page, from, to)
}
