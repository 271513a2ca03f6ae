/** Steps lead where their rules say: to the next place (`to`), or to those that their text shows. */
import type * as acorn from 'acorn'
import { describe, expect, test } from 'vitest'
import { stateGraph } from '../../checker/index.js'
import { functionIn } from '../../checker/rules/source.js'
import { scenarios, systems } from '../../model/index.js'
import { flowsOfActions } from '../../runs/control-flow.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { isWhole } from '../support/part.js'
import { pinned } from './pinned.js'

/** The size of a scenario says how long it takes; that of the default fork stands in for others. */
const MOST_STATES = isWhole ? 3_000 : 300
const sizeOf = (system: string, scenario: string) =>
  (pinned()[`${system} ${scenario}`] ?? pinned()[`linux ${scenario}`]).states

const setups = systems.flatMap((system) =>
  scenarios
    .filter(({ name }) => sizeOf(system.name, name) <= (system.flawed ? 0.3 : 1) * MOST_STATES)
    .map((scenario) => [system.name, scenario.name, system, scenario] as const),
)

describe(`every step leads where its rule says, in scenarios of at most ${MOST_STATES} states`, () => {
  test.each(setups)('%s, %s', (_, __, system, scenario) => {
    const graph = stateGraph(snapshotModel({ system, scenario }))
    const flows = flowsOfActions(graph.model)
    const declared = new Map(system.rules.map((rule) => [rule.name, rule.to]))
    const wrong = new Set<string>()
    for (let id = 0; id < graph.size; id++) {
      const before = graph.state(id)
      for (let edge = graph.offsets[id]; edge < graph.offsets[id + 1]; edge++) {
        const number = graph.labels[edge]
        const { rule, parameters } = graph.actions[number]
        const flow = flows.get(number)
        const after = graph.state(graph.targets[edge])
        for (const [t, { pc }] of after.thread.entries()) {
          const was = before.thread[t]
          const [isTaker, isMoved] = [rule.at !== undefined && t === parameters[0], pc !== was.pc]
          const to = isTaker ? declared.get(rule.name) : undefined
          const allowed = [
            ...(flow?.next ?? []),
            ...(flow?.by ?? []).map((path) => was[path.replace('thread[].', '') as 'onward']),
          ]
          const isRight = to === undefined ? !isMoved || allowed.includes(pc) : pc === to
          if (!isRight) wrong.add(`${rule.name}: ${was.pc} -> ${pc}`)
        }
      }
    }
    expect([...wrong]).toEqual([])
  })
})

/** Does a function give a thread one and the same place on every way through it, by its own text? */
function setsOnePlace(effect: unknown): boolean {
  const { body } = functionIn(String(effect))
  const statements = body.type === 'BlockStatement' ? body.body : []
  return statements.some((statement) => {
    const node = statement as acorn.ExpressionStatement
    if (node.type !== 'ExpressionStatement') return false
    const { expression } = node
    if (expression.type !== 'AssignmentExpression' || expression.right.type !== 'Literal')
      return false
    const { left } = expression
    return left.type === 'MemberExpression' && (left.property as acorn.Identifier).name === 'pc'
  })
}

test('a rule with one next place declares it', () => {
  const rules = systems.flatMap((system) => system.rules)
  const lacking = rules.filter(({ at, to, effect }) => at && !to && effect && setsOnePlace(effect))
  expect(lacking.map(({ name }) => name)).toEqual([])
})
