/** Checking a setup: the search driven in slices, and what people and scripts get to see of it. */

import type { StateGraph } from '../checker/graph/graph.js'
import { InputError } from '../checker/input-error.js'
import {
  BUILT_IN_PROPERTIES,
  type CheckResult,
  type Counterexample,
  type Model,
  type PropertyResult,
  type Verdict,
  type Witness,
} from '../checker/model.js'
import { type CompiledModel, compile } from '../checker/rules/compile.js'
import { KnownModel, type KnownProgram, knownProgramOf } from '../checker/rules/known-model.js'
import type { SearchCheckpoint } from '../checker/search/checkpoint.js'
import { MEMORY_LIMIT, Search, type SearchOptions } from '../checker/search/search.js'
import { identityOf } from '../checker/state/identity.js'
import { confirmReading } from './reading.js'
import { switchesOf } from './schedule.js'
import { modelOf, subjectOf } from './setup-model.js'
import type { AnyState, Setup } from './subject.js'

/** A violation, or the way to a situation, as `check --json` prints it. */
export interface RunCounterexample {
  readonly property: string
  readonly steps: number
  /** How often the actor changes from one step to the next. */
  readonly switches: number
  readonly schedule: readonly string[]
  /** Of a run that goes on for ever: the steps from `schedule[loopStart]` on are repeated. */
  readonly loopStart?: number
}

/** One check of one scenario as `check --json` prints it. The first 16 fields are a contract. */
export interface Run {
  readonly system: string
  readonly scenario: string
  readonly mutant: string | null
  readonly verdict: Verdict
  readonly properties: readonly PropertyResult[]
  /** Distinct states. */
  readonly states: number
  readonly transitions: number
  readonly depth: number
  readonly deadlocks: number
  /**
   * How states are kept: each in full, or as a number of 64 bits, or as a few bits. Two states
   * might share the latter: then one of them is missed.
   */
  readonly storage: 'exact' | 'fingerprints' | 'bitstate'
  /** Names of the reductions in use: none, every interleaving is explored. */
  readonly reductions: readonly string[]
  readonly seconds: number
  readonly statesPerSecond: number
  readonly bytesPerState: number
  /** The shortest one. */
  readonly counterexample: RunCounterexample | null
  /** The shortest ways to the situations that were asked for. */
  readonly witnesses: readonly RunCounterexample[]
  /** The limit that ended the search early, or null. */
  readonly limit: string | null
  /** Distinct states first reached at each depth. */
  readonly levels: readonly number[]
  /** How often each rule was taken, which is how often it was enabled; see CheckResult.fired. */
  readonly fired: Readonly<Record<string, number>>
  /** How many steps lead out of a state; the mean to two digits. Null before one was expanded. */
  readonly successors: CheckResult<AnyState>['successors']
  /** How full the hash table of the states is, from 0 to 1. Null before the search begins. */
  readonly hashLoad: number | null
  /** A number for the whole reachable graph, if it was asked for; see CheckResult.digest. */
  readonly digest: string | null
  /** Rules that were interpreted instead of compiled, with the reason. */
  readonly interpreted: CheckResult<AnyState>['interpreted']
  /**
   * Sentences that a reader of the verdict must know: about properties that were not looked at,
   * options of the scenario that the system sets otherwise, rules that were not compiled.
   */
  readonly remarks: readonly string[]
  /** The checker that searched. */
  readonly engine: EngineName
}

/** Checkers that search a model. */
export type EngineName = 'forkcheck' | 'spin' | 'tlc'

/** A run with the violations in full, shortest first: what it is without its model, as data. */
export interface RunData {
  readonly run: Run
  readonly counterexamples: readonly Counterexample<AnyState>[]
  /** The shortest ways to the situations that were asked for. */
  readonly witnesses: readonly Witness<AnyState>[]
}

/** A run with what was checked. */
export interface Outcome<T extends Setup = Setup> extends RunData {
  readonly setup: T
  readonly model: Model<AnyState>
}

/** A run that was broken off, as data: it can be gone on with. */
export interface Interrupted {
  /** Which model it is of: its `identityOf`. */
  readonly identity: string
  readonly seconds: number
  readonly search: SearchCheckpoint<AnyState>
}

/** How far a search has come. */
export type Progress = ReturnType<Search<AnyState>['progress']>

/** Services that a run needs, as the engine itself has no clock and no input. */
export interface Driver<P = Progress> {
  /** Seconds since any fixed moment. */
  readonly seconds: () => number
  /**
   * Called before the search begins and then every SLICE states: shows progress, lets others run.
   * A text ends the run, incomplete, for that reason.
   */
  readonly between?: (progress: P) => Promise<string | null>
}

