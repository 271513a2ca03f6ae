/** What clients see: how many pages are copied while a child lives (protocol facts 9). */
import { expect, test } from 'vitest'
import { scenarioNamed, systemNamed } from '../../core/names.js'
import { worstCases } from '../../core/stall.js'

/** The frames that the parent's operations after fork allocate, at worst, one by one. */
const copied = (system: string, scenario: string) =>
  worstCases({ system: systemNamed(system), scenario: scenarioNamed(scenario) })
    .slice(1)
    .map(({ allocations, tables }) => allocations - tables)

test('rehashing while a child lives copies every page it touches; held back, none but the served', () => {
  expect(copied('linux', 'bgsave-rehash')).toEqual([1, 1, 1])
  expect(copied('linux', 'bgsave-rehash-held-back')).toEqual([1])
})
