/** The search on graphs small enough to follow with a finger. */
import { describe, expect, it } from 'vitest'
import {
  check,
  constant,
  flag,
  Layout,
  list,
  type Model,
  NO_DEADLOCK,
  NO_RULE_ERROR,
  type Property,
  range,
  record,
  Search,
} from '../../../checker/index.js'
import { expectAgreement } from '../../support/agree.js'
import { diners, type Graph, graph, hexagon, never, somewhere } from '../../support/small-models.js'

const verdictOf = (model: Model<Graph>, name: string, options = {}) =>
  check(model, options).properties.find((p) => p.name === name)?.verdict

describe('what is explored', () => {
  it('a cycle with two ways round', () => {
    const result = expectAgreement(graph(hexagon))
    expect(result).toMatchObject({
      verdict: 'holds',
      limit: null,
      states: 7,
      transitions: 8,
      depth: 4,
      deadlocks: 0,
      levels: [1, 2, 2, 1, 1],
      fired: { go: 8 },
      counterexamples: [],
    })
  })

  it('one state and no step', () => {
    const result = expectAgreement(graph([], [3], { final: () => true }))
    expect(result).toMatchObject({ verdict: 'holds', states: 1, transitions: 0, levels: [1] })
  })

  it('a step to the same state is a transition, not a state', () => {
    expect(expectAgreement(graph([[0, 0]]))).toMatchObject({ states: 1, transitions: 1 })
  })

  it('two steps to the same state are two transitions', () => {
    const model = graph([
      [0, 1],
      [1, 0],
    ])
    const twice = { ...model, rules: [...model.rules, { ...model.rules[0], name: 'again' }] }
    expect(expectAgreement(twice)).toMatchObject({
      states: 2,
      transitions: 4,
      fired: { go: 2, again: 2 },
    })
  })

  it('several initial states, one of them twice', () => {
    const result = expectAgreement(graph(hexagon, [3, 0, 3]))
    expect(result).toMatchObject({ states: 7, levels: [2, 3, 2], transitions: 8 })
  })

  it('what cannot be reached is not counted', () => {
    const model = graph([
      [0, 1],
      [1, 0],
      [2, 3],
    ])
    expect(expectAgreement(model)).toMatchObject({ states: 2, transitions: 2 })
  })
})

describe('violations', () => {
  it('the counterexample is the shortest, step by step', () => {
    const model = graph(hexagon, [0], { properties: [never(5)] })
    const { counterexamples, verdict } = check(model)
    expect(verdict).toBe('violated')
    expect(counterexamples).toHaveLength(1)
    expect(counterexamples[0]).toMatchObject({ property: 'never5', explanation: 'at 5' })
    expect(counterexamples[0].trace.schedule).toEqual(['go(0-1)', 'go(1-3)', 'go(3-5)'])
    expect(counterexamples[0].trace.states.map((s) => s.at)).toEqual([0, 1, 3, 5])
    expectAgreement(model)
  })

  it('an initial state may violate, and the second of two', () => {
    const model = graph(hexagon, [0, 3], { properties: [never(3)] })
    const [{ trace }] = check(model).counterexamples
    expect(trace.schedule).toEqual([])
    expect(trace.states.map((s) => s.at)).toEqual([3])
    expect(expectAgreement(model).counterexamples).toHaveLength(1)
  })

  it('without `continue` the first violation ends the search', () => {
    const model = graph(hexagon, [0], { properties: [never(1), never(6)] })
    const result = check(model)
    expect(result.counterexamples.map((c) => c.property)).toEqual(['never1'])
    expect(result.states).toBeLessThan(7)
    expect(result.properties.find((p) => p.name === 'never6')?.verdict).toBe('unchecked')
  })

  it('with `continue` every violated property is found at its shortest', () => {
    const properties = [never(6), never(1), never(9), never(4)]
    const result = expectAgreement(graph(hexagon, [0], { properties }))
    const depths = result.counterexamples.map((c) => [c.property, c.trace.schedule.length])
    expect(depths).toEqual([
      ['never1', 1],
      ['never4', 2],
      ['never6', 4],
    ])
    expect(result).toMatchObject({ states: 7, transitions: 8, verdict: 'violated' })
  })

  it('several properties violated in one state', () => {
    const model = graph(hexagon, [0], { properties: [never(5), { ...never(5), name: 'again' }] })
    const result = expectAgreement(model)
    expect(result.counterexamples.map((c) => c.property)).toEqual(['never5', 'again'])
  })

  it('a property that speaks of constants only is looked at', () => {
    const properties: Property<Graph>[] = [
      { name: 'alwaysFalse', kind: 'always', says: 'No.', holds: () => false },
      { name: 'noEdges', kind: 'always', says: 'No edges.', holds: (s) => s.from.length === 0 },
      { name: 'edges', kind: 'sometimes', says: 'Edges.', holds: (s) => s.from.length === 8 },
    ]
    const result = expectAgreement(graph(hexagon, [0], { properties }))
    expect(result.counterexamples.map((c) => c.property)).toEqual(['alwaysFalse', 'noEdges'])
    expect(result.properties.find((p) => p.name === 'edges')?.verdict).toBe('holds')
  })

  it('a property of a variable with one value is looked at', () => {
    const model: Model<{ x: number; up: boolean }> = {
      name: 'one-value',
      layout: new Layout(record({ x: range(3, 3), up: flag() })),
      init: [{ x: 3, up: false }],
      rules: [
        {
          name: 'flip',
          effect: (s) => {
            s.up = !s.up
          },
        },
      ],
      properties: [
        { name: 'three', kind: 'sometimes', says: 'Three.', holds: (s) => s.x === 3 },
        { name: 'notThree', kind: 'always', says: 'Not three.', holds: (s) => s.x < 3 },
      ],
      final: () => false,
    }
    expect(expectAgreement(model).verdict).toBe('violated')
  })
})

