/** Worst cases of models of the user's own: what the subject measures, and its promises. */

import { worstPath } from '../../checker/graph/worst-case.js'
import { type Action, type Model, type StateGraph, stateGraph } from '../../checker/index.js'
import { modelOf } from '../setup-model.js'
import type { AnyState, Measure, Setup } from '../subject.js'

/** One row: the greatest value of a measure over all interleavings. */
export interface Measured {
  readonly measure: string
  readonly system: string
  readonly scenario: string
  /** Infinity: there is no bound. */
  readonly worst: number
}

/** A measure: its name, the states in which it counts, and the weight of a step there. */
interface Counted {
  readonly name: string
  readonly inside: Uint8Array
  readonly counts: (action: Action<AnyState>, from: number) => number
}

/**
 * The measures of a setup: those that its subject declares, and for each property that promises
 * something, how many steps it can take until that is kept. Every run counts, a fair one or not.
 * @throws Error where not every state can be seen.
 */
export function measured(
  setup: Setup,
  measures: readonly Measure[],
  maxStates: number,
): Measured[] {
  const { system, scenario } = setup
  const model = modelOf(setup)
  const graph = stateGraph(model, { maxStates })
  const states = new StatesOnce(graph)
  const declared = measures.map(
    ({ name, during, counts }): Counted => ({
      name,
      inside: during ? states.where(during) : new Uint8Array(graph.size).fill(1),
      counts: (action, from) => {
        if (!counts) return 1
        const { rule, actor, label, parameters } = action
        return counts({ rule: rule.name, actor, label, parameters }, states.at(from))
      },
    }),
  )
  return [...declared, ...promises(model, graph, states)].map(({ name, inside, counts }) => ({
    measure: name,
    system: system.name,
    scenario: scenario.name,
    worst: worstPath(graph, inside, counts).weight,
  }))
}

/** The names of all measures of a setup, in the order of `measured`. */
export function measuresOf(setup: Setup, measures: readonly Measure[]): string[] {
  const { properties } = modelOf(setup)
  const promised = properties.filter(({ kind }) => kind === 'eventually')
  return [...measures, ...promised.map(({ name }) => ({ name: promiseName(name) }))].map(
    ({ name }) => name,
  )
}

function promiseName(property: string): string {
  return `steps until ${property}`
}

/** Of each promise the states in which it has been made and is not yet kept. */
function promises(
  { properties }: Model<AnyState>,
  graph: StateGraph<AnyState>,
  states: StatesOnce,
): Counted[] {
  return properties
    .filter(({ kind }) => kind === 'eventually')
    .map(({ name, from, holds }) => {
      const kept = states.where(holds)
      const made = from ? states.where(from) : new Uint8Array(graph.size).fill(1)
      return { name: promiseName(name), inside: pending(graph, made, kept), counts: () => 1 }
    })
}

/** States in which a promise is open: from a `from` state on, until `holds`. */
function pending(
  { offsets, targets }: StateGraph<AnyState>,
  made: Uint8Array,
  kept: Uint8Array,
): Uint8Array {
  const inside = made.map((isMade, state) => (isMade && !kept[state] ? 1 : 0))
  const waiting = [...inside.keys()].filter((state) => inside[state] === 1)
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop())
    for (const next of targets.subarray(offsets[state], offsets[state + 1])) {
      if (inside[next] === 1 || kept[next] === 1) continue
      inside[next] = 1
      waiting.push(next)
    }
  return inside
}

/** States by number. The user's functions run on plain states. */
class StatesOnce {
  private last: { readonly number: number; readonly state: AnyState } | null = null

  constructor(private readonly graph: StateGraph<AnyState>) {}

  at(number: number): AnyState {
    if (this.last?.number !== number) this.last = { number, state: this.graph.state(number) }
    return this.last.state
  }

  /** 1 for each state in which a condition holds, else 0. */
  where(holds: (state: AnyState) => boolean): Uint8Array {
    return Uint8Array.from({ length: this.graph.size }, (_, state) =>
      holds(this.at(state)) ? 1 : 0,
    )
  }
}

/** A table: measures and systems down, scenarios across. */
export function measuresTable(rows: readonly Measured[]): { head: string[]; rows: string[][] } {
  const scenarios = [...new Set(rows.map(({ scenario }) => scenario))]
  const lines = new Map<string, Measured>()
  for (const row of rows) lines.set(JSON.stringify([row.measure, row.system]), row)
  const cell = (measure: string, system: string, scenario: string) => {
    const found = rows.find(
      (row) => row.measure === measure && row.system === system && row.scenario === scenario,
    )
    if (!found) return '-'
    return Number.isFinite(found.worst) ? String(found.worst) : 'no bound'
  }
  const pairs = [...lines.values()].sort(
    (x, y) =>
      rows.findIndex(({ measure }) => measure === x.measure) -
      rows.findIndex(({ measure }) => measure === y.measure),
  )
  return {
    head: ['at worst', 'system', ...scenarios],
    rows: pairs.map(({ measure, system }) => [
      measure,
      system,
      ...scenarios.map((scenario) => cell(measure, system, scenario)),
    ]),
  }
}
