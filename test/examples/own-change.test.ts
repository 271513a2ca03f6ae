/**
 * Tests of a change of your own to a protocol: copy this file into your project and put your change
 * into it. Needs the packages forkcheck, vitest and fast-check.
 */
import * as fc from 'fast-check'
import type { Mutant, ScenarioInput } from 'forkcheck'
import { interleavingArbitrary } from 'forkcheck/fast-check'
import 'forkcheck/vitest'
import { describe, expect, test } from 'vitest'

/** Async-fork without the copy that comes before a page is discarded. */
const change: Mutant = {
  name: 'discard-without-sync',
  system: 'async-fork',
  says: 'madvise(DONTNEED) does not copy the table first.',
  scenario: '',
  breaks: [],
  origin: 'synthetic',
  source: 'our patch',
  change: { syncBeforeZap: null },
}

describe('our change', () => {
  test('does no harm while one writer changes any two pages', () => {
    expect({ system: 'async-fork', scenario: 'bgsave', mutant: change }).toHold()
  })

  /** The child copies a table in which a page is discarded. */
  const scenario: ScenarioInput = {
    format: 1,
    name: 'discard-one-page',
    pages: 2,
    vmas: [{ from: 0, to: 2 }],
    parent: [[{ do: 'fork' }, { do: 'dontneed', from: 0, to: 1 }]],
  }

  test('but the child misses what is discarded meanwhile', () => {
    expect({ system: 'async-fork', scenario, mutant: change }).not.toBeSnapshotConsistent()
  })

  test('which random schedules find as well', () => {
    const runs = interleavingArbitrary({ system: 'async-fork', scenario, mutant: change })
    const found = fc.check(fc.property(runs, (run) => run.violation === null))
    // fc.assert would throw, with the story of the smallest way to the violation.
    expect(found.failed).toBe(true)
  })
})

test('the published protocol keeps every property on random schedules', () => {
  const runs = interleavingArbitrary({ system: 'async-fork' })
  fc.assert(
    fc.property(runs, (run) => {
      expect(run).toHold()
    }),
    { numRuns: 25 },
  )
})
