/**
 * Random scenarios and random schedules of both systems. `npm test` draws the same few each time;
 * RANDOM_SCENARIOS=200 draws more of them, RANDOM_SEED=2 others.
 */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { check } from '../../checker/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import '../../testing/vitest.js'
import { parseScenario, type Scenario, soundSystems as systems } from '../../model/index.js'
import { operations as records } from '../../model/kernel/index.js'
import type { Doer } from '../../model/operation.js'
import { ALLOCATION_POINTS } from '../../model/state.js'
import { interleavingArbitrary, scenarioArbitrary } from '../../testing/fast-check.js'

const numRuns = Number(process.env.RANDOM_SCENARIOS ?? 8)
const drawn = { numRuns, seed: Number(process.env.RANDOM_SEED ?? 1) }

const named = systems.map((system) => [system.name, system] as const)

/** Many states, one path: up to 6 tables, three threads, longer programs. */
const large = { slots: 6, pagesPerTable: 3, threads: 3, operations: 6, kernel: 2, copiers: 3 }
/** Mostly few enough states to see them all. */
const small = { slots: 2, vmas: 2, operations: 1, failures: 1 }
const MOST_STATES = 20_000

describe.each(named)('%s', (_name, system) => {
  test('keeps every property in random small scenarios, exhaustively', () => {
    const seen = { holds: 0, incomplete: 0, violated: 0 }
    fc.assert(
      fc.property(scenarioArbitrary(small), (input) => {
        const scenario = parseScenario(input)
        const { verdict } = check(snapshotModel({ scenario, system }), { maxStates: MOST_STATES })
        seen[verdict]++
        // Told as a story.
        if (verdict === 'violated') expect({ scenario, system }).toHold()
      }),
      drawn,
    )
    expect(seen.holds).toBeGreaterThan(numRuns / 2)
  }, 600_000)

  test('keeps every property on random schedules of random large scenarios', () => {
    fc.assert(
      fc.property(interleavingArbitrary({ system, bounds: large }), (run) => {
        expect(run).toHold()
      }),
      drawn,
    )
  }, 600_000)
})

describe('drawn scenarios', () => {
  const scenarios = fc
    .sample(scenarioArbitrary({ ...large, operations: 4 }), { numRuns: 1_000, seed: 1 })
    .map((input) => parseScenario(input))

  /** All that is drawn of something. */
  function all(pick: (scenario: Scenario) => Iterable<unknown>): string[] {
    return [...new Set(scenarios.flatMap((scenario) => [...pick(scenario)]))].map(String).sort()
  }
  const operations = (programs: readonly (readonly { do: string }[])[]) =>
    programs.flat().map((op) => op.do)

  test('do whatever can be done', () => {
    const can = (...doers: Doer[]) =>
      records.filter(({ by }) => doers.some((doer) => by.includes(doer))).map(({ name }) => name)
    expect(all(({ parent }) => operations(parent))).toEqual(can('parent').sort())
    expect(all(({ child }) => operations([child]))).toEqual(can('child').sort())
    expect(all(({ secondChild = [] }) => operations([secondChild]))).toEqual(can('child').sort())
    expect(all(({ kernel }) => operations(kernel))).toEqual(can('kernel').sort())
    expect(all(({ failures }) => [failures.lasting])).toEqual(['false', 'true'])
  })

  test('make every choice there is', () => {
    const options = {
      arch: 'arm64 x86',
      chunk: '0 1 2 3',
      copierLock: 'copy vma',
      copierSplit: 'table vma',
      copiers: '1 2 3',
      enabled: 'false true',
      errorCheck: 'before both',
      faultLock: 'mmap vma',
      madviseLock: 'mmap vma',
      pinned: 'fork later',
      pointerLock: 'child none',
      reuse: 'exclusive mapcount refcount',
      stackGrowth: 'read write',
      tableReclaim: 'false true',
      upperCache: 'false true',
    }
    expect(Object.keys(scenarios[0].options).sort()).toEqual(Object.keys(options))
    for (const [name, values] of Object.entries(options)) {
      const made = all((scenario) => [scenario.options[name as keyof Scenario['options']]])
      expect([name, made.join(' ')]).toEqual([name, values])
    }
    expect(all(({ kill }) => kill as string[])).toEqual(['child', 'parent', 'secondChild'])
    expect(all(({ failures }) => failures.at ?? [])).toEqual(Object.keys(ALLOCATION_POINTS).sort())
  })

  test('have VMAs of every kind, threads, and one or two forks', () => {
    const kinds = ['write', 'huge', 'device', 'stack', 'same'] as const
    for (const kind of kinds)
      expect([kind, all(({ vmas }) => vmas.map((vma) => vma[kind]))]).toEqual([
        kind,
        ['false', 'true'],
      ])
    expect(all(({ parent }) => [parent.length])).toEqual(['1', '2', '3'])
    expect(all(({ kernel }) => [kernel.length])).toEqual(['0', '1', '2'])
    const forks = (scenario: Scenario) => operations(scenario.parent).filter((op) => op === 'fork')
    expect(all((scenario) => [forks(scenario).length])).toEqual(['1', '2'])
  })
})
