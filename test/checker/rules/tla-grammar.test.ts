/**
 * What `forkcheck export --to tla` writes is TLA+ to a parser that knows nothing of this project.
 *
 * TLA=all takes all standard scenarios of every system; TLA_MODELS is the number of random models.
 */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Model, toTla } from '../../../checker/index.js'
import { mutants, scenarios, systems } from '../../../model/index.js'
import { snapshotModel } from '../../../runs/fork-machine/model.js'
import { bakery } from '../../../tools/bench/bakery.js'
import { toyModel } from '../../../tools/bench/toy.js'
import { twoPhase } from '../../../tools/bench/two-phase.js'
import { modelOf, modelTexts } from '../../support/random-models.js'
import { counter, diners, hanoi, large, mixer, twoThreads } from '../../support/small-models.js'
import { firstError, hasTlaGrammar, type ParseTla, tlaParser } from '../../support/tla-grammar.js'

const everything = process.env.TLA === 'all'
const runs = Number(process.env.TLA_MODELS ?? 20)

describe('is TLA+ by the grammar of the TLA+ Foundation', { timeout: 300_000 }, () => {
  if (!hasTlaGrammar) {
    // Not a skipped test: those are errors in CI, and Node alone must be enough for `npm test`.
    console.warn('exported TLA+ is not parsed: .ci/run puts the grammar into the cache')
    it('is not looked at: there is no grammar', () => {
      expect(everything, 'TLA=all needs the grammar: see .ci/run').toBe(false)
    })
    return
  }

  let parse: ParseTla
  beforeAll(async () => {
    parse = await tlaParser()
  })
  const errorIn = (text: string) => {
    const tree = parse(text)
    const error = firstError(tree)
    tree.delete()
    return error
  }
  const expectTla = <S>(model: Model<S>) => {
    const { module, name } = toTla(model)
    expect(errorIn(module), name).toBeNull()
  }

  it('a text with an error is refused, with its line', () => {
    const { module } = toTla(toyModel(2))
    const line = module.split('\n').findIndex((one) => one.startsWith('Next =='))
    const broken = module.replace('Next ==', 'Next = =')
    expect(errorIn(broken)).toContain(`line ${line + 1}: `)
    expect(errorIn(module.replace(/^VARIABLE state$/m, 'VARIABLE'))).not.toBeNull()
    expect(errorIn(module.replace('EXCEPT', 'EXCEPTING'))).not.toBeNull()
  })

  const small = [toyModel(3), diners(4), hanoi(3), counter(7), twoThreads(2, 3), mixer(), large()]
  const models = [...small, twoPhase(3), bakery(2, 2)] as unknown as Model<unknown>[]
  it.each(models.map((model) => [model.name, model] as const))('%s', (_, model) => {
    expectTla(model)
  })

  it(`${runs} random models`, () => {
    fc.assert(
      fc.property(modelTexts, (text) => expectTla(modelOf(text))),
      { numRuns: runs, seed: 2, endOnFailure: true },
    )
  })

  const names = everything ? scenarios.map(({ name }) => name) : ['move-fails']
  it.each(names)('%s, and mutants of it', (name) => {
    const scenario = scenarios.find((one) => one.name === name)
    if (!scenario) throw new Error(name)
    for (const system of everything ? systems : systems.slice(1, 2))
      expectTla(snapshotModel({ scenario, system }))
    for (const mutant of mutants.filter((one) => one.scenario === name)) {
      const system = systems.find((one) => one.name === mutant.system)
      if (system) expectTla(snapshotModel({ scenario, system, mutant }))
    }
  })
})
