/**
 * SPIN, on what `forkcheck export` writes, finds as many states and steps, and the same verdict.
 *
 * SPIN=all compares all standard scenarios, each with a mutant, and many random models.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toyModel } from '../../bench/toy.js'
import { check, type Model, toPromela } from '../../checker/index.js'
import { snapshotModel } from '../../core/model.js'
import { mutants, scenarios, systems } from '../../model/index.js'
import { modelOf, modelTexts } from '../support/random-models.js'
import { missingTools, spin } from '../support/spin.js'

const everything = process.env.SPIN === 'all'
const missing = missingTools()

/** SPIN looks at no more than what may never be. */
function isBroken<S>(model: Model<S>): boolean {
  const isAlways = (name: string) => model.properties.find((p) => p.name === name)?.kind ?? 'always'
  const { counterexamples } = check(model, { continue: true })
  return counterexamples.some(({ property }) => isAlways(property) === 'always')
}

async function agree<S>(model: Model<S>): Promise<void> {
  const found = await spin(model)
  const { states, transitions } = check(model, { continue: true })
  expect(found.errors > 0).toBe(isBroken(model))
  // SPIN does not go on from a state in which something is wrong.
  if (found.errors === 0) expect(found).toEqual({ errors: 0, states, transitions })
}

describe('SPIN agrees', { timeout: 300_000 }, () => {
  if (missing !== null) {
    // Not a skipped test: those are errors in CI, and Node alone must be enough for `npm test`.
    console.warn(`SPIN on exported models is not run: ${missing}`)
    it(`is not run: ${missing}`, () => {
      expect(process.env.SPIN, `SPIN=all needs it: ${missing}`).not.toBe('all')
    })
    return
  }

  it('on the toy protocol', () => agree(toyModel(5)))

  const texts = fc.sample(modelTexts, { seed: 1, numRuns: everything ? 100 : 2 })
  it.each(texts)('on a random model: %j', (text) => agree(modelOf(text)))

  const names = everything ? scenarios.map(({ name }) => name) : ['move-fails']
  it.each(names)('on %s, and on a mutant of it', async (name) => {
    const scenario = scenarios.find((one) => one.name === name)!
    for (const system of everything ? systems : systems.slice(1, 2))
      await agree(snapshotModel({ scenario, system }))
    const mutant = mutants.find((one) => one.scenario === name)
    const system = systems.find((one) => one.name === mutant?.system)
    if (mutant && system) await agree(snapshotModel({ scenario, system, mutant }))
  })
})

it('a model that cannot be translated is refused, with the reason', () => {
  const toy = toyModel(2)
  const [first, ...others] = toy.rules
  const foreign = { ...first, foreign: [first.guard, first.effect] }
  expect(() => toPromela({ ...toy, rules: [foreign, ...others] })).toThrow(
    /childSkips cannot be translated: comes from outside the model/,
  )
})
