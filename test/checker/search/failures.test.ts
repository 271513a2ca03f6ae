/** Rules and properties that fail: found, told with the way to them, never passed over. */
import { describe, expect, it } from 'vitest'
import {
  check,
  type Model,
  ModelError,
  NO_DEADLOCK,
  NO_RULE_ERROR,
} from '../../../checker/index.js'
import { expectAgreement } from '../../support/agree.js'
import { type Graph, graph, hexagon, never, somewhere } from '../../support/small-models.js'

describe('rules that fail', () => {
  /** Counts up to `most`, one more than the variable can hold when that is 9. */
  const counting = (most: number): Model<Graph> => ({
    ...graph([]),
    rules: [
      {
        name: 'rest',
        effect: () => {},
      },
      {
        name: 'count',
        guard: new Function(`return (s) => s.at <= ${most}`)(),
        effect: (s) => {
          s.at++
        },
      },
    ],
  })

  it('the schedule ends with the failing step, the states before it', () => {
    for (const execution of ['compiled', 'interpreted'] as const) {
      const [{ property, explanation, trace }] = check(counting(9), { execution }).counterexamples
      expect(property).toBe(NO_RULE_ERROR)
      expect(explanation).toBe('count: at cannot hold 10: allowed are 0..9')
      expect(trace.schedule).toHaveLength(10)
      expect(trace.schedule[9]).toBe('count')
      expect(trace.states.map((s) => s.at)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    }
    expect(expectAgreement(counting(9)).verdict).toBe('violated')
  })

  it('a guard may fail too', () => {
    const model = graph(hexagon)
    const reaches = {
      name: 'reaches',
      effect: () => {},
      guard: (s: Graph) => s.from[s.at + 2] > 99,
    }
    const [{ property, trace, explanation }] = check({
      ...model,
      rules: [...model.rules, reaches],
    }).counterexamples
    expect(property).toBe(NO_RULE_ERROR)
    expect(trace.schedule).toEqual(['go(0-1)', 'go(1-3)', 'go(3-5)', 'go(5-6)', 'reaches'])
    expect(explanation).toContain('from has no element 8')
    expectAgreement({ ...model, rules: [...model.rules, reaches] })
  })

  it('a guard fails even where another part of it is false', () => {
    const model = graph(hexagon)
    const guard = (s: Graph) => s.from[s.at + 4] > 99 && s.at === 0
    const rules = [...model.rules, { name: 'reaches', effect: () => {}, guard }]
    const result = expectAgreement({ ...model, rules })
    expect(result.counterexamples[0].trace.schedule).toEqual(['go(0-2)', 'go(2-4)', 'reaches'])
  })

  it('after a failing rule nothing is called true that was not seen', () => {
    const model = { ...counting(9), properties: [never(7), somewhere(42 % 10), somewhere(9)] }
    const { properties } = check(model, {
      continue: true,
      properties: ['somewhere2', 'noRuleError'],
    })
    expect(properties.map((p) => [p.name, p.verdict])).toEqual([
      ['never7', 'unchecked'],
      ['somewhere2', 'holds'],
      ['somewhere9', 'unchecked'],
      [NO_DEADLOCK, 'unchecked'],
      [NO_RULE_ERROR, 'violated'],
    ])
  })

  it('a condition that changes the state is an error of that rule', () => {
    const guard = (s: Graph) => {
      s.at = 0
      return true
    }
    const rules = [{ name: 'cheats', guard, effect: () => {} }]
    const result = check({ ...graph([]), rules })
    expect(result.counterexamples[0]).toMatchObject({ property: NO_RULE_ERROR })
    expect(result.counterexamples[0].explanation).toContain('at is changed by a condition')
    expect(result.interpreted[0].reason).toContain('changes the state')
  })
})

describe('what cannot be evaluated', () => {
  const model = graph(
    [
      [0, 1],
      [0, 2],
      [1, 3],
    ],
    [0],
    {
      properties: [
        { name: 'bad', kind: 'always', says: '', holds: (s) => s.from[s.at + 2] >= 0 },
        { name: 'fine', kind: 'always', says: '', holds: () => true },
      ],
    },
  )

  it('a property that fails is an error of the model, named with the way to it', () => {
    expect(() => check(model)).toThrow(ModelError)
    expect(() => check(model)).toThrow(/property bad cannot be evaluated .* after: \S+$/)
  })

  it('a failing rule is a violation even when only other properties were asked for', () => {
    const failing = {
      name: 'reaches',
      effect: () => {},
      guard: (s: Graph) => s.from[s.at + 2] > 99,
    }
    const base = graph(
      [
        [0, 1],
        [1, 2],
      ],
      [0],
      { final: () => true },
    )
    const result = check(
      { ...base, rules: [...base.rules, failing] },
      { properties: [NO_DEADLOCK] },
    )
    expect(result.verdict).toBe('violated')
    expect(result.counterexamples.map((c) => c.property)).toEqual([NO_RULE_ERROR])
  })
})
