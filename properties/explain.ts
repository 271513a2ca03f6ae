/** Words for the explanations of violated properties. Plain TypeScript, never compiled. */
import { NONE, PARENT, type State } from '../model/state.js'

/** A thread's name; `nobody` for NONE. */
export function threadName(s: State, t: number): string {
  return t === NONE ? 'nobody' : s.actor[t].name
}

/** Whose an address space is. */
export function spaceName(m: number): string {
  if (m === PARENT) return 'parent'
  return m === 1 ? 'child' : 'second child'
}
