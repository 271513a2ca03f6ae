/**
 * Which guards to ask in a state: those of steps that its threads may be at. All actions that test
 * the same variable first (a program counter, usually) stand in one group, apart by its value.
 */
import type { ReadAction, Test } from '../actions.js'

/** Actions whose guards are asked together. */
export interface Group {
  /** A test of the variable that all of them test first; null where they have none. */
  readonly test: Test | null
  readonly actions: readonly ReadAction[]
}

/**
 * Groups stand in the order of their first action, dead or not, so that the order of exploration
 * does not depend on what is dead. Actions whose guard is never asked are left out.
 */
export function groupsOf(actions: readonly ReadAction[]): readonly Group[] {
  const uses = new Map<string, number>()
  for (const { tests } of actions)
    for (const key of new Set(tests.map(keyOf))) uses.set(key, (uses.get(key) ?? 0) + 1)
  const use = (test: Test) => uses.get(keyOf(test)) ?? 0
  const groups = new Map<string, { readonly test: Test | null; readonly all: ReadAction[] }>()
  for (const action of actions) {
    const { tests } = action
    const [best = null] = tests.length > 1 ? [...tests].sort((x, y) => use(y) - use(x)) : tests
    const key = best ? keyOf(best) : ''
    const group = groups.get(key)
    if (group) group.all.push(action)
    else groups.set(key, { test: best, all: [action] })
  }
  return [...groups.values()]
    .map(({ test, all }) => ({ test, actions: all.filter(({ guard }) => guard !== null) }))
    .filter((group) => group.actions.length > 0)
}

/** The actions of a group by the value of the variable that they test. */
export function casesOf(test: Test, actions: readonly ReadAction[]): Map<number, ReadAction[]> {
  const key = keyOf(test)
  const cases = new Map<number, ReadAction[]>()
  for (const action of actions) {
    const value = action.tests.find((one) => keyOf(one) === key)?.value ?? 0
    const known = cases.get(value)
    if (known) known.push(action)
    else cases.set(value, [action])
  }
  return cases
}

function keyOf(test: Test): string {
  return `${test.leaf.path}#${test.index}`
}
