/** What threads have in common: their programs and registers. Helpers; see hardware/tables.ts. */
import { thread } from './state/thread.js'
import { emptying } from './state/written.js'
import { NONE, type Place, type State } from './state.js'

/** The operation a thread is at. */
export const opOf = (s: State, t: number) => s.actor[t].program[s.thread[t].next]

/** The address space a thread runs in; NONE for a thread of the kernel. */
export const mmOf = (s: State, t: number) => s.actor[t].mm

/** Is the thread one of a snapshot child's? */
export const isChild = (s: State, t: number) => s.actor[t].mm > 0

/**
 * Is the thread about to begin this operation? One with SIGKILL pending begins none, and one that
 * comes back from fork gives the allocator's lock back first.
 */
export const begins = (s: State, t: number, name: string) =>
  opOf(s, t).do === name &&
  !(mmOf(s, t) !== NONE && (s.mm[mmOf(s, t)].killed || s.mm[mmOf(s, t)].mutex === t))

/** Puts the registers a thread needs only while it is in the kernel at rest. */
export const rest = emptying(thread, (s, t: number) => s.thread[t])

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

/** Notes that an allocation failed: it uses up one of the scenario's failures, unless they last. */
export function fail(s: State): void {
  if (!s.failuresLast) s.failuresLeft--
}

/** A system call or an access finds no memory: it fails and goes on at a place. */
export function failCall(s: State, t: number, then: Place): void {
  fail(s)
  s.ghost.failed.call = true
  s.thread[t].noMemory = true
  s.thread[t].pc = then
}