describe('which properties are looked at after a step', () => {
  interface Belt {
    cursor: number
    item: { bad: boolean; seen: boolean }[]
  }
  const underCursor = (s: Belt) => s.item[s.cursor]
  const isBad = (s: Belt, i: number) => s.item[i].bad

  /** The cursor moves along; only the last item is bad. A step changes nothing but the cursor. */
  const belt = (holds: (s: Belt) => boolean): Model<Belt> => ({
    name: 'belt',
    layout: new Layout(
      record({ cursor: range(0, 40), item: list(41, record({ bad: flag(), seen: flag() })) }),
    ),
    init: [
      { cursor: 0, item: Array.from({ length: 41 }, (_, i) => ({ bad: i === 40, seen: false })) },
    ],
    rules: [
      {
        name: 'move',
        guard: (s) => s.cursor < 40,
        effect: (s) => {
          s.cursor++
        },
      },
    ],
    properties: [{ name: 'good', kind: 'always', says: 'The item is good.', holds }],
    final: (s) => s.cursor === 40,
    vocabulary: { underCursor, isBad },
  })

  it.each<[string, (s: Belt) => boolean]>([
    ['an index', (s) => !s.item[s.cursor].bad],
    ['an index in a helper that is a part', (s) => !underCursor(s).bad],
    ['an argument of a helper', (s) => !isBad(s, s.cursor)],
    [
      'an index of a name',
      (s) => {
        const item = s.item[s.cursor]
        return !item.bad
      },
    ],
    [
      'a condition',
      (s) => {
        if (s.cursor < 40) return true
        return !s.item[40].bad
      },
    ],
    [
      'the end of a loop',
      (s) => {
        for (let i = 0; i <= s.cursor; i++) if (s.item[i].bad) return false
        return true
      },
    ],
    ['what is not compiled', (s) => !s.item.slice(0, s.cursor + 1).some((item) => item.bad)],
  ])('those that read what it changed as %s', (_, holds) => {
    const [{ property, trace }] = expectAgreement(belt(holds)).counterexamples
    expect(property).toBe('good')
    expect(trace.schedule).toHaveLength(40)
  })
})

describe('deadlocks', () => {
  const path = [
    [0, 1],
    [1, 2],
  ] as const

  it('a state without steps that is not final is a violation', () => {
    const result = expectAgreement(graph(path))
    expect(result).toMatchObject({ verdict: 'violated', deadlocks: 1 })
    expect(result.counterexamples[0].property).toBe(NO_DEADLOCK)
    expect(result.counterexamples[0].trace.schedule).toEqual(['go(0-1)', 'go(1-2)'])
  })

  it('a final state without steps is none', () => {
    const result = expectAgreement(graph(path, [0], { final: (s) => s.at === 2 }))
    expect(result).toMatchObject({ verdict: 'holds', deadlocks: 0, depth: 2 })
  })

  it('a final state with steps is explored further', () => {
    const result = expectAgreement(graph(path, [0], { final: (s) => s.at !== 0 }))
    expect(result).toMatchObject({ verdict: 'holds', states: 3 })
  })

  it('an initial state may be one', () => {
    const [{ property, trace }] = check(graph([], [4])).counterexamples
    expect(property).toBe(NO_DEADLOCK)
    expect(trace.states.map((s) => s.at)).toEqual([4])
  })

  it('they are counted even where the property is not asked for', () => {
    const result = check(diners(3), { properties: [NO_RULE_ERROR], continue: true })
    expect(result).toMatchObject({ verdict: 'holds', deadlocks: 1, counterexamples: [] })
  })
})

