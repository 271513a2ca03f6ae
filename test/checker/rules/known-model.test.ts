/** A model whose program is known is searched as one that is read. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Model } from '../../../checker/model.js'
import { compile } from '../../../checker/rules/compile.js'
import {
  KnownModel,
  type KnownProgram,
  knownProgramOf,
} from '../../../checker/rules/known-model.js'
import { runToEnd } from '../../../checker/search/exploration.js'
import { Search } from '../../../checker/search/search.js'
import { mutants, scenarios, systems } from '../../../model/index.js'
import { named } from '../../../runs/names.js'
import { modelOf as modelOfSetup } from '../../../runs/setup-model.js'
import { modelOf, modelTexts } from '../../support/random-models.js'

const OPTIONS = { digest: true, continue: true, maxStates: 3000 }

/** The program as another process has it, which gets data only. */
function handedOn({ code, tables, dead }: KnownProgram): KnownProgram {
  return { code, tables: new Map(tables), dead: [...dead] }
}

/** Searches a model that is read and one that is known. @returns how the search ended. */
function compare<S>(model: Model<S>): string | null {
  const program = knownProgramOf(compile(model))
  if (program === null) return null
  const known = new KnownModel(model, handedOn(program))
  const read = runToEnd(new Search(model, OPTIONS))
  expect(runToEnd(new Search(model, OPTIONS, undefined, known))).toEqual(read)
  expect(known.dead).toEqual(compile(model).dead)
  return read.verdict
}

test('random models: violations of all kinds, rules that fail', () => {
  const verdicts = new Set<string | null>()
  fc.assert(
    fc.property(modelTexts, (text) => {
      verdicts.add(compare(modelOf(text)))
    }),
    { seed: 1, numRuns: 100 },
  )
  expect(verdicts).toEqual(new Set(['holds', 'violated']))
})

test.each([
  ['two-writers', 'linux', undefined],
  ['bgsave', 'async-fork', undefined],
  ['two-writers', 'linux', 'linux-no-flush'],
  ['bgsave', 'async-fork', 'no-copy-lock'],
])('%s of %s with %s', (scenario, system, mutant) => {
  const setup = {
    scenario: named('scenario', scenarios, scenario),
    system: named('system', systems, system),
    ...(mutant ? { mutant: named('mutant', mutants, mutant) } : {}),
  }
  expect(compare(modelOfSetup(setup))).not.toBeNull()
})

test('what runs as it stands cannot be kept', () => {
  const [system] = systems
  const model = modelOfSetup({ scenario: scenarios[0], system })
  expect(knownProgramOf(compile(model, { execution: 'interpreted' }))).toBeNull()
})
