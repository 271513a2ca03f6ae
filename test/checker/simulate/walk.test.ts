/** Walks: the same choices give the same walk, and whatever goes wrong on the way is seen. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  actionsOf,
  compile,
  isEnabled,
  type Model,
  NO_DEADLOCK,
  NO_RULE_ERROR,
  walk,
} from '../../../checker/index.js'
import { toyModel } from '../../../tools/bench/toy.js'
import { counter, diners, type Graph, graph, never, somewhere } from '../../support/small-models.js'

/** The toy protocol, except that the parent does not copy before it writes. */
function forgetful(slots: number): ReturnType<typeof toyModel> {
  const model = toyModel(slots)
  const rules = model.rules.map((rule) =>
    rule.name === 'parentCopiesAndWrites'
      ? {
          ...rule,
          effect: (s: never) => {
            const state = s as {
              slot: { current: boolean; copy: string; lock: string }[]
              parent: { pc: string; at: number }
            }
            const slot = state.slot[state.parent.at]
            slot.current = !slot.current
            slot.copy = 'uncopied'
            slot.lock = 'none'
            state.parent.pc = 'idle'
          },
        }
      : rule,
  )
  return { ...model, rules } as never
}

const choices = fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 60 })

it('equal choices give equal walks, compiled once or each time', () => {
  const compiled = compile(diners(4))
  const interpreted = compile(diners(4), { execution: 'interpreted' })
  fc.assert(
    fc.property(choices, (list) => {
      const first = walk(compiled, list)
      expect(walk(compiled, list)).toEqual(first)
      expect(walk(diners(4), list)).toEqual(first)
      expect(walk(interpreted, list)).toEqual(first)
      const queue = [...list]
      const asked = walk(compiled, () => queue.shift() ?? 0, list.length)
      expect(asked.schedule).toEqual(first.schedule)
    }),
    { numRuns: 50 },
  )
})

it('every step of the schedule was enabled and was the one chosen', () => {
  const model = diners(3)
  const actions = actionsOf(model)
  fc.assert(
    fc.property(choices, (list) => {
      const state = structuredClone(model.init[0])
      for (const [i, label] of walk(model, list).schedule.entries()) {
        const enabled = actions.filter((action) => isEnabled(model, action, state))
        const place = ((list[i] % enabled.length) + enabled.length) % enabled.length
        expect(label).toBe(enabled[place].label)
        enabled[place].rule.effect(state, ...enabled[place].parameters)
      }
    }),
    { numRuns: 100 },
  )
})

describe('why it ends', () => {
  const path = (rest: Partial<Model<Graph>> = {}) => ({
    ...graph([
      [0, 1],
      [1, 2],
    ]),
    ...rest,
  })

  it.each<[string, Model<Graph>, number[], number | undefined, object]>([
    [
      'choices',
      path(),
      [0],
      undefined,
      { ended: 'choices', schedule: ['go(0-1)'], violation: null },
    ],
    ['no choices', path(), [], undefined, { ended: 'choices', schedule: [], violation: null }],
    ['the bound', path(), [0, 0, 0], 1, { ended: 'bound', schedule: ['go(0-1)'], violation: null }],
    ['the bound of zero', path(), [0], 0, { ended: 'bound', schedule: [] }],
    [
      'a final state',
      path({ final: (s) => s.at === 2 }),
      [0, 0, 0],
      undefined,
      { ended: 'final', schedule: ['go(0-1)', 'go(1-2)'], violation: null },
    ],
    [
      'a deadlock',
      path(),
      [0, 0, 0],
      undefined,
      { ended: 'violation', violation: { property: NO_DEADLOCK } },
    ],
    [
      'a violation',
      path({ properties: [somewhere(9), never(1)] }),
      [0, 0],
      undefined,
      {
        ended: 'violation',
        schedule: ['go(0-1)'],
        violation: { property: 'never1', explanation: 'at 1' },
      },
    ],
    [
      'a violation in the initial state',
      path({ properties: [never(0)] }),
      [0, 0],
      undefined,
      { ended: 'violation', schedule: [], violation: { property: 'never0' } },
    ],
    [
      'a violation in the last state',
      path({ properties: [never(2)] }),
      [0, 0],
      2,
      { ended: 'violation', schedule: ['go(0-1)', 'go(1-2)'] },
    ],
  ])('%s', (_, model, list, bound, expected) => {
    expect(walk(model, list, bound)).toMatchObject(expected)
  })

  it('an effect that fails is the last step of the schedule', () => {
    const model = graph([[0, 1]])
    const rules = [
      {
        name: 'leap',
        effect: (s: Graph) => {
          s.at += 6
        },
      },
    ]
    const { schedule, violation, ended } = walk({ ...model, rules }, [0, 0, 0])
    expect(ended).toBe('violation')
    expect(schedule).toEqual(['leap', 'leap'])
    expect(violation).toEqual({
      property: NO_RULE_ERROR,
      explanation: 'leap: at cannot hold 12: allowed are 0..9',
    })
  })

  it('a guard that fails is the last step of the schedule', () => {
    const model = graph([[0, 1]])
    const looks = { name: 'looks', guard: (s: Graph) => s.from[s.at] === 9, effect: () => {} }
    const { schedule, violation } = walk({ ...model, rules: [...model.rules, looks] }, [0, 0])
    expect(schedule).toEqual(['go(0-1)', 'looks'])
    expect(violation?.property).toBe(NO_RULE_ERROR)
  })

  it('a choice that is no integer is an error', () => {
    expect(() => walk(counter(3), [0.5])).toThrow(RangeError)
    expect(() => walk(counter(3), () => Number.NaN)).toThrow(RangeError)
  })
})

it('with several initial states the first choice picks one', () => {
  const model = graph(
    [
      [0, 1],
      [5, 6],
    ],
    [0, 5],
  )
  expect(walk(model, [0, 0]).schedule).toEqual(['go(0-1)'])
  expect(walk(model, [1, 0]).schedule).toEqual(['go(5-6)'])
  expect(walk(model, []).ended).toBe('choices')
})

it('a function is told how many steps are enabled', () => {
  const counts: number[] = []
  walk(diners(3), (enabled) => counts.push(enabled) && 0, 2)
  // Anybody may take the left fork; then two others may, or the first one takes the right fork.
  expect(counts).toEqual([3, 3])
})

it('a seeded bug is found, and its walk shrinks to few steps', () => {
  const compiled = compile(forgetful(20))
  const { failed, counterexample } = fc.check(
    fc.property(choices, (list) => walk(compiled, list).violation === null),
    { numRuns: 1000, seed: 1 },
  )
  expect(failed).toBe(true)
  const found = walk(compiled, counterexample![0])
  expect(found.violation?.property).toBe('snapshotIsOld')
  // The parent locks and writes a slot, the child locks and copies it.
  expect(found.schedule.length).toBeLessThanOrEqual(8)
  expect(walk(compiled, counterexample![0])).toEqual(found)
})
