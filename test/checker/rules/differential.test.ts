/**
 * The fast search, compiled and interpreted, against the reference: random models, and every
 * standard scenario of the project that is small enough.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scenarios, soundSystems as systems } from '../../../model/index.js'
import { snapshotModel } from '../../../runs/fork-machine/model.js'
import { pinned } from '../../model/pinned.js'
import { expectAgreement } from '../../support/agree.js'
import { oneIn, partOf } from '../../support/part.js'
import { modelOf, modelTexts } from '../../support/random-models.js'

const RUNS = Number(process.env.RANDOM_MODELS ?? 100)

it(`${RUNS} random models`, () => {
  const seen = { compiled: 0, holds: 0, violated: 0, incomplete: 0, ruleErrors: 0, large: 0 }
  fc.assert(
    fc.property(modelTexts, (text) => {
      const { verdict, interpreted, states, counterexamples } = expectAgreement(modelOf(text))
      seen[verdict]++
      if (interpreted.length === 0) seen.compiled++
      if (states > 20) seen.large++
      if (counterexamples.some((c) => c.property === 'noRuleError')) seen.ruleErrors++
    }),
    { numRuns: RUNS },
  )
  // The models are not all of one kind: each outcome was compared many times.
  for (const [kind, times] of Object.entries(seen))
    if (kind !== 'incomplete') expect([kind, times > RUNS / 30]).toEqual([kind, true])
}, 120_000)

/** Enough for an eighth of the scenarios, few enough for the reference. */
const MOST_STATES = 180

describe('small standard scenarios', () => {
  const setups = scenarios.flatMap((scenario) => systems.map((system) => ({ scenario, system })))
  const sizes = pinned()
  const small = setups.filter(
    ({ scenario, system }) => sizes[`${system.name} ${scenario.name}`].states <= MOST_STATES,
  )

  it('many of them are small enough', () => {
    expect(small.length).toBeGreaterThan(setups.length / 8)
  })

  it.each(oneIn(8, small).map((setup) => [setup.system.name, setup.scenario.name, setup] as const))(
    `${partOf(8)}: %s %s`,
    (_, __, setup) => {
      const result = expectAgreement(snapshotModel(setup))
      // Compared with itself, code that is not compiled would always agree.
      expect(result.interpreted).toEqual([])
    },
  )
})
