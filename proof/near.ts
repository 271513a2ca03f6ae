/**
 * Is a counterexample of the abstract model a real one? A concrete one is looked for near it: in
 * VMAs of few tables, with the same operations in loops. What is found is turned into an ordinary
 * scenario, whose programs are the operations that were done, and replayed there step by step.
 */
import {
  type Action,
  actionsOf,
  type Counterexample,
  type Model,
  type Trace,
} from '../checker/model.js'
import { Search } from '../checker/search/search.js'
import { parseScenario } from '../model/parse-scenario.js'
import type { ProcessOperation, Scenario } from '../model/scenario.js'
import { PARENT, type State } from '../model/state.js'
import { type SnapshotSetup, snapshotModel } from '../runs/fork-machine/model.js'
import { replay } from '../runs/replay.js'
import { concreteModel, type Question, type Staged } from './models.js'

/** A violation with all page tables there. */
export interface RealCounterexample {
  readonly tables: number
  /**
   * The ordinary scenario in which it happens, which `check` and `replay` can look at. Null where a
   * program does something that no scenario can say: a CPU has walked the tables for an access that
   * is then not made.
   */
  readonly setup: SnapshotSetup | null
  readonly model: Model<State>
  readonly counterexample: Counterexample<State>
}

/** What came of the search for one. */
export interface Near {
  /** Sizes whose states were all seen. */
  readonly whole: readonly number[]
  /** Sizes of which only a part was seen. */
  readonly part: readonly number[]
  readonly found: RealCounterexample | null
}

/** Tables of the largest VMA that is looked at. */
const MOST_TABLES = 3

/**
 * Looks for a concrete violation of a property.
 * @param maxStates of each concrete model.
 * @param pause is called every so many states; a text ends the search.
 */
export async function lookNear(
  question: Question,
  property: string,
  maxStates: number,
  pause: (states: number) => Promise<string | null>,
): Promise<Near> {
  const whole: number[] = []
  const part: number[] = []
  for (let tables = 1; tables <= MOST_TABLES; tables++) {
    const staged = concreteModel(question, tables)
    const search = new Search(staged.model, { maxStates, properties: [property] })
    let stopped: string | null = null
    while (!search.advance(10_000)) {
      stopped = await pause(search.progress().states)
      if (stopped !== null) search.stop(stopped)
    }
    const result = search.result()
    const [violation] = result.counterexamples
    if (violation) return { whole, part, found: realOf(question, staged, violation) }
    if (result.limit === null) whole.push(tables)
    else part.push(tables)
    if (stopped !== null) break
  }
  return { whole, part, found: null }
}

function realOf(
  question: Question,
  staged: Staged,
  violation: Counterexample<State>,
): RealCounterexample {
  const { model, stage } = staged
  return (
    unrolled(question, staged, violation) ?? {
      tables: stage.tables,
      setup: null,
      model,
      counterexample: violation,
    }
  )
}

/** The same in an ordinary scenario, if it can be said there. */
function unrolled(
  question: Question,
  staged: Staged,
  { property, trace }: { readonly property: string; readonly trace: Trace<State> },
): RealCounterexample | null {
  const actions = new Map(actionsOf(staged.model).map((action) => [action.label, action]))
  const programs: ProcessOperation[][] = staged.programs.map(() => [])
  const schedule: string[] = []
  const begun = staged.programs.map(() => false)
  for (const [i, label] of trace.schedule.entries()) {
    const action = actions.get(label) as Action<State>
    const [t] = action.parameters
    if (action.rule.name === 'chooses' && begun[t]) return null
    if (action.rule.name === 'chooses') continue
    const before = trace.states[i]
    const after = trace.states[i + 1] ?? before
    if (beginsOperation(action, before) && !begun[t]) {
      programs[t].push(staged.programs[t][before.thread[t].next])
      begun[t] = true
    }
    for (const [u, thread] of staged.programs.entries())
      if (thread && after.thread[u].next !== before.thread[u].next) begun[u] = false
    schedule.push(label)
  }
  const { system, mutant, foreign } = question
  const setup: SnapshotSetup = { scenario: scenarioOf(staged, programs), system, mutant, foreign }
  const model = snapshotModel(setup)
  const counterexample = replayed(model, schedule, property)
  return { tables: staged.stage.tables, setup, model, counterexample }
}

/** Is it a step of a parent's thread that begins an operation of its program? */
function beginsOperation({ rule, parameters }: Action<State>, before: State): boolean {
  const [t] = parameters
  return rule.at === 'user' && rule.name !== 'dies' && before.actor[t].mm === PARENT
}

/**
 * The scenario with these programs instead of loops.
 * @throws ScenarioError if they are too long.
 */
function scenarioOf({ scenario, stage }: Staged, programs: ProcessOperation[][]): Scenario {
  const hasFork = programs.flat().some((operation) => operation.do === 'fork')
  const [first, ...others] = programs
  const name = `proof-${stage.tables}-${stage.tables === 1 ? 'table' : 'tables'}`
  return parseScenario({
    ...scenario,
    name,
    parent: [hasFork ? first : [...first, { do: 'fork' }], ...others],
    reaches: [],
  })
}

/**
 * Replays a schedule at whose end a property fails.
 * @throws Error if it does not: then the proof has a mistake.
 */
function replayed(
  model: Model<State>,
  schedule: readonly string[],
  property: string,
): Counterexample<State> {
  const others = model.properties.map(({ name }) => name).filter((name) => name !== property)
  const { violation, trace, message } = replay(model, { property, schedule, alsoViolated: others })
  if (violation?.property === property)
    return { property, explanation: violation.explanation, trace }
  throw new Error(`the counterexample cannot be replayed: ${message}`)
}
