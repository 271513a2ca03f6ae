/**
 * Which guards to ask in a state: a switch on the variable that most of them test first (a program
 * counter, usually), so that a state is asked only about steps its threads may be at.
 */

import type { Leaf } from '../state/layout.js'
import type { Inliner } from './inline.js'

/** A conjunct `variable === value` of a guard. */
export interface Test {
  readonly leaf: Leaf
  readonly index: number
  readonly value: number
}

/** An action as printed code. */
export interface Instance {
  readonly number: number
  /** An expression over `a` and `o`; null when it is false and cannot fail. */
  readonly guard: string | null
  /** The name of a function; null when the guard is false and is run only because it may fail. */
  readonly effect: string | null
  readonly tests: readonly Test[]
}

/**
 * Guards in groups: all that test the same variable first stand in one switch on it. Groups stand
 * in the order of their first action, dead or not, so that the order of exploration does not depend
 * on what is dead.
 * @returns the code of each group: it writes successors from `b[p]` on, and puts the numbers of
 *   their actions into `taken[n]`.
 */
export function dispatch(
  instances: readonly Instance[],
  inliner: Inliner,
  words: number,
): string[] {
  const uses = new Map<string, number>()
  for (const { tests } of instances)
    for (const key of new Set(tests.map(keyOf))) uses.set(key, (uses.get(key) ?? 0) + 1)
  const groups = new Map<string, { test: Test | null; members: Instance[] }>()
  for (const instance of instances) {
    const [best = null] = [...instance.tests].sort((x, y) => use(y, uses) - use(x, uses))
    const key = best ? keyOf(best) : ''
    const group = groups.get(key)
    if (group) group.members.push(instance)
    else groups.set(key, { test: best, members: [instance] })
  }
  return [...groups.values()]
    .map(({ test, members }) => ({ test, asked: members.filter(({ guard }) => guard !== null) }))
    .filter(({ asked }) => asked.length > 0)
    .map(({ test, asked }) => switchOn(test, asked, inliner, words))
}

function keyOf(test: Test): string {
  return `${test.leaf.path}#${test.index}`
}

function use(test: Test, uses: ReadonlyMap<string, number>): number {
  return uses.get(keyOf(test)) ?? 0
}

function switchOn(
  test: Test | null,
  members: readonly Instance[],
  inliner: Inliner,
  words: number,
): string {
  const take = ({ guard, effect, number }: Instance) => {
    const condition = inliner.condition(guard ?? 'false')
    if (effect === null) return `${condition};`
    const last = `taken[n++] = ${number}; p += ${words}`
    return `if (${condition}) { ${inliner.successor(effect)}; ${last} }`
  }
  // Guards that are run for their failures only are often alike, and then run once.
  const list = (these: readonly Instance[]) => [...new Set(these.map(take))].join('\n')
  if (!test || test.leaf.width === 0) return list(members)
  const position = test.leaf.position[test.index]
  const mask = 2 ** test.leaf.width - 1
  const read = `(s${position >> 5} >>> ${position & 31} & ${mask}) + ${test.leaf.scalar.min}`
  const cases = new Map<number, Instance[]>()
  for (const member of members) {
    const value = member.tests.find((t) => keyOf(t) === keyOf(test))?.value ?? 0
    cases.set(value, [...(cases.get(value) ?? []), member])
  }
  const printed = [...cases].map(([value, these]) => `case ${value}:\n${list(these)}\nbreak`)
  return `switch (${read}) {\n${printed.join('\n')}\n}`
}
