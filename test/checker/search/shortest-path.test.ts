/** The cheapest schedule, against one that is found by lowering costs until none can be lowered. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  actionsOf,
  type Cost,
  check,
  type Model,
  NO_DEADLOCK,
  NO_RULE_ERROR,
  type ShortestPathOptions,
  type ShortestPathResult,
  ShortestPathSearch,
} from '../../../checker/index.js'
import { isLess, naiveCheapest } from '../../support/naive-cheapest.js'
import { modelOf, modelTexts } from '../../support/random-models.js'
import { type Graph, graph, never, somewhere, twoThreads } from '../../support/small-models.js'

const COSTS: readonly Cost[] = ['steps', 'switches', 'preemptions']

function cheapest<S>(model: Model<S>, options: ShortestPathOptions): ShortestPathResult<S> {
  const search = new ShortestPathSearch(model, options)
  while (!search.advance(100));
  return search.result()
}

/** RANDOM_MODELS: so many, other ones every time; else always the same few. */
const random = process.env.RANDOM_MODELS
const runs = random ? { numRuns: Number(random) } : { numRuns: 100, seed: 1 }

it(`on ${runs.numRuns} random models`, () => {
  const seen = { found: 0, ruleError: 0, deadlock: 0, none: 0 }
  fc.assert(
    fc.property(modelTexts, (text) => {
      const model = modelOf(text)
      const names = model.properties.filter((p) => p.kind === 'always').map((p) => p.name)
      // All together, and one that lies deeper on its own.
      for (const properties of [undefined, [...names, NO_DEADLOCK].slice(0, 1)]) {
        for (const cost of COSTS) {
          const found = expectCheapest(model, { cost, properties })
          if (!found) seen.none++
          else {
            seen.found++
            if (found.property === NO_RULE_ERROR) seen.ruleError++
            if (found.property === NO_DEADLOCK) seen.deadlock++
          }
        }
      }
    }),
    runs,
  )
  // Each kind of answer was compared many times.
  for (const [kind, times] of Object.entries(seen))
    expect([kind, times > 5, times]).toEqual([kind, true, times])
}, 180_000)

/** Compares the cost, and what the schedule itself says, with the naive answer. */
function expectCheapest<S>(
  model: Model<S>,
  options: ShortestPathOptions,
): ShortestPathResult<S>['found'] {
  const { cost, properties } = options
  const expected = [...naiveCheapest(model, cost, properties)]
  expected.sort(([, x], [, y]) => (isLess(x, y) ? -1 : 1))
  const { found, excludedBelow, limit } = cheapest(model, options)
  expect(limit).toBeNull()
  if (expected.length === 0) {
    expect({ found, excludedBelow }).toEqual({ found: null, excludedBelow: Infinity })
    return null
  }
  const [[, best]] = expected
  const second = cost === 'steps' ? switchesIn : lengthOf
  expect([found?.cost, second(model, found?.trace.schedule ?? [])]).toEqual(best)
  expect(excludedBelow).toBe(best[0])
  const equals = expected.filter(([, price]) => !isLess(best, price))
  expect(equals.map(([property]) => property)).toContain(found?.property)
  return found
}

it('the property asked for is found as cheaply as an exhaustive search finds it', () => {
  fc.assert(
    fc.property(modelTexts, (text) => {
      const model = modelOf(text)
      const all = check(model, { continue: true }).counterexamples
      for (const { property, trace } of all) {
        const { found } = cheapest(model, { cost: 'steps', properties: [property] })
        expect(found?.property).toBe(property)
        expect(found?.trace.schedule.length).toBe(trace.schedule.length)
      }
    }),
    { numRuns: 60 },
  )
})

function lengthOf<S>(_: Model<S>, schedule: readonly string[]): number {
  return schedule.length
}

function switchesIn<S>(model: Model<S>, schedule: readonly string[]): number {
  const actors = new Map(actionsOf(model).map(({ label, actor }) => [label, actor]))
  const taken = schedule.map((label) => actors.get(label))
  return taken.filter((actor, i) => i > 0 && actor !== taken[i - 1]).length
}

