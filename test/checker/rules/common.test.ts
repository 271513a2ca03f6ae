/** A search finds the same with common functions, with a program of the model's own, and with both. */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { type CheckResult, check, type Model, type SearchOptions } from '../../../checker/index.js'
import { compile } from '../../../checker/rules/compile.js'
import { snapshotModel } from '../../../runs/fork-machine/model.js'
import { mutantNamed, scenarioNamed, systemNamed } from '../../../runs/fork-machine/names.js'
import { modelOf, modelTexts } from '../../support/random-models.js'

/** All that a search says, by how many states common functions expand. */
function results<S>(model: Model<S>, options: SearchOptions = {}): CheckResult<S>[] {
  return [0, 5, Number.POSITIVE_INFINITY].map((commonStates) =>
    check(model, { digest: true, continue: true, ...options, commonStates }),
  )
}

it('in random models', () => {
  let whole = 0
  fc.assert(
    fc.property(modelTexts, (text) => {
      const [own, both, common] = results(modelOf(text), { maxStates: 2000 })
      expect(both).toEqual(own)
      expect(common).toEqual(own)
      if (own.digest !== null) whole++
    }),
    { numRuns: 100 },
  )
  expect(whole).toBeGreaterThan(20)
})

it('of two models that run by turns', () => {
  const [one, other] = ['linux-no-flush', 'phase-2-survives'].map((name) => {
    const mutant = mutantNamed(name)
    const scenario = scenarioNamed(mutant.scenario)
    return compile(snapshotModel({ scenario, system: systemNamed(mutant.system), mutant }))
  })
  const successors = (compiled: typeof one) => {
    const { layout, init } = compiled.model
    const count = compiled.expand(layout.encode(init[0]), 0)
    return [...compiled.successors.slice(0, count * layout.words)]
  }
  const first = successors(one)
  const second = successors(other)
  expect(successors(one)).toEqual(first)
  expect(successors(other)).toEqual(second)
  expect(first.length).toBeGreaterThan(0)
  expect(second.length).toBeGreaterThan(0)
})

describe('of the fork machine', () => {
  test.each(['linux-no-flush', 'phase-2-survives'])('%s', (name) => {
    const mutant = mutantNamed(name)
    const scenario = scenarioNamed(mutant.scenario)
    const model = snapshotModel({ scenario, system: systemNamed(mutant.system), mutant })
    const [own, both, common] = results(model)
    expect(own.counterexamples.length).toBeGreaterThan(0)
    expect(both).toEqual(own)
    expect(common).toEqual(own)
  })
})
