/** Who takes a step, and mistakes in a model or in options that are named in one line. */
import { describe, expect, it } from 'vitest'
import {
  actionsOf,
  check,
  explore,
  flag,
  Layout,
  list,
  type Model,
  range,
  record,
  type SearchOptions,
  ShortestPathSearch,
  stateGraph,
  worstPath,
} from '../../checker/index.js'

interface Waiting {
  turn: boolean
  done: boolean
}

/** The process `p` spins for ever, or goes on; rules are named in the style of the tutorial. */
const waiting: Model<Waiting> = {
  name: 'waiting',
  layout: new Layout(record({ turn: flag(), done: flag() })),
  init: [{ turn: false, done: false }],
  rules: [
    {
      name: 'p.spin',
      effect: (s) => {
        s.turn = !s.turn
      },
    },
    {
      name: 'p.go',
      guard: (s) => !s.done,
      effect: (s) => {
        s.done = true
      },
    },
  ],
  properties: [
    { name: 'goesOn', kind: 'eventually', says: 'p goes on.', holds: (s) => s.done },
    { name: 'waits', kind: 'always', says: 'p does not go on.', holds: (s) => !s.done },
  ],
  final: () => true,
}

/** The same process as the value of a range of actors. */
const ranged: Model<Waiting> = {
  ...waiting,
  ranges: { process: { values: [0], labels: ['p'], actor: true } },
  rules: waiting.rules.map((rule) => ({
    ...rule,
    name: rule.name.slice(2),
    for: ['process'],
  })),
}

describe('the actor of a step is the part of its label before the dot', () => {
  it('whether it stands in the name of the rule or comes from a range', () => {
    for (const model of [waiting, ranged])
      expect(actionsOf(model).map(({ label, actor }) => [label, actor])).toEqual([
        ['p.spin', 'p'],
        ['p.go', 'p'],
      ])
  })

  it('a dot among the arguments is none', () => {
    const model: Model<Waiting> = {
      ...waiting,
      ranges: { half: { values: [1], labels: ['0.5'] } },
      rules: [{ name: 'wait', for: ['half'], effect: () => {} }],
    }
    expect(actionsOf(model).map(({ label, actor }) => [label, actor])).toEqual([
      ['wait(0.5)', 'wait(0.5)'],
    ])
  })

  it('fairness: an actor that spins is not forced to do anything else', () => {
    for (const model of [waiting, ranged])
      expect(check(model, { properties: ['goesOn'] }).verdict).toBe('violated')
  })

  it('switches: two steps of one actor are none', () => {
    for (const model of [waiting, ranged]) {
      const first = { ...model, rules: model.rules, properties: [model.properties[1]] }
      const search = new ShortestPathSearch(first, { cost: 'switches' })
      while (!search.advance(100));
      expect(search.result().found?.cost).toBe(0)
    }
    const late: Model<Waiting> = {
      ...waiting,
      rules: [waiting.rules[0], { ...waiting.rules[1], guard: (s) => s.turn && !s.done }],
      properties: [waiting.properties[1]],
    }
    const search = new ShortestPathSearch(late, { cost: 'switches' })
    while (!search.advance(100));
    const { found } = search.result()
    expect([found?.trace.schedule, found?.cost]).toEqual([['p.spin', 'p.go'], 0])
  })

  it('worst cases: what an actor does is told by its name', () => {
    for (const model of [waiting, ranged]) {
      const graph = stateGraph(model)
      const inside = graph.select((s) => !s.done)
      const weight = ({ actor, rule }: { actor: string; rule: { name: string } }) =>
        actor === 'p' && rule.name.endsWith('go') ? 1 : 0
      expect(worstPath(graph, inside, weight).weight).toBe(1)
    }
  })
})

describe('what cannot be done is said', () => {
  interface Rows {
    row: { x: number; y: boolean }[]
    one: { x: number }
  }
  const rows = (effect: (s: Rows) => void): Model<Rows> => ({
    name: 'rows',
    layout: new Layout(
      record({
        row: list(2, record({ x: range(0, 3), y: flag() })),
        one: record({ x: range(0, 3) }),
      }),
    ),
    init: [
      {
        row: [
          { x: 0, y: false },
          { x: 1, y: true },
        ],
        one: { x: 0 },
      },
    ],
    rules: [{ name: 'assign', guard: (s) => s.row[0].x === 0, effect }],
    properties: [],
    final: () => true,
  })
  it.each([
    [
      'another record',
      (s: Rows) => {
        s.row[0] = s.row[1]
      },
      'row[] cannot be assigned as a whole: assign x, y one by one',
    ],
    [
      'a new record',
      (s: Rows) => {
        s.one = { x: 1 }
      },
      'one cannot be assigned as a whole: assign x one by one',
    ],
    [
      'a new list',
      (s: Rows) => {
        s.row = []
      },
      'row cannot be assigned as a whole: assign its 2 elements one by one',
    ],
  ])('%s is assigned as a whole', (_, effect, message) => {
    const model = rows(effect)
    for (const execution of ['compiled', 'interpreted'] as const) {
      const { counterexamples } = check(model, { execution })
      expect(counterexamples.map(({ explanation }) => explanation)).toEqual([`assign: ${message}`])
    }
    expect([...explore(model).violated]).toEqual([['noRuleError', 1]])
  })

  it('an option that does not exist', () => {
    const options = { reduction: true } as SearchOptions
    expect(() => check(waiting, options)).toThrow(/unknown option reduction: known are .*maxStates/)
  })
})
