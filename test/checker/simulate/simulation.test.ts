/** Seeded walks: the same for the same seed, honest about what they saw. */
import { describe, expect, it } from 'vitest'
import {
  check,
  type Model,
  NO_DEADLOCK,
  Simulation,
  type SimulationOptions,
  type SimulationResult,
} from '../../../checker/index.js'
import { Random } from '../../../checker/simulate/random.js'
import { DistinctCounter } from '../../../checker/visited/distinct.js'
import { toyModel } from '../../../tools/bench/toy.js'
import {
  diners,
  type Graph,
  graph,
  never,
  somewhere,
  twoThreads,
} from '../../support/small-models.js'

const DEFAULTS: SimulationOptions = { strategy: 'random', seed: 1n, runs: 100, maxSteps: 100 }

function simulate<S>(model: Model<S>, options: Partial<SimulationOptions> = {}): SimulationResult {
  const simulation = new Simulation(model, { ...DEFAULTS, ...options })
  while (!simulation.advance(7));
  return simulation.result()
}

describe('random numbers', () => {
  it('are these, on every machine', () => {
    const random = new Random(0x2f10n)
    expect([random.next(), random.next(), random.next()]).toMatchInlineSnapshot(`
      [
        1289746173,
        3115235855,
        2879969984,
      ]
    `)
    const other = new Random(2n ** 64n - 1n, 2 ** 32 - 1)
    expect([other.next(), other.next(), other.next()]).toMatchInlineSnapshot(`
      [
        163292757,
        66647681,
        4198423949,
      ]
    `)
  })

  it('differ by seed, by its upper half, and by stream', () => {
    const first = [0n, 1n, 2n ** 32n, 2n ** 63n].flatMap((seed) =>
      [0, 1, 2].map((stream) => new Random(seed, stream).next()),
    )
    expect(new Set(first).size).toBe(first.length)
  })

  it('fall evenly', () => {
    const random = new Random(5n)
    const counts = new Array(7).fill(0)
    for (let i = 0; i < 70_000; i++) counts[random.below(7)]++
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
    const places = new Array(4).fill(0)
    for (let i = 0; i < 4_000; i++) {
      const list = [0, 1, 2, 3]
      random.shuffle(list)
      expect([...list].sort()).toEqual([0, 1, 2, 3])
      places[list.indexOf(3)]++
    }
    for (const count of places) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })
})

describe('the number of distinct states', () => {
  it.each([1, 10, 1_000, 30_000, 300_000])('%i of them, to 3 %%', (count) => {
    const counter = new DistinctCounter()
    for (let i = 0; i < count; i++) {
      const state = Int32Array.of(i & 1023, 7, i >> 10)
      counter.add(state)
      counter.add(state)
    }
    expect(Math.abs(counter.estimate() - count)).toBeLessThanOrEqual(0.03 * count)
  })

  it('is about that of the search, once the walks have seen it all', () => {
    const model = toyModel(4)
    const { states } = check(model)
    const { distinctStates } = simulate(model, { runs: 2_000 })
    expect(Math.abs(distinctStates - states)).toBeLessThanOrEqual(0.05 * states)
  })
})

describe('a simulation', () => {
  const strategies = [{ strategy: 'random' }, { strategy: 'pct', depth: 2 }] as const

  it.each(strategies)('$strategy is the same for the same seed, and in any slices', (options) => {
    const model = diners(5)
    const first = simulate(model, options)
    const once = new Simulation(model, { ...DEFAULTS, ...options })
    once.advance(1_000)
    expect(once.result()).toEqual(first)
    expect(simulate(model, { ...options, seed: 2n })).not.toEqual(first)
    expect(simulate(model, { ...options, execution: 'interpreted' })).toMatchObject({
      found: first.found,
      steps: first.steps,
      fired: first.fired,
    })
  })

  it.each(strategies)('$strategy: a run can be had alone, by its number', (options) => {
    const model = { ...diners(4), final: () => false }
    const { found } = simulate(model, { ...options, runs: 1_000 })
    expect(found).toMatchObject({ property: NO_DEADLOCK })
    const alone = simulate(model, { ...options, firstRun: found?.run, runs: 1 })
    expect(alone.found).toEqual(found)
  })

  it('counts steps, rules, cut walks and what was reached', () => {
    const model: Model<Graph> = {
      ...graph([
        [0, 1],
        [1, 2],
      ]),
      final: (s) => s.at === 2,
      properties: [somewhere(1), somewhere(7)],
    }
    expect(simulate(model, { runs: 5 })).toMatchObject({
      found: null,
      limit: null,
      runs: 5,
      steps: 10,
      longest: 2,
      cut: 0,
      fired: { go: 10 },
      reached: { somewhere1: 5, somewhere7: 0 },
      distinctStates: 3,
      interpreted: [],
    })
    expect(simulate(model, { runs: 5, maxSteps: 1 })).toMatchObject({ steps: 5, cut: 5 })
  })

  it('ends at the first violation, with its schedule', () => {
    const model: Model<Graph> = {
      ...graph([
        [0, 1],
        [0, 2],
      ]),
      final: () => true,
      properties: [never(2), never(1)],
    }
    const { found, runs } = simulate(model, { properties: ['never2'] })
    expect(found).toEqual({
      run: runs,
      property: 'never2',
      explanation: 'at 2',
      schedule: ['go(0-2)'],
    })
    expect(simulate({ ...model, final: () => false }, { properties: [] })).toMatchObject({
      found: null,
      runs: 100,
    })
  })

  it('can be stopped, and says why', () => {
    const simulation = new Simulation({ ...diners(3), final: () => true }, DEFAULTS)
    expect(simulation.advance(3)).toBe(false)
    simulation.stop('enough')
    expect(simulation.advance(3)).toBe(true)
    expect(simulation.result()).toMatchObject({ runs: 3, limit: 'enough' })
    expect(simulation.progress().runs).toBe(3)
  })

  it('starts in each of several initial states', () => {
    const model: Model<Graph> = {
      ...graph([], [3, 5]),
      final: () => true,
      properties: [somewhere(3), somewhere(5)],
    }
    const { reached } = simulate(model)
    expect(reached.somewhere3 + reached.somewhere5).toBe(100)
    expect(Math.min(reached.somewhere3, reached.somewhere5)).toBeGreaterThan(30)
  })
})

describe('priorities', () => {
  it('of depth 1 never switch from an actor that can go on', () => {
    for (let run = 1; run <= 20; run++) {
      const model = { ...twoThreads(3, 3), final: () => false }
      const { found } = simulate(model, { strategy: 'pct', depth: 1, firstRun: run, runs: 1 })
      expect(['aaabbb', 'bbbaaa']).toContain(found?.schedule.map((label) => label[0]).join(''))
    }
  })

  it('of depth 2 are changed once', () => {
    const orders = new Set<string>()
    for (let run = 1; run <= 200; run++) {
      const model = { ...twoThreads(2, 2), final: () => false }
      const { found } = simulate(model, { strategy: 'pct', depth: 2, firstRun: run, runs: 1 })
      orders.add(found?.schedule.map((label) => label[0]).join('') ?? '')
    }
    // abab and baba need two changes.
    expect([...orders].sort()).toEqual(['aabb', 'abba', 'baab', 'bbaa'])
  })
})
