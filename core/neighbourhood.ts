/**
 * The part of a state graph around one path: its states, and what else could have been done in
 * each of them. Where another order of steps comes to the same state, the two ways meet again.
 */
import type { Model, Trace } from '../checker/model.js'
import { canonicalJson } from './canonical.js'
import { Stepper } from './stepper.js'

interface GraphNode {
  /** How many steps of the path lead to it; of a state beside the path: to where it was left. */
  readonly step: number
  readonly onPath: boolean
}

interface GraphEdge {
  /** Indices of nodes. */
  readonly from: number
  readonly to: number
  readonly label: string
  readonly onPath: boolean
}

/** Nodes of the path come first, in its order. */
export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
  /** Steps beside the path that are not in it, as the graph would be too large to read. */
  readonly cut: number
}

/** Larger graphs cannot be read, and bring down programs that draw them. */
const MOST_NODES = 250

/** The graph of a trace that is known to run, with all steps that leave it. */
export function neighbourhood<S>(
  model: Model<S>,
  { schedule, states, loopStart }: Trace<S>,
  most = MOST_NODES,
): Graph {
  const stepper = new Stepper(model)
  const nodes: GraphNode[] = []
  const edges: GraphEdge[] = []
  const known = new Map<string, number>()
  const nodeOf = (state: S, node: GraphNode): number => {
    const key = canonicalJson(state)
    const old = known.get(key)
    if (old !== undefined) return old
    known.set(key, nodes.length)
    nodes.push(node)
    return nodes.length - 1
  }
  const path = states.map((state, step) => nodeOf(state, { step, onPath: true }))
  for (const [i, label] of schedule.slice(0, states.length - 1).entries())
    edges.push({ from: path[i], to: path[i + 1], label, onPath: true })
  let cut = 0
  const ends = loopStart === undefined ? states.length : states.length - 1
  for (const [i, state] of states.slice(0, ends).entries()) {
    stepper.moveTo(state)
    for (const action of stepper.enabledActions()) {
      if (action.label === schedule[i]) continue
      stepper.moveTo(state)
      try {
        stepper.take(action)
      } catch {
        continue
      }
      const after = stepper.state()
      if (nodes.length >= most && !known.has(canonicalJson(after))) cut++
      else {
        const to = nodeOf(after, { step: i, onPath: false })
        edges.push({ from: path[i], to, label: action.label, onPath: false })
      }
    }
  }
  return { nodes, edges, cut }
}
