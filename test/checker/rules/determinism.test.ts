/** A function that answers otherwise the second time is found, whatever it is and wherever. */
import { describe, expect, test } from 'vitest'
import { check, type Model, NondeterminismError, Simulation } from '../../../checker/index.js'
import { ShortestPathSearch } from '../../../checker/search/shortest-path.js'
import { flag, Layout, range, record, type ValueOf } from '../../../checker/state/layout.js'

const LAST = 3000
const variables = record({ x: range(0, LAST), odd: flag() })
type State = ValueOf<typeof variables>

/** Counts up to LAST. */
function counting(changes: Partial<Model<State>> = {}): Model<State> {
  return {
    name: 'counting',
    layout: new Layout(variables),
    init: [{ x: 0, odd: false }],
    rules: [up({})],
    properties: [{ name: 'small', kind: 'always', says: 'x is small', holds: (s) => s.x <= LAST }],
    final: (s) => s.x === LAST,
    ...changes,
  }
}

const up = (changes: Partial<Model<State>['rules'][number]>) => ({
  name: 'up',
  guard: (s: State) => s.x < LAST,
  effect: (s: State) => {
    s.x++
  },
  ...changes,
})

/** Answers `usual`, but in one call, counted from 1. A variable of its own: it is not compiled. */
function but(nth: number, usual: (s: State) => boolean): (s: State) => boolean {
  let calls = 0
  return (s) => (++calls === nth ? !usual(s) : usual(s))
}

/** An effect that sets `odd` in its second call, and in none after it. */
function oddOnce(nth: number): (s: State) => void {
  let calls = 0
  return (s) => {
    s.x++
    if (++calls === nth) s.odd = true
  }
}

const guard = (nth: number) => counting({ rules: [up({ guard: but(nth, (s) => s.x < LAST) })] })
const effect = (nth: number) => counting({ rules: [up({ effect: oddOnce(nth) })] })
const property = (nth: number) =>
  counting({
    properties: [
      { name: 'small', kind: 'sometimes', says: 'x is 7', holds: but(nth, (s) => s.x === 7) },
    ],
  })

describe('the first calls are all made twice', () => {
  test.each([
    ['a guard', guard, 'up'],
    ['an effect', effect, 'up'],
    ['a property', property, 'small'],
  ])('%s', (_, model, name) => {
    // Calls are counted in twos: the second of a pair is the one that lies.
    const says = new RegExp(`^${name} is not deterministic: called twice in one state`)
    expect(() => check(model(2))).toThrow(says)
    expect(() => check(model(2))).toThrow(NondeterminismError)
  })

  test('in walks, and in the search for the shortest path', () => {
    const options = { strategy: 'random', seed: 1n, runs: 1, maxSteps: 10 } as const
    expect(() => new Simulation(effect(2), options).advance(1)).toThrow(NondeterminismError)
    const search = new ShortestPathSearch(effect(2), { cost: 'switches' })
    expect(() => search.advance(100)).toThrow(NondeterminismError)
  })
})

test('of the later calls, one in a thousand is', () => {
  // 1,000 pairs, then 999 calls made once: the next one is made twice, and lies the second time.
  expect(() => check(effect(2000 + 999 + 2))).toThrow(NondeterminismError)
})

test('what is the same each time passes, and what is compiled is not called at all', () => {
  const calls = { number: 0 }
  const counted = (s: State) => {
    calls.number++
    return s.x < LAST
  }
  const model = counting({ rules: [up({ guard: counted })] })
  expect(check(model).verdict).toBe('holds')
  expect(calls.number).toBeGreaterThan(LAST)
  expect(check(counting({ vocabulary: { LAST } })).interpreted).toEqual([])
})
