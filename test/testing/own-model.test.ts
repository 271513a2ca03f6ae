/** Matchers and arbitraries for models of the user's own. */
import * as fc from 'fast-check'
import { printCounterexample } from 'forkcheck'
import { type Interleaving, interleavingArbitrary } from 'forkcheck/fast-check'
import type { OwnModel } from 'forkcheck/vitest'
import 'forkcheck/vitest'
import { describe, expect, expectTypeOf, test } from 'vitest'
import snapshot from '../../docs/examples/dm-snapshot.js'
import { counter } from '../support/small-models.js'
import { complaint } from './complaint.js'

const late = { model: snapshot, mutant: 'metadata-is-late' }

describe('matchers', () => {
  test('a subject holds in every scenario; a mutant is violated', () => {
    expect(snapshot).toHold()
    expect({ model: snapshot, scenario: 'one-chunk' }).toHold()
    expect(late).toBeViolated('survivesCrash')
    expect(late).not.toBeViolated('readsTheInstant')
    expect(late).toBeViolated()
    expect(snapshot).not.toBeViolated()
  })

  test('every mutant is caught by the property that it names', () => {
    for (const { name = '', breaks } of snapshot.mutants ?? [])
      for (const property of breaks)
        expect({ model: snapshot, mutant: name }).toBeViolated(property)
  })

  test('a scenario and a mutant as they are', () => {
    const scenario = { name: 'three', chunks: 3 }
    const mutant = { name: 'mine', says: 'Mine.', breaks: [], change: { 'kcopyd.commit': null } }
    expect({ model: snapshot, scenario }).toHold()
    expect({ model: snapshot, scenario, mutant }).toBeViolated('noDeadlock')
    expect(
      complaint(() => expect({ model: snapshot, scenario: { name: 'x', chunks: 9 } }).toHold()),
    ).toBe('the scenario: chunks must be a whole number from 1 to 4')
  })

  test('a failure tells the story', () => {
    const text = complaint(() => expect(late).toHold())
    expect(text).toMatch(/^dm-snapshot\/two-chunks\n\nviolated {2}survivesCrash {3}\d+ steps/)
    expect(text).toMatch(/writer {2}begin\(0\)/)
    expect(text).toContain('because chunk 0')
    expect(text).toContain('in this test: the model comes from no file that is known')
    expect(complaint(() => expect(late).not.toBeViolated('survivesCrash'))).toContain(
      text.split('\n')[2],
    )
    expect(complaint(() => expect(snapshot).toBeViolated('survivesCrash'))).toMatch(
      /^dm-snapshot\/two-chunks: a violation was expected, but all \d+ states are as they must be\n/,
    )
  })

  test('a Model on its own', () => {
    const model = counter(3)
    expect(model).toHold()
    const wrong = { ...model, properties: [...model.properties, never] }
    expect(wrong).toBeViolated('neverReached')
    expect(complaint(() => expect(wrong).toHold())).toContain('unreached neverReached')
  })

  test('a counterexample reproduces with its model', () => {
    const [run] = fc.sample(
      interleavingArbitrary({ ...late }).filter(({ violation }) => violation !== null),
      { numRuns: 1, seed: 3 },
    )
    expect(printCounterexample(run.file())).toReproduce({ model: snapshot })
  })
})

const never = {
  name: 'neverReached',
  kind: 'sometimes' as const,
  says: 'It is never so.',
  holds: () => false,
}

describe('arbitraries', () => {
  test('each scenario is drawn, and a sound model holds along every schedule', () => {
    const runs = interleavingArbitrary({ model: snapshot })
    const seen = new Set<string>()
    fc.assert(
      fc.property(runs, (run) => {
        seen.add(run.setup.scenario.name)
        expect(run).toHold()
      }),
      { numRuns: 40, seed: 1 },
    )
    expect([...seen].sort()).toEqual(['one-chunk', 'two-chunks'])
  })

  test('a failure shrinks, scenario and schedule, and prints as a story', () => {
    const runs = interleavingArbitrary(late)
    const failure = fc.check(
      fc.property(runs, (run) => run.violation === null),
      { seed: 2, numRuns: 200 },
    )
    const [run] = failure.counterexample ?? []
    expect(run?.setup.scenario).toMatchObject({ chunks: 1 })
    expect(run?.schedule).toHaveLength(5)
    expect(fc.stringify(run)).toMatch(/violated {2}survivesCrash/)
    expect(run).toBeViolated('survivesCrash')
  })

  test('scenarios are drawn, too', () => {
    const scenario = fc.record({
      name: fc.constant('drawn'),
      chunks: fc.integer({ min: 1, max: 3 }),
    })
    const runs = interleavingArbitrary({ model: snapshot, scenario, maxSteps: 9 })
    const drawn = fc.sample(runs, { numRuns: 30, seed: 4 })
    const chunks = drawn.map((run) => (run.setup.scenario as { chunks?: number }).chunks)
    expect(new Set(chunks)).toEqual(new Set([1, 2, 3]))
    for (const run of drawn) expect(run.schedule.length).toBeLessThanOrEqual(9)
  })

  test('names that name nothing', () => {
    expect(() => interleavingArbitrary({ model: snapshot, mutant: 'x' })).toThrow(
      'unknown mutant x',
    )
    expect(() => interleavingArbitrary({ model: snapshot, system: 'x' })).toThrow(
      'unknown system x',
    )
  })
})

test('types: what fits together, and what does not', () => {
  expectTypeOf(interleavingArbitrary({ model: snapshot })).toEqualTypeOf<
    fc.Arbitrary<Interleaving>
  >()
  expectTypeOf(snapshot).toExtend<OwnModel>()
  type Options = Parameters<typeof interleavingArbitrary<never, { chunks: number }>>[0]
  expectTypeOf<{ name: string; chunks: number }>().toExtend<NonNullable<Options['scenario']>>()
  expectTypeOf<{ name: string }>().not.toExtend<NonNullable<Options['scenario']>>()
  // @ts-expect-error a property is named
  expect(() => expect(snapshot).toBeViolated(3)).toThrow()
})
