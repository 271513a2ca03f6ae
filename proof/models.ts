/**
 * The two kinds of models that a proof compares: the abstract one, which keeps one page table and
 * replaces all others by the environment, and concrete ones, with every table of a VMA of some
 * size. Both come from the same rules and run the same programs: loops of any of the operations.
 */
import type { Model, Rule } from '../checker/model.js'
import { type Mutant, mutate } from '../model/mutant.js'
import { parseScenario } from '../model/parse-scenario.js'
import { completed } from '../model/rule.js'
import type { ProcessOperation, Scenario } from '../model/scenario.js'
import { vocabularyOf } from '../model/scopes.js'
import { ALLOCATION_POINTS, type AllocationPoint, type Options } from '../model/shape.js'
import { PARENT, type State } from '../model/state.js'
import type { Environment } from '../model/systems/environment.js'
import type { System } from '../model/systems/system.js'
import { type SnapshotSetup, snapshotModel } from '../runs/fork-machine/model.js'
import { type OperationName, operationsAt, operationsIn } from './operations.js'
import { endOf, type Position, type Stage, spotOf, stageOf } from './positions.js'

/** What is proved of, and what stays bounded. */
export interface Question {
  readonly system: System
  readonly mutant?: Mutant
  /** The mutant comes from outside; see SnapshotSetup. */
  readonly foreign?: boolean
  /** Threads of the parent. */
  readonly threads: number
  readonly pagesPerTable: number
  readonly operations: readonly OperationName[]
  readonly options: Partial<Options>
  /** Watch these `always` properties only. Default: all that can be seen at one table. */
  readonly properties?: readonly string[]
}

/** A model with what is needed to compare it with others. */
export interface Staged {
  readonly model: Model<State>
  readonly stage: Stage
  readonly scenario: Scenario
  /** The program of each thread of the parent, `end` not included. */
  readonly programs: readonly (readonly ProcessOperation[])[]
}

/** Raised for what cannot be proved, before anything is searched. */
export class ProofError extends Error {
  override readonly name = 'ProofError'
}

/** The environment that a system declares. @throws ProofError if it declares none. */
export function environmentOf({ name, environment }: System): Environment {
  if (environment) return environment
  throw new ProofError(`${name} declares no environment of a page table: it cannot be proved yet`)
}

/**
 * A thread of the parent goes on with any of its operations. The first one is fork, which has its
 * turn once; a thread that does not fork has another operation there, which it has again later.
 */
export const chooses: Rule<State> = {
  name: 'chooses',
  source: 'a program: any operations in any order, any number of times',
  for: ['thread', 'operation'],
  at: 'user',
  guard: (s, t, op) =>
    s.actor[t].mm === PARENT &&
    s.thread[t].page === s.geometry.pages &&
    s.thread[t].next !== op &&
    op < s.actor[t].program.length - 1 &&
    (op > 0 || mayFork(s, t)),
  effect: (s, t, op) => {
    s.thread[t].next = op
  },
}

/** Does the thread's program begin with a fork that has not been tried? */
export const mayFork = (s: State, t: number) =>
  s.actor[t].program[0].do === 'fork' && s.mm[s.actor[t].program[0].child].fork === 'none'

/** A flush that asks every CPU of the address space, whatever that caches. */
const ASKS_ALL: Mutant = {
  name: 'flush-asks-all',
  system: '',
  says: 'A flush asks every CPU of the address space.',
  scenario: '',
  breaks: [],
  origin: 'synthetic',
  source: 'arch/x86/mm/tlb.c: flush_tlb_mm_range asks mm_cpumask',
  replace: { caches: () => true },
}

/**
 * The model of one page table, in one position, with the environment instead of all others.
 * @param asksAll whether a flush asks every CPU; for tests also where it must.
 */
export function abstractModel(
  question: Question,
  position: Position,
  asksAll = question.threads > 1,
): Staged {
  const stage = stageOf(position, question.pagesPerTable)
  const { rules, vocabulary } = environmentOf(question.system)
  // Which CPUs a flush has to ask depends on what they cache of all tables. To ask all is more:
  // one that caches nothing may answer at once.
  const system = asksAll ? mutate(question.system, ASKS_ALL, false) : question.system
  const elsewhere = Array.from({ length: stage.tables }, (_, slot) => slot)
  const operations = question.operations.flatMap((name) => operationsAt(name, stage))
  return stagedModel({ ...question, system }, stage, operations, {
    rules: rules.map(completed),
    vocabulary,
    name: `${question.system.name}/${position}`,
    populated: pagesIn(spotOf(stage)),
    elsewhere: elsewhere.filter((slot) => slot !== stage.spot),
  })
}

