/** The groups of actions (passes/groups.ts) as code: a switch on the variable that each tests. */
import type { ReadAction, Test } from '../actions.js'
import { casesOf, groupsOf } from '../passes/groups.js'
import type { Inliner } from './inliner.js'

/**
 * @returns for each group its code, which writes successors from `b[p]` on and puts the numbers of
 *   their actions into `taken[n]`; and the numbers of the words that it reads.
 */
export function dispatch(
  actions: readonly ReadAction[],
  inliner: Inliner,
  words: number,
): { readonly code: string; readonly words: readonly number[] }[] {
  return groupsOf(actions).map((group) => {
    const code = switchOn(group.test, group.actions, inliner, words)
    return { code, words: inliner.takeWords() }
  })
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
  const printed = [...casesOf(test, members)].map(
    ([value, these]) => `case ${value}:\n${list(these)}\nbreak`,
  )
  return `switch (${read}) {\n${printed.join('\n')}\n}`
}
