/**
 * The worst cost of an operation of the parent over all interleavings. It is computed from the
 * whole state graph, not measured. Time is counted in steps of the model; how long a step takes is
 * open.
 */
import { type Action, type StateGraph, stateGraph, worstPath } from '../../checker/index.js'
import type { Step } from '../../model/rule.js'
import { PARENT, type State } from '../../model/state.js'
import { type SnapshotSetup, snapshotModel } from '../fork-machine/model.js'

/** The most that can happen between the beginning and the end of one operation. */
export interface WorstCase {
  /** The operation in words: `write(any)`. */
  readonly operation: string
  /** PTE tables that the thread itself copies. */
  readonly tables: number
  /** Tables, frames and VMAs that it allocates. */
  readonly allocations: number
  /** Page faults that it takes. */
  readonly faults: number
  /** Steps of others while it cannot go on by itself. Infinity: there is no bound. */
  readonly waits: number
  /** PTE tables in use at once, of all address spaces together, from before fork to the end. */
  readonly inUse: number
}

/** The measures of each operation. */
export const MEASURES = ['tables', 'allocations', 'faults', 'waits', 'inUse'] as const

export type Measure = (typeof MEASURES)[number]

/** The worst cases of all operations of the parent's first thread, in order. */
export function worstCases(setup: SnapshotSetup): WorstCase[] {
  const model = { ...snapshotModel(setup), properties: [] }
  const graph = stateGraph(model)
  const [initial] = model.init
  const thread = initial.actor.findIndex((actor) => actor.mm === PARENT)
  const stuck = blockedStates(graph, thread)
  const inUse = mostTables(graph)
  const ops = initial.actor[thread].program.slice(0, -1)
  return ops.map((_, i) => {
    const inside = underWay(graph, thread, i, stuck)
    const worst = (weight: (action: Action<State>, from: number) => number) =>
      worstPath(graph, inside, weight).weight
    const own = (weight: (step: Step) => number) =>
      worst((action) => (action.parameters[0] === thread ? weight(action.rule as Step) : 0))
    return {
      operation: initial.actor[thread].program[i].says,
      tables: own((step) => (step.copiesTable ? 1 : 0)),
      allocations: own((step) => (step.allocates ? 1 : 0)),
      faults: own((step) => (step.name === 'fault' ? 1 : 0)),
      waits: worst((_, from) => stuck[from]),
      inUse,
    }
  })
}

/** The most PTE tables that are in use in any state. */
function mostTables(graph: StateGraph<State>): number {
  const hasMore = (s: State, most: number) => {
    let count = 0
    for (const table of s.table) if (table.used) count++
    return count > most
  }
  let most = 0
  while (graph.select(hasMore, most).some((yes) => yes === 1)) most++
  return most
}

/** States in which a thread has no step of its own to take. */
function blockedStates(graph: StateGraph<State>, thread: number): Uint8Array {
  const blocked = new Uint8Array(graph.size).fill(1)
  const { offsets, labels, actions } = graph
  const own = actions.map(
    ({ rule, parameters }) => rule.at !== undefined && parameters[0] === thread,
  )
  for (let state = 0; state < graph.size; state++)
    for (let edge = offsets[state]; edge < offsets[state + 1]; edge++)
      if (own[labels[edge]]) blocked[state] = 0
  return blocked
}

/** States in which an operation has begun, or cannot begin, and has not ended. */
function underWay(
  graph: StateGraph<State>,
  thread: number,
  i: number,
  blocked: Uint8Array,
): Uint8Array {
  const here = graph.select((s, t, n) => s.thread[t].next === n, thread, i)
  const idle = graph.select(
    (s, t) => s.thread[t].pc === 'user' && s.thread[t].page === s.geometry.pages,
    thread,
  )
  return here.map((isHere, state) => (isHere && (!idle[state] || blocked[state]) ? 1 : 0))
}