/** The program of one model, kept from run to run. */
export interface KeptProgram {
  /** Null: it is not known. */
  readonly known: KnownProgram | null
  keep(program: KnownProgram): void
}

/** Of a run that can be gone on with later. */
export interface KeepingDriver extends Driver {
  /** Where the program of the model is kept from run to run. */
  readonly program?: KeptProgram
  /** Go on with this. */
  readonly from?: Interrupted
  /**
   * Called after each slice with a way to have the run as data, to be written down at once, and
   * whether it is about to end early.
   */
  readonly keep?: (take: () => Interrupted | null, isLast: boolean) => void
  /** Called with the state graph, if the options request it and it is complete. */
  readonly whole?: (graph: StateGraph<AnyState>) => void
}

/** States expanded between two looks at the clock: some 20 ms. */
const SLICE = 10_000

/** The model of a run, with the situations that are asked for by name. @throws MutantError */
export function runModel(
  setup: Setup,
  { properties = [], witnesses = [] }: Pick<SearchOptions, 'properties' | 'witnesses'>,
): Model<AnyState> {
  return modelOf(setup, [...properties, ...witnesses])
}

/**
 * Checks a setup exhaustively, within the limits of the options.
 * @throws MutantError, or Error on a scenario or an option that does not fit the model.
 */
export async function runSetup<T extends Setup>(
  setup: T,
  options: SearchOptions,
  driver: KeepingDriver,
): Promise<Outcome<T>> {
  const start = driver.seconds() - (driver.from?.seconds ?? 0)
  const model = runModel(setup, options)
  const tooLate = await driver.between?.({
    states: 0,
    transitions: 0,
    queue: 0,
    depth: 0,
    bytes: 0,
  })
  if (!tooLate) confirmReading(setup, model)
  const compiled = tooLate ? undefined : compiledBy(model, driver)
  const result = tooLate
    ? notStarted(model, tooLate)
    : await drive(begun(model, options, driver.from, compiled), driver, start)
  if (compiled && !driver.program?.known) {
    const program = knownProgramOf(compiled)
    if (program) driver.program?.keep(program)
  }
  return outcomeOf(setup, model, result, driver.seconds() - start, {
    engine: 'forkcheck',
    storage: 'exact',
    remarks: leftOut(result),
  })
}

/** The checker that searched, and what a reader must know of its search. */
interface By {
  readonly engine: EngineName
  readonly storage: Run['storage']
  readonly remarks: readonly string[]
}

/** The outcome of a search. @param elapsed in seconds. */
export function outcomeOf<T extends Setup>(
  setup: T,
  model: Model<AnyState>,
  result: CheckResult<AnyState>,
  elapsed: number,
  by: By,
): Outcome<T> {
  const run = runOf(setup, model, result, elapsed, by)
  const { counterexamples, witnesses } = result
  return { run, setup, model, counterexamples, witnesses }
}

/** The model as its program says that is kept; undefined where none is kept. */
function compiledBy(
  model: Model<AnyState>,
  { program, from }: KeepingDriver,
): CompiledModel<AnyState> | undefined {
  if (!program || from) return undefined
  return program.known ? new KnownModel(model, program.known) : compile(model)
}

/** A new search, or one that goes on. @throws AnotherModelError */
function begun(
  model: Model<AnyState>,
  options: SearchOptions,
  from: Interrupted | undefined,
  compiled: CompiledModel<AnyState> | undefined,
): Search<AnyState> {
  if (!from) return new Search(model, options, undefined, compiled)
  if (identityOf(model) !== from.identity) throw new AnotherModelError(model.name)
  return Search.resume(model, options, from.search)
}

/** Raised when a run is to go on that was of another model: its rules have been changed. */
export class AnotherModelError extends InputError {
  override readonly name = 'AnotherModelError'

  constructor(model: string) {
    super(`--resume: ${model} is not the model that it was: its rules or properties have changed`)
  }
}

async function drive(
  search: Search<AnyState>,
  driver: KeepingDriver,
  start: number,
): Promise<CheckResult<AnyState>> {
  const take = () => {
    const saved = search.save()
    return (
      saved && {
        identity: identityOf(search.model),
        seconds: driver.seconds() - start,
        search: saved,
      }
    )
  }
  while (!search.advance(SLICE)) {
    const why = await driver.between?.(search.progress())
    driver.keep?.(take, why !== null && why !== undefined)
    if (why) search.stop(why)
  }
  const result = search.result()
  if (result.limit === MEMORY_LIMIT) driver.keep?.(take, true)
  const graph = driver.whole && search instanceof Search ? search.graph() : null
  if (graph) driver.whole?.(graph)
  return result
}

