/** Words for the explanations of violated properties. Plain TypeScript, never compiled. */
import { NONE, PARENT, type State } from '../model/state.js'

/** A thread's name; `no thread` for NONE. */
export function threadName(s: State, t: number): string {
  return t === NONE ? 'no thread' : s.actor[t].name
}

/** A number of things: `1 pin`, `2 pins`. */
export function counted(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`
}

/** Whose an address space is. */
export function spaceName(m: number): string {
  if (m === PARENT) return 'parent'
  return m === 1 ? 'child' : 'second child'
}