describe('limits', () => {
  const model = graph(hexagon, [0], { properties: [never(9), somewhere(9)] })

  it.each([1, 2, 3, 6, 7])('maxStates %i never says that anything holds', (maxStates) => {
    const result = check(model, { maxStates })
    if (maxStates < 7) expect(result.states).toBeGreaterThanOrEqual(maxStates)
    expect(result.verdict).toBe('incomplete')
    expect(result.limit).toContain(String(maxStates))
    for (const { verdict } of result.properties) expect(verdict).toBe('unchecked')
  })

  it('maxStates that is not reached makes no difference', () => {
    expect(check(model, { maxStates: 8 })).toEqual(check(model))
  })

  it.each([
    [0, [1]],
    [1, [1, 2]],
    [2, [1, 2, 2]],
    [4, [1, 2, 2, 1, 1]],
  ])('maxDepth %i', (maxDepth, levels) => {
    const result = check(model, { maxDepth })
    expect(result).toMatchObject({ verdict: 'incomplete', levels })
    expect(result.limit).toContain(String(maxDepth))
    for (const { verdict } of result.properties) expect(verdict).toBe('unchecked')
  })

  it('maxDepth that is not reached makes no difference', () => {
    expect(check(model, { maxDepth: 5 })).toEqual(check(model))
  })

  it('a violation within a limit is one', () => {
    const bad = graph(hexagon, [0], { properties: [never(4)] })
    expect(check(bad, { maxDepth: 2 }).verdict).toBe('violated')
    expect(check(bad, { maxDepth: 1 }).verdict).toBe('incomplete')
  })

  it('what was reached within a limit is reached', () => {
    const some = graph(hexagon, [0], { properties: [somewhere(1)] })
    expect(verdictOf(some, 'somewhere1', { maxDepth: 1 })).toBe('holds')
  })

  it('a search that was stopped, or not finished, says so', () => {
    const search = new Search(model)
    expect(search.advance(2)).toBe(false)
    expect(search.result()).toMatchObject({ verdict: 'incomplete', limit: 'not finished' })
    search.stop('--time 1s')
    expect(search.advance(1)).toBe(true)
    expect(search.result()).toMatchObject({ verdict: 'incomplete', limit: '--time 1s' })
  })

  it('a search that is over cannot be stopped any more', () => {
    const search = new Search(graph(hexagon))
    while (!search.advance(1));
    search.stop('--time 1s')
    expect(search.result()).toMatchObject({ verdict: 'holds', limit: null })
  })
})

describe('properties', () => {
  it('unreached and required is a failure; unreached and not required is not', () => {
    const required = graph(hexagon, [0], { properties: [somewhere(9)] })
    expect(expectAgreement(required).verdict).toBe('violated')
    const optional = graph(hexagon, [0], { properties: [somewhere(9, false)] })
    expect(expectAgreement(optional).verdict).toBe('holds')
    expect(verdictOf(optional, 'somewhere9')).toBe('unreached')
  })

  it('reached in an initial state, or in the last', () => {
    const model = graph(hexagon, [0], { properties: [somewhere(0), somewhere(6)] })
    expect(expectAgreement(model).verdict).toBe('holds')
  })

  it('only those asked for are looked at', () => {
    const model = graph(hexagon, [0], { properties: [never(1), never(5), somewhere(9)] })
    const result = check(model, { properties: ['never5'], continue: true })
    expect(result.counterexamples.map((c) => c.property)).toEqual(['never5'])
    expect(result.properties.filter((p) => p.verdict === 'unchecked')).toHaveLength(4)
    expect(check(model, { properties: ['somewhere9'] }).verdict).toBe('violated')
    expect(check(model, { properties: [NO_DEADLOCK] }).verdict).toBe('holds')
    expect(check(model, { properties: [] }).verdict).toBe('holds')
  })

  it('an unknown name is an error that lists the known ones', () => {
    expect(() => check(graph(hexagon), { properties: ['nope'] })).toThrow(/nope.*noDeadlock/)
  })
})