/** The result of a run that was over before it began: it need not even be compiled. */
function notStarted(model: Model<AnyState>, limit: string): CheckResult<AnyState> {
  return {
    verdict: 'incomplete',
    limit,
    properties: [...model.properties, ...BUILT_IN_PROPERTIES].map(({ name, kind }) => ({
      name,
      kind,
      verdict: 'unchecked',
    })),
    counterexamples: [],
    witnesses: [],
    states: 0,
    transitions: 0,
    depth: 0,
    deadlocks: 0,
    levels: [],
    fired: {},
    successors: null,
    digest: null,
    bytesPerState: 0,
    hashLoad: null,
    interpreted: [],
  }
}

/** The names of a setup's parts, as documents give them. */
export const setupParts = ({ system, scenario, mutant }: Setup) => ({
  system: system.name,
  scenario: scenario.name,
  mutant: mutant?.name ?? null,
})

function runOf(
  setup: Setup,
  model: Model<AnyState>,
  result: CheckResult<AnyState>,
  elapsed: number,
  { engine, storage, remarks }: By,
): Run {
  const { scenario, system, mutant } = setup
  const { successors, hashLoad } = result
  const [shortest] = result.counterexamples
  const seconds = Math.round(elapsed * 1000) / 1000
  return {
    system: system.name,
    scenario: scenario.name,
    mutant: mutant?.name ?? null,
    verdict: result.verdict,
    properties: result.properties.map((property) => explainUnreached(model, property)),
    states: result.states,
    transitions: result.transitions,
    depth: result.depth,
    deadlocks: result.deadlocks,
    storage,
    reductions: [],
    seconds,
    statesPerSecond: Math.round(result.states / Math.max(elapsed, 0.001)),
    bytesPerState: Math.round(result.bytesPerState * 10) / 10,
    counterexample: shortest ? summary(shortest) : null,
    witnesses: result.witnesses.map(summary),
    limit: result.limit,
    levels: result.levels,
    fired: result.fired,
    successors: successors && { ...successors, mean: Math.round(successors.mean * 100) / 100 },
    hashLoad: hashLoad === null ? null : Math.round(hashLoad * 1000) / 1000,
    digest: result.digest,
    interpreted: result.interpreted,
    remarks: [...remarks, ...remarksOn(setup, result)],
    engine,
  }
}

/** See `Run.remarks`. */
function remarksOn(setup: Setup, { interpreted, verdict }: CheckResult<AnyState>): string[] {
  const subject = subjectOf(setup)
  return [
    ...(subject.overruled?.(setup) ?? []),
    ...(verdict === 'holds' ? (subject.restsOn?.(setup) ?? []) : []),
    ...counted(
      interpreted.length,
      'rule ran as it stands, not compiled',
      'rules ran as they stand, not compiled',
    ),
  ]
}

/** Properties that were not asked for. A run that ended early says itself that it did. */
function leftOut({ verdict, properties }: CheckResult<AnyState>): string[] {
  const unchecked = properties.filter((property) => property.verdict === 'unchecked')
  return counted(
    verdict === 'holds' ? unchecked.length : 0,
    'property not looked at (not asked for)',
    'properties not looked at (not asked for)',
  )
}

function counted(number: number, one: string, several: string): string[] {
  return number === 0 ? [] : [`${number} ${number === 1 ? one : several}`]
}

/** A violation, or the way to a situation, as documents give it. */
export function summary({ property, trace }: Witness<AnyState>): RunCounterexample {
  const { schedule, loopStart } = trace
  const found = { property, steps: schedule.length, switches: switchesOf(schedule), schedule }
  return loopStart === undefined ? found : { ...found, loopStart }
}

/** A situation that the scenario asks for and that never happened is a violation: it says so. */
export function explainUnreached(model: Model<AnyState>, result: PropertyResult): PropertyResult {
  const declared = model.properties.find((p) => p.name === result.name)
  const isRequired = declared?.required ?? declared?.kind === 'sometimes'
  if (result.verdict !== 'unreached' || !declared || !isRequired) return result
  const { says } = declared
  return { ...result, explanation: `the scenario asks for it, and it never happened: ${says}` }
}

/** The properties a run failed: violated ones, then situations asked for and never reached. */
export function failedProperties(run: Run): readonly PropertyResult[] {
  const violated = run.properties.filter((p) => p.verdict === 'violated')
  const unreached = run.properties.filter((p) => p.verdict === 'unreached' && p.explanation)
  return [...violated, ...unreached]
}
