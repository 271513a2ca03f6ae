/** Each hook of Async-fork is needed, or there is a reason why not: the table in docs/design.md. */
import { expect, test } from 'vitest'
import { check } from '../../checker/index.js'
import type { Mutant } from '../../model/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { places } from '../../tools/docs/hook-table.js'

const system = systemNamed('async-fork')

test.each(places.map((place) => [place.what, place] as const))('%s', (_, place) => {
  const mutant: Mutant = {
    name: 'without',
    system: 'async-fork',
    says: '',
    scenario: place.scenario,
    breaks: [],
    origin: 'synthetic',
    source: '',
    change: Object.fromEntries(place.hooks.map((hook) => [hook, null])),
  }
  const scenario = { ...scenarioNamed(place.scenario), reaches: ['childRuns'] }
  const { verdict, counterexamples } = check(snapshotModel({ scenario, system, mutant }))
  expect(counterexamples.map((c) => c.property)).toEqual(place.without ? [place.without] : [])
  expect(verdict).toBe(place.without ? 'violated' : 'holds')
  expect(place.because === undefined).toBe(place.without !== null)
})

test('every hook that synchronises is in the table', () => {
  const named = new Set(places.flatMap((place) => place.hooks))
  const hooks = system.hooks.map((hook) => hook.name).filter((name) => /sync/i.test(name))
  // Two are about locks, not about what changes: mutants sync-under-vma-lock and
  // sync-under-vma-lock-of-discard.
  const others = hooks.filter((name) => !named.has(name))
  expect(others).toEqual(['faultFallsBackToSync', 'discardFallsBackToSync'])
})
