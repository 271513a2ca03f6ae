/**
 * A proof for any number of page tables: the abstract model is searched in all positions of its one
 * table, and the abstraction itself is checked against concrete models of the same system. Only if
 * both find nothing, all reachable states were seen, and no limit was hit, it is a proof.
 */
import type { StateGraph } from '../checker/graph/graph.js'
import { actionsOf } from '../checker/model.js'
import type { Workers } from '../checker/search/parallel/workers.js'
import { Search } from '../checker/search/search.js'
import type { State } from '../model/state.js'
import { abstractModel, environmentOf, type Question } from './models.js'
import { lookNear, type Near } from './near.js'
import { POSITIONS, type Position } from './positions.js'
import {
  type Mismatch,
  Simulation,
  type SimulationOptions,
  type SimulationResult,
} from './simulation.js'
import { Spotlights } from './spotlight.js'

/** What a proof needs from outside: it knows no time and asks nobody. */
export interface ProofDriver {
  readonly seconds: () => number
  /** Shows how far it is, and lets others run. A text ends the proof, incomplete. */
  readonly pause: (what: string, states: number) => Promise<string | null>
  /** Gets all states and steps of each position in which everything holds. */
  readonly certify?: (position: Position, graph: StateGraph<State>) => Promise<void>
}

export interface ProofLimits {
  /** Bytes for the states of one search. */
  readonly maxBytes?: number
  /** States of one position. */
  readonly maxStates?: number
  readonly workers?: Workers
  /** Where a limit is hit in one position, look at the others nevertheless. */
  readonly everyPosition?: boolean
  /** States of each concrete model that is searched near an abstract counterexample. */
  readonly nearStates?: number
  /** Concrete states on which the abstraction is checked, for each number of tables. */
  readonly simulated?: number
  readonly seed?: number
}

/** The search in one position. */
export interface PositionResult {
  readonly position: Position
  readonly verdict: 'holds' | 'violated' | 'incomplete'
  /** Why it saw only a part; null when it saw all. */
  readonly limit: string | null
  readonly states: number
  readonly transitions: number
  readonly depth: number
  readonly seconds: number
}

/** A counterexample of the abstract model. */
export interface AbstractCounterexample {
  readonly position: Position
  readonly property: string
  readonly explanation: string
  readonly schedule: readonly string[]
  /** Steps of the environment that it takes: a spurious one is excluded by making one stricter. */
  readonly environment: readonly string[]
  readonly near: Near
}

export interface ProofResult {
  readonly question: Question
  /** `incomplete` also if the abstract model goes wrong and no concrete run is known that does. */
  readonly verdict: 'proved' | 'violated' | 'incomplete'
  /** Why nothing is proved, in a sentence; null for a proof. */
  readonly reason: string | null
  readonly properties: readonly string[]
  readonly positions: readonly PositionResult[]
  readonly counterexample: AbstractCounterexample | null
  /** How often each rule of the environment was taken, in all positions together. */
  readonly environment: Readonly<Record<string, number>>
  readonly simulations: readonly SimulationResult[]
}

const SLICE = 10_000
const SIMULATED = 5_000
const NEAR_STATES = 2_000_000

/** Sizes on which the abstraction is checked: all positions, and groups of several tables. */
const SIMULATED_TABLES = [1, 2, 3, 4]

/** @throws ProofError on a system without an environment. */
export async function prove(
  question: Question,
  limits: ProofLimits,
  driver: ProofDriver,
): Promise<ProofResult> {
  const { rules } = environmentOf(question.system)
  const environment: Record<string, number> = Object.fromEntries(rules.map((r) => [r.name, 0]))
  const positions: PositionResult[] = []
  const properties = abstractModel(question, 'only').model.properties.map(({ name }) => name)
  const known = { question, properties, positions, environment }
  let limited: string | null = null
  for (const position of POSITIONS) {
    const { result, counterexample } = await searchPosition(question, position, limits, driver)
    positions.push(result.summary)
    for (const name of Object.keys(environment)) environment[name] += result.fired[name] ?? 0
    if (counterexample) return judged(known, counterexample)
    limited ??= result.summary.limit
    if (limited !== null && !limits.everyPosition) break
  }
  if (limited !== null) return unfinished(known, limited)
  const simulations: SimulationResult[] = []
  const spotlights = new Spotlights(question)
  for (const tables of SIMULATED_TABLES) {
    const { result, stopped } = await simulate(question, { tables, spotlights }, limits, driver)
    simulations.push(result)
    const [mismatch] = result.mismatches
    const reason = mismatch ? misfit(mismatch) : (breakIn(result) ?? stopped)
    if (reason !== null) return { ...unfinished(known, reason), simulations }
  }
  return { ...unfinished(known, ''), verdict: 'proved', reason: null, simulations }
}

