/**
 * What a whole run costs at worst, over all interleavings: computed from the whole state graph, not
 * measured. Costs are counted in steps, tables, faults and frames; how long each takes is open.
 */
import { type Action, type StateGraph, stateGraph, worstPath } from '../../checker/index.js'
import type { Step } from '../../model/rule.js'
import { CHILD, PARENT, type State } from '../../model/state.js'
import { type SnapshotSetup, snapshotModel } from '../fork-machine/model.js'

/** What is counted over a whole run. */
export const TOTALS = {
  forkSteps: 'steps of fork itself',
  forkTables: 'PTE tables that fork copies',
  interruptions: 'PTE tables that the parent copies after fork',
  faults: 'page faults of the parent',
  framesCopied: 'pages that the parent copies',
  ownSteps: 'steps of the parent, until all its operations are done',
  frames: 'page frames in use at once, of parent and child together',
  tables: 'PTE tables in use at once, of parent and child together',
  perCopier: 'PTE tables that one copier copies',
} as const

export type Total = keyof typeof TOTALS

/** The worst total of one kind. Infinity: there is no bound. */
export function worstTotal(setup: SnapshotSetup, total: Total): number {
  const graph = stateGraph({ ...snapshotModel(setup), properties: [] })
  return measures[total](graph)
}

type Graph = StateGraph<State>

const measures: Readonly<Record<Total, (graph: Graph) => number>> = {
  forkSteps: (graph) => worst(graph, (at) => (at.isParent && at.isForking ? 1 : 0)),
  forkTables: (graph) =>
    worst(graph, (at) => (at.isParent && at.isForking && at.step.copiesTable ? 1 : 0)),
  interruptions: (graph) =>
    worst(graph, (at) => (at.isParent && !at.isForking && at.step.copiesTable ? 1 : 0)),
  faults: (graph) => worst(graph, (at) => (at.isParent && at.step.name === 'fault' ? 1 : 0)),
  framesCopied: (graph) =>
    worst(graph, (at) => (at.isParent && at.step.allocates?.includes('cowFrame') ? 1 : 0)),
  ownSteps: (graph) => worst(graph, (at) => (at.isParent ? 1 : 0)),
  frames: (graph) => mostInUse(graph, (s) => s.frame.filter(({ refs }) => refs > 0).length),
  tables: (graph) => mostInUse(graph, (s) => s.table.filter(({ used }) => used).length),
  perCopier: (graph) => {
    const { actor } = graph.model.init[0]
    const copiers = actor.flatMap(({ mm }, t) => (mm >= CHILD ? [t] : []))
    const copied = (copier: number) =>
      worst(graph, ({ thread, step }) => (thread === copier && step.copiesTable ? 1 : 0))
    return Math.max(...copiers.map(copied))
  },
}

/** A step of a thread, and when it is taken. */
interface Taken {
  readonly step: Step
  readonly thread: number
  readonly isParent: boolean
  /** Is the parent's first thread in fork? */
  readonly isForking: boolean
}

function worst(graph: Graph, weight: (taken: Taken) => number): number {
  const { actor } = graph.model.init[0]
  const first = actor.findIndex(({ mm }) => mm === PARENT)
  const forking = graph.select(
    (s, t) => s.actor[t].program[s.thread[t].next].do === 'fork' && s.thread[t].pc !== 'user',
    first,
  )
  const everywhere = new Uint8Array(graph.size).fill(1)
  return worstPath(graph, everywhere, ({ rule, parameters }: Action<State>, from) => {
    if (rule.at === undefined) return 0
    const thread = parameters[0] as number
    const isParent = actor[thread]?.mm === PARENT
    return weight({ step: rule as Step, thread, isParent, isForking: forking[from] === 1 })
  }).weight
}

/** The most that is in use in any state. */
function mostInUse(graph: Graph, count: (s: State) => number): number {
  let most = 0
  for (let state = 0; state < graph.size; state++) most = Math.max(most, count(graph.state(state)))
  return most
}
