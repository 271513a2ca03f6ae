/** What threads have in common: their programs and registers. Helpers; see memory.ts. */
import { CHILD, NONE, type State } from './state.js'

/** The operation a thread is at. */
export const opOf = (s: State, t: number) => s.actor[t].program[s.thread[t].next]

/** The address space a thread runs in. */
export const mmOf = (s: State, t: number) => s.actor[t].mm

/** Is the thread one of the child's? */
export const isChild = (s: State, t: number) => s.actor[t].mm === CHILD

/** Puts the registers a thread needs only while it is in the kernel at rest. */
export function rest(s: State, t: number): void {
  const me = s.thread[t]
  me.vma = 0
  me.slot = 0
  me.entry = 0
  me.frame = NONE
  me.copy = 0
  me.back = 'user'
  me.whole = false
}

/** Back to user mode, to try the same instruction again. */
export function resume(s: State, t: number): void {
  rest(s, t)
  s.thread[t].pc = 'user'
}

/** Back to user mode, at the next operation of the program. */
export function finish(s: State, t: number): void {
  resume(s, t)
  s.thread[t].next++
  s.thread[t].page = s.geometry.pages
}

/** Notes that an allocation failed and uses up one of the scenario's failures. */
export function fail(s: State): void {
  s.failuresLeft--
}
