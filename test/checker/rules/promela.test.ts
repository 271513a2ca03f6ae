/**
 * SPIN, on what `forkcheck export` writes, finds as many states and steps, and the same verdict.
 *
 * SPIN=all compares all standard scenarios, each with a mutant. SPIN_MODELS is the number of random
 * models; of these, the length of the shortest counterexample and the deadlocks are compared too.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CheckResult,
  type Counterexample,
  check,
  type Model,
  NO_DEADLOCK,
  NO_RULE_ERROR,
  toPromela,
} from '../../../checker/index.js'
import { mutants, scenarios, systems } from '../../../model/index.js'
import { snapshotModel } from '../../../runs/fork-machine/model.js'
import { toyModel } from '../../../tools/bench/toy.js'
import { modelOf, modelTexts } from '../../support/random-models.js'
import { large, mixer } from '../../support/small-models.js'
import { missingTools, spin, spinToFirstError } from '../../support/spin.js'

const everything = process.env.SPIN === 'all'
const models = Number(process.env.SPIN_MODELS ?? 5)
const missing = missingTools()

/** SPIN looks at no more than what may never be. */
function violations<S>(model: Model<S>, result: CheckResult<S>): readonly Counterexample<S>[] {
  const kindOf = (name: string) => model.properties.find((p) => p.name === name)?.kind ?? 'always'
  return result.counterexamples.filter(({ property }) => kindOf(property) === 'always')
}

async function agree<S>(model: Model<S>): Promise<void> {
  const result = check(model, { continue: true })
  const { states, transitions } = result
  const found = await spin(model, states)
  expect(found.errors > 0).toBe(violations(model, result).length > 0)
  // SPIN does not go on from a state in which something is wrong.
  if (found.errors === 0) expect(found).toEqual({ errors: 0, states, transitions })
}

/**
 * More than that: how long the shortest counterexample is, and the size where there is one.
 * @returns whether the sizes were compared.
 */
async function agreeInAll<S>(model: Model<S>): Promise<boolean> {
  const result = check(model, { continue: true })
  const found = violations(model, result)
  // That nothing can happen any more is noticed in a step of its own.
  const lengths = found.map(
    ({ property, trace }) => trace.schedule.length + (property === NO_DEADLOCK ? 1 : 0),
  )
  expect(await spinToFirstError(model)).toBe(lengths.length > 0 ? Math.min(...lengths) : null)
  if (found.some(({ property }) => property === NO_RULE_ERROR)) return false
  // Nothing else is wrong then: SPIN sees all states, and an error in each deadlock.
  const { states, transitions, deadlocks } = result
  const size = { states, transitions: transitions + deadlocks, errors: deadlocks }
  expect(await spin({ ...model, properties: [] }, states)).toEqual(size)
  return true
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

  it(`on ${models} random models`, async () => {
    let measured = 0
    const agrees = fc.asyncProperty(modelTexts, async (text) => {
      if (await agreeInAll(modelOf(text))) measured++
    })
    await fc.assert(agrees, { numRuns: models, seed: 1, endOnFailure: true })
    expect(measured).toBeGreaterThan(models / 2)
  })

  it('on bit operators, shifts, and divisors that vary', () => agreeInAll(mixer()))

  it('on numbers that 32 bits do not hold', () => agreeInAll(large()))

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
