/**
 * On every fair run no thread waits or faults for ever. Programs are finite, so if a thread reaches
 * the end of its program, all its operations have returned.
 */
import { CHILD, NONE, PARENT, type State } from '../model/state.js'
import { threadName } from './explain.js'
import { isAbsent, isInUserMode } from './lookups.js'
import type { Invariant } from './property.js'

/** Has a thread reached the end of its program, or is it gone or not yet born? */
export function isDone(s: State, t: number): boolean {
  if (isAbsent(s, t)) return true
  return isInUserMode(s, t) && s.actor[t].program[s.thread[t].next].do === 'end'
}

/** A thread of the parent that is not done, or NONE. */
export function parentUnderWay(s: State): number {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm === PARENT && !isDone(s, t)) return t
  return NONE
}

/** A thread of a child that is not done, or NONE. */
export function childUnderWay(s: State): number {
  for (let t = 0; t < s.geometry.threads; t++) if (s.actor[t].mm >= CHILD && !isDone(s, t)) return t
  return NONE
}

/** A child's first thread that is in the kernel, before its program's first step; or NONE. */
export function copierUnderWay(s: State): number {
  for (let t = 0; t < s.geometry.threads; t++) {
    const me = s.thread[t]
    if (s.actor[t].mm < CHILD || s.actor[t].rank > 0 || me.next > 0) continue
    if (s.mm[s.actor[t].mm].peer !== NONE && !isInUserMode(s, t)) return t
  }
  return NONE
}

/** Where a thread stands, in words. */
function whereabouts(s: State, t: number): string {
  const op = s.actor[t].program[s.thread[t].next]
  return `${threadName(s, t)} is at ${s.thread[t].pc}, in operation ${s.thread[t].next + 1} of its program (${op.do})`
}

export const liveness: readonly Invariant[] = [
  {
    name: 'parentGoesOn',
    kind: 'eventually',
    promise: true,
    says: 'Every operation of the parent comes to an end: no access faults for ever, no call waits for ever.',
    holds: (s) => parentUnderWay(s) === NONE,
    explain: (s) => whereabouts(s, parentUnderWay(s)),
  },
  {
    name: 'childGoesOn',
    kind: 'eventually',
    promise: true,
    says: 'Every operation of a child comes to an end.',
    holds: (s) => childUnderWay(s) === NONE,
    explain: (s) => whereabouts(s, childUnderWay(s)),
  },
  {
    name: 'copierFinishesOrDies',
    kind: 'eventually',
    promise: true,
    requires: 'copiesLater',
    says: 'A child that copies page tables either gets to run its program or dies.',
    from: (s) => copierUnderWay(s) !== NONE,
    holds: (s) => copierUnderWay(s) === NONE,
    explain: (s) => whereabouts(s, copierUnderWay(s)),
  },
]