/** A model of a VMA of so many tables, all of them there, seen from the first one. */
export function concreteModel(question: Question, tables: number): Staged {
  const stage = { tables, pagesPerTable: question.pagesPerTable, spot: 0 }
  const operations = question.operations.flatMap((name) => operationsIn(name, stage))
  return stagedModel(question, stage, operations, {
    rules: [],
    vocabulary: [],
    name: `${question.system.name}/${tables} tables`,
    populated: pagesIn({ from: 0, to: endOf(stage) }),
    elsewhere: [],
  })
}

function stagedModel(
  question: Question,
  stage: Stage,
  operations: readonly ProcessOperation[],
  own: {
    readonly rules: readonly Rule<State>[]
    readonly vocabulary: readonly object[]
    readonly name: string
    readonly populated: readonly number[]
    readonly elsewhere: readonly number[]
  },
): Staged {
  const { system, mutant, foreign, threads } = question
  const programs = Array.from({ length: threads }, (_, i): ProcessOperation[] => [
    i === 0 ? { do: 'fork' } : operations[0],
    ...operations,
  ])
  const scenario = {
    ...parseScenario({
      format: 1,
      name: 'proof',
      pages: endOf(stage),
      pagesPerTable: stage.pagesPerTable,
      vmas: [{ from: 0, to: endOf(stage), populated: own.populated }],
      parent: [[{ do: 'fork' }]],
      failures: { budget: 1, lasting: true, at: failures() },
      kill: ['child'],
      options: question.options,
    }),
    // Longer than what a person may write.
    parent: programs,
  }
  const setup: SnapshotSetup = { scenario, system, mutant, foreign }
  const model = snapshotModel(setup)
  const { properties = seenAtOneTable(model.properties) } = question
  const labels = labelsOf(programs[0])
  return {
    stage,
    scenario,
    programs,
    model: {
      ...model,
      name: own.name,
      vocabulary: { ...model.vocabulary, ...vocabularyOf(own.vocabulary), mayFork },
      rules: [...model.rules, chooses, ...own.rules],
      ranges: {
        ...model.ranges,
        operation: { values: labels.map((_, i) => i), labels },
        elsewhere: { values: own.elsewhere },
      },
      properties: model.properties.filter(
        ({ kind, name }) => kind === 'always' && properties.includes(name),
      ),
      // A simulation says nothing of deadlocks: they are not looked for.
      final: () => true,
    },
  }
}

/**
 * What cannot be seen at one table: what a call does at the other tables, and whether memory ran
 * out there, is the environment's affair here.
 */
export const NOT_PROVED: readonly string[] = ['callsDoWhatIsAsked', 'accessesFailForAReason']

function seenAtOneTable(properties: readonly { readonly name: string }[]): string[] {
  return properties.map(({ name }) => name).filter((name) => !NOT_PROVED.includes(name))
}

/** Memory may run out wherever it is allocated. */
function failures(): AllocationPoint[] {
  return Object.keys(ALLOCATION_POINTS) as AllocationPoint[]
}

function pagesIn({ from, to }: { readonly from: number; readonly to: number }): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}

/** The operations in a schedule. Equal ones differ in what they store. */
function labelsOf(program: readonly ProcessOperation[]): string[] {
  const names = program.map(labelOf)
  return names.map((name, i) => (names.indexOf(name) < i ? `${name} anew` : name))
}

/** An operation in a schedule: `write 2`, `dontneed 0 to 3`. */
function labelOf(operation: ProcessOperation): string {
  if ('page' in operation) return `${operation.do} ${operation.page}`
  const flag = 'write' in operation ? (operation.write ? ' writable' : ' read-only') : ''
  return 'from' in operation
    ? `${operation.do} ${operation.from} to ${operation.to}${flag}`
    : operation.do
}
