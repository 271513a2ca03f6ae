/**
 * Which guards to ask in a state: a switch on the variable that most of them test first (a program
 * counter, usually), so that a state is asked only about steps its threads may be at.
 */
import type { Leaf } from './layout.js'

/** A conjunct `variable === value` of a guard. */
export interface Test {
  readonly leaf: Leaf
  readonly index: number
  readonly value: number
}

/** An action as printed code: `guard` is an expression over `a` and `o`, `effect` a function. */
export interface Instance {
  readonly number: number
  readonly guard: string
  readonly effect: string
  readonly tests: readonly Test[]
}

/**
 * Guards in groups: all that test the same variable first stand in one switch on it. Groups stand
 * in the order of their first action, so equal models give equal orders of exploration.
 */
export function dispatch(instances: readonly Instance[]): string {
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
  return [...groups.values()].map(({ test, members }) => switchOn(test, members)).join('\n')
}

function keyOf(test: Test): string {
  return `${test.leaf.path}#${test.index}`
}

function use(test: Test, uses: ReadonlyMap<string, number>): number {
  return uses.get(keyOf(test)) ?? 0
}

function switchOn(test: Test | null, members: readonly Instance[]): string {
  const take = ({ guard, effect, number }: Instance) =>
    `if (${guard}) { next(a, o, ${number}); ${effect}(b, p) }`
  if (!test || test.leaf.width === 0) return members.map(take).join('\n')
  const position = test.leaf.position[test.index]
  const mask = 2 ** test.leaf.width - 1
  const read = `(a[o + ${position >> 5}] >>> ${position & 31} & ${mask}) + ${test.leaf.scalar.min}`
  const cases = new Map<number, string[]>()
  for (const member of members) {
    const value = member.tests.find((t) => keyOf(t) === keyOf(test))?.value ?? 0
    cases.set(value, [...(cases.get(value) ?? []), take(member)])
  }
  const printed = [...cases].map(([value, takes]) => `case ${value}:\n${takes.join('\n')}\nbreak`)
  return `switch (${read}) {\n${printed.join('\n')}\n}`
}