describe('by hand', () => {
  /** Threads a and b; wrong once both have taken their last step, b in between two of a's. */
  const threads = (wrong: (s: { steps: number[] }) => boolean) => ({
    ...twoThreads(2, 2),
    properties: [
      {
        name: 'fine',
        kind: 'always' as const,
        says: '',
        holds: (s: { steps: number[] }) => !wrong(s),
      },
    ],
  })

  it('a switch that is not needed is not made', () => {
    const model = threads((s) => s.steps[0] === 2 && s.steps[1] === 1)
    const { found } = cheapest(model, { cost: 'steps' })
    expect(found).toMatchObject({ property: 'fine', cost: 3 })
    expect(switchesIn(model, found?.trace.schedule ?? [])).toBe(1)
    expect(found?.trace.states).toHaveLength(4)
  })

  it('a switch to somebody because one has to is no preemption', () => {
    const model = threads((s) => s.steps[0] === 2 && s.steps[1] === 1)
    expect(cheapest(model, { cost: 'switches' }).found?.cost).toBe(1)
    expect(cheapest(model, { cost: 'preemptions' }).found?.cost).toBe(0)
  })

  it('few steps and few switches can be different schedules', () => {
    const model: ReturnType<typeof threads> = {
      ...threads(({ steps: [a, b] }) => a === 4 || (a === 1 && b === 1)),
      init: [{ steps: [0, 0], ends: [4, 4] }],
      layout: twoThreads(4, 4).layout,
    }
    const labels = (cost: Cost) =>
      cheapest(model, { cost })
        .found?.trace.schedule.map((label) => label[0])
        .join('')
    expect(labels('steps')?.length).toBe(2)
    expect(labels('switches')).toBe('aaaa')
  })

  it('looks no further than it is told', () => {
    const model = threads((s) => s.steps[0] === 2 && s.steps[1] === 1)
    expect(cheapest(model, { cost: 'switches', maxCost: 0 })).toMatchObject({
      found: null,
      limit: null,
      excludedBelow: 1,
    })
    const stopped = cheapest(model, { cost: 'steps', maxNodes: 3 })
    expect(stopped).toMatchObject({ found: null, limit: '3 nodes', nodes: 3 })
    expect(stopped.excludedBelow).toBeLessThanOrEqual(3)
    const search = new ShortestPathSearch(model, { cost: 'steps' })
    search.advance(1)
    search.stop('enough')
    expect(search.result()).toMatchObject({ found: null, limit: 'enough' })
  })

  it('what is not watched is passed over, and what must happen somewhere is noted', () => {
    const path: (readonly [number, number])[] = [
      [0, 1],
      [1, 2],
    ]
    const model: Model<Graph> = {
      ...graph(path),
      properties: [never(1), never(2), somewhere(1), somewhere(3)],
    }
    const { found, reached, fired } = cheapest(model, { cost: 'steps', properties: ['never2'] })
    expect(found?.trace.schedule).toEqual(['go(0-1)', 'go(1-2)'])
    expect([...reached]).toEqual(['somewhere1'])
    expect(fired).toEqual({ go: 2 })
    expect(cheapest(model, { cost: 'steps' }).found?.property).toBe('never1')
    const end = cheapest(model, { cost: 'steps', properties: [NO_DEADLOCK] })
    expect(end.found).toMatchObject({ property: NO_DEADLOCK, cost: 2 })
    expect(cheapest(model, { cost: 'steps', properties: [NO_RULE_ERROR] })).toMatchObject({
      found: null,
      excludedBelow: Infinity,
    })
  })

  it('a violation in the initial state costs nothing', () => {
    const { found } = cheapest({ ...graph([]), properties: [never(0)] }, { cost: 'switches' })
    expect(found).toMatchObject({ cost: 0, trace: { schedule: [] } })
  })
})
