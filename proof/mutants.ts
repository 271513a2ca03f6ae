/**
 * Mutants as a proof meets them. Each is tried within the bounds that its own scenario suggests:
 * operations, threads, pages a table and options, as far as a proof has them. What the scenario has
 * beside that, no proof covers: that is what a mutant needs which is not refuted.
 */
import type { Mutant } from '../model/mutant.js'
import type { ProcessOperation, Scenario } from '../model/scenario.js'
import type { Options } from '../model/shape.js'
import { invariants } from '../properties/index.js'
import { NOT_PROVED, type Question } from './models.js'
import { FAMILIES, OPERATIONS, type OperationName } from './operations.js'

/** The largest bounds that a proof can be asked for. */
const MOST = { threads: 2, pagesPerTable: 2 }

/** A program of the parent that does none of a proof's operations is given this one. */
const LEAST: OperationName = 'dontneed'

/**
 * The questions to ask of a mutant, from the smallest bounds to those of its scenario. One that is
 * refuted by an earlier one need not be asked the later ones.
 */
export function questionsFor(question: Question, mutant: Mutant, scenario: Scenario): Question[] {
  const named = OPERATIONS.filter((name) => scenario.parent.flat().some((one) => is(name, one)))
  const operations = named.length > 0 ? named : [LEAST]
  const options = { ...optionsOf(scenario), ...question.options }
  const small = { ...question, mutant, operations, options }
  const pagesPerTable = Math.min(MOST.pagesPerTable, scenario.pagesPerTable)
  const threads = Math.min(MOST.threads, scenario.parent.length)
  const all = [small, { ...small, pagesPerTable }, { ...small, threads }]
  const isNew = (one: Question, i: number) =>
    all.findIndex((other) => boundsIn(other) === boundsIn(one)) === i
  return all.filter(isNew)
}

const boundsIn = ({ threads, pagesPerTable }: Question) => `${threads} ${pagesPerTable}`

/** Is an operation of a scenario one of this family? */
function is(name: OperationName, operation: ProcessOperation): boolean {
  const made = FAMILIES[name].make({ from: 0, to: 1 })
  const writes = (one: ProcessOperation) => ('write' in one ? one.write : undefined)
  return made.do === operation.do && writes(made) === writes(operation)
}

/** Options that a proof leaves as they are; it has no pins, no second copier, no other hardware. */
const LEFT_OUT: readonly (keyof Options)[] = [
  'copiers',
  'copierSplit',
  'pinned',
  'faultLock',
  'upperCache',
  'arch',
]

function optionsOf({ options }: Scenario): Partial<Options> {
  const kept = Object.entries(options).filter(([name]) => !LEFT_OUT.includes(name as keyof Options))
  return Object.fromEntries(kept)
}

/** What a mutant needs that no question about it covers, each thing in a few words. */
export function needsBeyond(mutant: Mutant, scenario: Scenario): readonly string[] {
  return [...propertyNeeds(mutant), ...partsBeyond(scenario)]
}

/** The parts of a scenario that no proof covers. */
export function partsBeyond(scenario: Scenario): readonly string[] {
  return [...operationNeeds(scenario), ...sizeNeeds(scenario), ...optionNeeds(scenario)]
}

/** A mutant that breaks no property that is proved is not refuted by a proof of those. */
function propertyNeeds({ breaks }: Mutant): string[] {
  const proved = invariants
    .filter(({ kind, name }) => kind === 'always' && !NOT_PROVED.includes(name))
    .map(({ name }) => name)
  return breaks.some((name) => proved.includes(name)) ? [] : [`property ${breaks.join(', ')}`]
}

function operationNeeds({ parent, child, kernel, kill, vmas }: Scenario): string[] {
  const known = (one: ProcessOperation) => OPERATIONS.some((name) => is(name, one))
  const others = parent.flat().filter((one) => one.do !== 'fork' && !known(one))
  const parts = parent.flat().filter((one) => known(one) && isPartial(one, vmas))
  const killed = (kill === true ? ['child'] : kill || []).filter((victim) => victim !== 'child')
  return [
    ...distinct(others.map((one) => `operation ${one.do}`)),
    ...distinct(parts.map((one) => `${one.do} of a part of a VMA`)),
    ...distinct(kernel.flat().map((one) => `kernel thread ${one.do}`)),
    ...(child.some((one) => one.do !== 'read') ? ['a program of the child'] : []),
    ...killed.map((victim) => `a kill of the ${victim}`),
  ]
}

/** Is it an operation of whole VMAs in a proof, and of something else in the scenario? */
function isPartial(operation: ProcessOperation, vmas: Scenario['vmas']): boolean {
  const family = OPERATIONS.find((name) => is(name, operation))
  if (!family || FAMILIES[family].on !== 'whole' || !('from' in operation)) return false
  const { from, to } = operation
  return !vmas.some((vma) => vma.from === from && vma.to === to)
}

function sizeNeeds({ parent, vmas, pagesPerTable }: Scenario): string[] {
  const forks = parent.flat().filter((one) => one.do === 'fork').length
  const partial = vmas.some(({ from, to }) => from % pagesPerTable > 0 || to % pagesPerTable > 0)
  const special = vmas.some(({ device, stack, huge, write }) => device || stack || huge || !write)
  return [
    ...(parent.length > MOST.threads ? [`${parent.length} parent threads`] : []),
    ...(forks > 1 ? [`${forks} forks`] : []),
    ...(vmas.length > 1 ? [`${vmas.length} VMAs`] : []),
    ...(partial ? ['a VMA that covers a part of a table'] : []),
    ...(special ? ['a special VMA'] : []),
    ...(pagesPerTable > MOST.pagesPerTable ? [`${pagesPerTable} pages a table`] : []),
  ]
}

function optionNeeds({ options }: Scenario): string[] {
  const usual = { copiers: 1, pinned: 'fork', faultLock: 'mmap', upperCache: false, arch: 'x86' }
  return Object.entries(usual)
    .filter(([name, value]) => options[name as keyof Options] !== value)
    .map(([name]) => `option ${name} ${options[name as keyof Options]}`)
}

const distinct = (texts: readonly string[]) => [...new Set(texts)]
