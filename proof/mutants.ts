/** What a mutant needs that a proof excludes: told from the scenario in which it shows. */
import type { Mutant } from '../model/mutant.js'
import type { Scenario } from '../model/scenario.js'
import { invariants } from '../properties/index.js'
import type { Question } from './models.js'
import { FAMILIES, type OperationName } from './operations.js'

/** Each thing in a few words; none if the bounds of the question cover the scenario. */
export function needsBeyond(
  question: Question,
  mutant: Mutant,
  scenario: Scenario,
): readonly string[] {
  return [
    ...propertyNeeds(mutant),
    ...operationNeeds(question, scenario),
    ...sizeNeeds(question, scenario),
    ...optionNeeds(question, scenario),
  ]
}

/** A mutant that breaks no `always` property is not refuted by a proof of those. */
function propertyNeeds({ breaks }: Mutant): string[] {
  const always = invariants.filter(({ kind }) => kind === 'always').map(({ name }) => name)
  return breaks.some((name) => always.includes(name)) ? [] : [`property ${breaks.join(', ')}`]
}

function operationNeeds({ operations }: Question, { parent, child, kernel }: Scenario): string[] {
  const known = new Set(operations.map((name) => FAMILIES[name as OperationName].does))
  const missing = parent.flat().filter((one) => one.do !== 'fork' && !known.has(one.do))
  return [
    ...[...new Set(missing.map((one) => one.do))].map((name) => `operation ${name}`),
    ...[...new Set(kernel.flat().map((one) => one.do))].map((name) => `kernel thread ${name}`),
    ...(child.some((one) => one.do !== 'read') ? ['a program of the child'] : []),
  ]
}

function sizeNeeds(question: Question, { parent, vmas, pagesPerTable }: Scenario): string[] {
  const forks = parent.flat().filter((one) => one.do === 'fork').length
  const partial = vmas.some(({ from, to }) => from % pagesPerTable > 0 || to % pagesPerTable > 0)
  const special = vmas.some(({ device, stack, huge, write }) => device || stack || huge || !write)
  return [
    ...(parent.length > question.threads ? [`${parent.length} parent threads`] : []),
    ...(forks > 1 ? [`${forks} forks`] : []),
    ...(vmas.length > 1 ? [`${vmas.length} VMAs`] : []),
    ...(partial ? ['a VMA that covers a part of a table'] : []),
    ...(special ? ['a special VMA'] : []),
    ...(pagesPerTable > question.pagesPerTable ? [`${pagesPerTable} pages a table`] : []),
  ]
}

function optionNeeds(question: Question, { options }: Scenario): string[] {
  const usual = { copiers: 1, pinned: 'fork', faultLock: 'mmap', upperCache: false, arch: 'x86' }
  const asked: Readonly<Record<string, unknown>> = { ...usual, ...question.options }
  return Object.entries(options)
    .filter(([name, value]) => name in asked && asked[name] !== value)
    .map(([name, value]) => `option ${name} ${value}`)
}
