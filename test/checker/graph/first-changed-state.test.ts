/** Where a changed rule does something else first. */
import { expect, it } from 'vitest'
import { firstChangedState } from '../../../checker/graph/first-changed-state.js'
import { Layout, type Model, range, record } from '../../../checker/index.js'
import { stateGraph } from '../../../checker/search/search.js'

interface Counter {
  x: number
}

const up = {
  name: 'up',
  guard: (s: Counter) => s.x < 5,
  effect: (s: Counter) => {
    s.x++
  },
}
const back = {
  name: 'back',
  guard: (s: Counter) => s.x === 5,
  effect: (s: Counter) => {
    s.x = 0
  },
}
const model: Model<Counter> = {
  name: 'counter',
  layout: new Layout<Counter>(record({ x: range(0, 9) })),
  init: [{ x: 0 }],
  rules: [up, back],
  properties: [],
  final: () => true,
}
const graph = stateGraph(model)
/** The value in the first state in which a changed `up` differs; null: in none. */
function changedAt(changed: Partial<typeof up> | null): number | null {
  const rules = changed ? [{ ...up, ...changed }, back] : [back]
  const id = firstChangedState(graph, { ...model, rules }, new Set(['up']))
  return id === null ? null : graph.state(id).x
}

const guarded = (guard: (s: Counter) => boolean) => ({ guard })
const doing = (effect: (s: Counter) => void) => ({ effect })

it.each([
  ['the same text', {}, null],
  ['a guard that differs where no way leads', guarded((s) => s.x < 5 || s.x > 6), null],
  ['a guard that is false too early', guarded((s) => s.x < 3), 3],
  ['a guard that is true too long', guarded((s) => s.x < 6), 5],
  [
    'another effect in one state',
    doing((s) => {
      s.x = s.x === 4 ? 0 : s.x + 1
    }),
    4,
  ],
  [
    'an effect that fails',
    doing((s) => {
      s.x += s.x === 2 ? 9 : 1
    }),
    2,
  ],
  ['no such rule any more', null, 0],
] as const)('%s', (_, changed, at) => {
  expect(changedAt(changed)).toBe(at)
})
