/** Words for the explanations of violated properties. Plain TypeScript, never compiled. */
import { NONE, PARENT, type State, UNMAPPED, ZEROS } from '../model/state.js'

/** A page content in words: `a frame's content at first`, or whose write it was. */
export function content(s: State, value: number): string {
  if (value === UNMAPPED) return 'nothing (not mapped)'
  if (value === ZEROS) return 'zeros'
  if (value < 2 + s.geometry.pages) return `the first content of page ${value - 2}`
  for (const actor of s.actor)
    for (const [i, op] of actor.program.entries())
      if (op.value === value) return `what ${actor.name} wrote (operation ${i + 1})`
  return `content ${value}`
}

/** A thread's name; `nobody` for NONE. */
export function threadName(s: State, t: number): string {
  return t === NONE ? 'nobody' : s.actor[t].name
}

/** Whose an address space is. */
export function spaceName(m: number): string {
  if (m === PARENT) return 'parent'
  return m === 1 ? 'child' : 'second child'
}
