/** Random scenarios and random schedules, on states too many to see all. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { check } from '../../checker/index.js'
import { snapshotModel } from '../../core/model.js'
import '../../properties/vitest.js'
import { parseScenario, soundSystems as systems } from '../../model/index.js'
import { interleavingArbitrary, scenarioArbitrary } from '../../properties/fast-check.js'

const named = systems.map((system) => [system.name, system] as const)

/** Many states, one path: 6 tables, two threads, longer programs. */
const large = { slots: 6, pagesPerTable: 3, threads: 2, operations: 6, failures: 3 }
/** Few enough states to see them all. */
const small = { slots: 2, pagesPerTable: 2, threads: 2, operations: 2, failures: 1 }

describe.each(named)('%s', (_name, system) => {
  test('keeps every property in random small scenarios, exhaustively', () => {
    fc.assert(
      fc.property(scenarioArbitrary(small), (input) => {
        const scenario = parseScenario(input)
        const { verdict } = check(snapshotModel({ scenario, system }), { maxStates: 20_000 })
        // Told as a story.
        if (verdict === 'violated') expect({ scenario, system }).toHold()
      }),
      { numRuns: 20 },
    )
  })

  test('keeps every property on random schedules of random large scenarios', () => {
    fc.assert(
      fc.property(interleavingArbitrary({ system, bounds: large }), (run) => {
        expect(run).toHold()
      }),
      { numRuns: 25 },
    )
  })
})