describe('slices', () => {
  it.each([1, 2, 3, 1000])('%i states at a time equals one go', (count) => {
    const properties = [never(5), somewhere(6), somewhere(9)]
    for (const options of [{}, { continue: true }, { maxDepth: 3 }, { maxStates: 5 }]) {
      const model = graph(hexagon, [0], { properties })
      const search = new Search(model, options)
      let slices = 0
      while (!search.advance(count)) if (slices++ > 1000) throw new Error('it never ends')
      const { bytesPerState: _, ...sliced } = search.result()
      const { bytesPerState: __, ...whole } = check(model, options)
      expect(sliced).toEqual(whole)
    }
  })

  it('a larger model, 1 and 7 at a time', () => {
    const whole = check(diners(6), { continue: true })
    for (const count of [1, 7]) {
      const search = new Search(diners(6), { continue: true })
      while (!search.advance(count)) {
        const { states, queue } = search.progress()
        expect(queue).toBeLessThanOrEqual(states)
      }
      expect(search.result()).toEqual(whole)
    }
  })
})

describe('rules', () => {
  interface Two {
    pc: 'rest' | 'work'
    n: number
    limit: number
  }
  const two: Model<Two> = {
    name: 'two',
    layout: new Layout(
      record({
        pc: { kind: 'scalar', scalar: { type: 'oneOf', min: 0, max: 1, names: ['rest', 'work'] } },
        n: range(0, 3),
        limit: constant(3),
      }),
    ) as Layout<Two>,
    init: [{ pc: 'rest', n: 0, limit: 3 }],
    ranges: { by: { values: [1, 2], labels: ['one', 'two'] } },
    location: (s) => s.pc,
    rules: [
      {
        name: 'begin',
        at: 'rest',
        effect: (s) => {
          s.pc = 'work'
        },
      },
      {
        name: 'add',
        at: 'work',
        for: ['by'],
        unless: [(s, by) => s.n + by > s.limit, (s) => s.n === 2],
        effect: (s, by) => {
          s.n += by
        },
      },
      {
        name: 'end',
        at: 'work',
        guard: (s) => s.n >= 2,
        effect: (s) => {
          s.pc = 'rest'
          s.n = 0
        },
      },
    ],
    properties: [],
    final: () => false,
  }

  it('`at`, `for` and `unless` mean what they say', () => {
    // rest0 | work0 | work1 work2 | work3; add(one) at 0, add(two) at 0 and 1, end at 2 and 3
    const result = expectAgreement(two)
    expect(result.interpreted).toEqual([])
    expect(result).toMatchObject({
      states: 5,
      levels: [1, 1, 2, 1],
      fired: { begin: 1, add: 4, end: 2 },
    })
  })

  it('a location that is no single variable works, uncompiled', () => {
    const location = (s: Two) => (s.n > 9 ? 'nowhere' : s.pc)
    const odd = { ...two, location }
    expect(check(odd)).toMatchObject({ states: 5, verdict: 'holds' })
    const method = { ...two, location: (s: Two) => ['rest', 'work'].find((name) => name === s.pc)! }
    expect(check(method)).toMatchObject({ states: 5, verdict: 'holds' })
    expect(check(method).interpreted[0].rule).toBe('location')
  })

  it('`at` a place that does not exist is an error', () => {
    const lost = { ...two, rules: [...two.rules, { ...two.rules[0], name: 'lost', at: 'nowhere' }] }
    expect(() => check(lost)).toThrow(/nowhere.*rest \| work/)
  })

  it('functions from outside the model run as they stand', () => {
    const effect = (s: Two) => {
      s.pc = 'work'
    }
    const rules = [{ ...two.rules[0], effect, foreign: [effect] }, ...two.rules.slice(1)]
    const result = check({ ...two, rules })
    expect(result.interpreted).toEqual([{ rule: 'begin', reason: 'comes from outside the model' }])
    expect(result.states).toBe(5)
  })

  it.each([
    ['no initial state', { ...two, init: [] }, 'no initial state'],
    ['two rules of one name', { ...two, rules: [two.rules[0], two.rules[0]] }, 'begin'],
    ['no such range', { ...two, ranges: {} }, 'by'],
    ['no location', { ...two, location: undefined as never }, 'location'],
    ['an initial state out of range', { ...two, init: [{ ...two.init[0], n: 4 }] }, '0..3'],
  ])('a malformed model is an error: %s', (_, model, message) => {
    expect(() => check(model)).toThrow(message)
  })
})
