/**
 * Which guards to ask in a state: a switch on the variable that most of them test first (a program
 * counter, usually), so that a state is asked only about steps its threads may be at.
 */

import type { ReadAction, Test } from '../model-reader.js'
import type { Inliner } from './inliner.js'

/**
 * Guards in groups: all that test the same variable first stand in one switch on it. Groups stand
 * in the order of their first action, dead or not, so that the order of exploration does not depend
 * on what is dead.
 * @returns for each group its code, which writes successors from `b[p]` on and puts the numbers of
 *   their actions into `taken[n]`; and the numbers of the words that it reads.
 */
export function dispatch(
  instances: readonly ReadAction[],
  inliner: Inliner,
  words: number,
): { readonly code: string; readonly words: readonly number[] }[] {
  const uses = new Map<string, number>()
  for (const { tests } of instances)
    for (const key of new Set(tests.map(keyOf))) uses.set(key, (uses.get(key) ?? 0) + 1)
  const groups = new Map<string, { test: Test | null; members: ReadAction[] }>()
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
    .map(({ test, asked }) => {
      const code = switchOn(test, asked, inliner, words)
      return { code, words: inliner.takeWords() }
    })
}

function keyOf(test: Test): string {
  return `${test.leaf.path}#${test.index}`
}

function use(test: Test, uses: ReadonlyMap<string, number>): number {
  return uses.get(keyOf(test)) ?? 0
}

function switchOn(
  test: Test | null,
  members: readonly ReadAction[],
  inliner: Inliner,
  words: number,
): string {
  const take = ({ guard, effect, number }: ReadAction) => {
    const condition = guard ? inliner.condition(guard) : 'false'
    if (effect === null) return `${condition};`
    const last = `taken[n++] = ${number}; p += ${words}`
    return `if (${condition}) { ${inliner.successor(effect)}; ${last} }`
  }
  // Guards that are run for their failures only are often alike, and then run once.
  const list = (these: readonly ReadAction[]) => [...new Set(these.map(take))].join('\n')
  if (!test || test.leaf.width === 0) return list(members)
  const position = test.leaf.position[test.index]
  const mask = 2 ** test.leaf.width - 1
  const read = `(${inliner.word(position >> 5)} >>> ${position & 31} & ${mask}) + ${test.leaf.scalar.min}`
  const cases = new Map<number, ReadAction[]>()
  for (const member of members) {
    const value = member.tests.find((t) => keyOf(t) === keyOf(test))?.value ?? 0
    cases.set(value, [...(cases.get(value) ?? []), member])
  }
  const printed = [...cases].map(([value, these]) => `case ${value}:\n${list(these)}\nbreak`)
  return `switch (${read}) {\n${printed.join('\n')}\n}`
}