function misfit({ step, slot, tables }: Mismatch): string {
  const where = `table ${slot} of ${tables}`
  return `the abstraction does not fit: ${step}, seen from ${where}, is no step of the abstract model`
}

/** The assumption that does not hold, if there is one. */
function breakIn({ wide: [rule], unseen: [form], tables }: SimulationResult): string | null {
  if (form !== undefined) return `${form} is violated with ${tables} page tables, unseen from each`
  if (rule === undefined) return null
  return `the assumption does not hold: ${rule} looks at several of ${tables} page tables in one step`
}

type Known = Pick<ProofResult, 'question' | 'properties' | 'positions' | 'environment'>

function unfinished(known: Known, reason: string): ProofResult {
  return { ...known, verdict: 'incomplete', reason, counterexample: null, simulations: [] }
}

function judged(known: Known, counterexample: AbstractCounterexample): ProofResult {
  const { found } = counterexample.near
  return {
    ...known,
    verdict: found ? 'violated' : 'incomplete',
    reason: found
      ? `${counterexample.property} is violated with ${found.tables} page tables`
      : `the abstract model violates ${counterexample.property}, and no concrete run is known to`,
    counterexample,
    simulations: [],
  }
}

async function searchPosition(
  question: Question,
  position: Position,
  { maxBytes, maxStates, workers, nearStates = NEAR_STATES }: ProofLimits,
  { seconds, pause, certify }: ProofDriver,
) {
  const start = seconds()
  const { model } = abstractModel(question, position)
  const search = new Search(model, { maxBytes, maxStates, workers, graph: certify !== undefined })
  while (!search.advance(SLICE)) {
    const why = await pause(`position ${position}`, search.progress().states)
    if (why !== null) search.stop(why)
  }
  const found = search.result()
  const { limit, states, transitions, depth, fired } = found
  const [violation] = found.counterexamples
  const graph = violation ? null : search.graph()
  if (graph) await certify?.(position, graph)
  const summary: PositionResult = {
    position,
    verdict: violation ? 'violated' : limit === null ? 'holds' : 'incomplete',
    limit,
    states,
    transitions,
    depth,
    seconds: seconds() - start,
  }
  const result = { summary, fired }
  if (!violation) return { result, counterexample: null }
  const { property, explanation, trace } = violation
  const own = new Set(environmentOf(question.system).rules.map(({ name }) => name))
  const ruleOf = new Map(actionsOf(model).map(({ label, rule }) => [label, rule.name]))
  const used = trace.schedule.map((label) => ruleOf.get(label) ?? '').filter((r) => own.has(r))
  const near = await lookNear(question, property, nearStates, (count) =>
    pause(`a concrete run that violates ${property}`, count),
  )
  const counterexample = {
    position,
    property,
    explanation,
    schedule: trace.schedule,
    environment: [...new Set(used)],
    near,
  }
  return { result, counterexample }
}

async function simulate(
  question: Question,
  { tables, spotlights }: Pick<SimulationOptions, 'tables' | 'spotlights'>,
  { simulated = SIMULATED, seed = 1 }: ProofLimits,
  { pause }: ProofDriver,
): Promise<{ readonly result: SimulationResult; readonly stopped: string | null }> {
  const walks = tables === 1 ? {} : { seed }
  const options = { tables, spotlights, maxStates: simulated, ...walks }
  const simulation = new Simulation(question, options)
  let stopped: string | null = null
  while (stopped === null && !simulation.advance(500))
    stopped = await pause(`abstraction, ${tables} tables`, simulation.result().states)
  return { result: simulation.result(), stopped }
}
