/**
 * Parts of a state graph that can be drawn: all of a small one, or what lies around one path. Where
 * another order of steps leads to the same state, the two ways meet again.
 */
import type { Action, Model, Trace } from '../checker/model.js'
import { NO_DEADLOCK } from '../checker/model.js'
import { canonicalJson } from '../runs/canonical.js'
import { Cursor, orFalse } from '../runs/cursor.js'

export interface GraphNode {
  /** How many steps of the path lead to it; of a state beside the path: to where it was left. */
  readonly step: number
  readonly onPath: boolean
  /** The step by which it was first reached; null for the state in which all begins. */
  readonly by: string | null
  /** A property that does not hold there; null where all do. */
  readonly fails: string | null
  /** How many steps lead on from it that are not drawn. */
  readonly more: number
}

export interface GraphEdge {
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
  /** Steps of the path before those that are drawn. */
  readonly skipped: number
  /** Steps that are not in it, as it would be too large to read. */
  readonly cut: number
}

interface GraphLimits {
  /** The greatest distance from the path, in steps. */
  readonly deep: number
  readonly most: number
}

/** Larger graphs cannot be read, and bring down programs that draw them. */
export const MOST_NODES = 250

/** Of a longer path the end is drawn: that is what it is about. */
export const LONGEST_PATH = 120

/** The graph of a trace that is known to run, with what else could have happened on its way. */
export function neighbourhood<S>(
  model: Model<S>,
  trace: Trace<S>,
  { deep = 1, most = MOST_NODES }: Partial<GraphLimits> = {},
): Graph {
  return grown(model, trace, { deep, most })
}

/** The states that can be reached from the initial state: all, or the nearest. */
export function wholeGraph<S>(model: Model<S>, most = MOST_NODES): Graph {
  const start = { schedule: [], states: [model.init[0]] }
  const { nodes, edges, ...rest } = grown(model, start, { deep: Number.POSITIVE_INFINITY, most })
  return { ...rest, edges, nodes: nodes.map((node) => ({ ...node, onPath: false })) }
}

/** A path, then what is one step away from it, then what is two. */
function grown<S>(model: Model<S>, trace: Trace<S>, { deep, most }: GraphLimits): Graph {
  const grower = new Grower(model, most)
  const skipped = Math.max(0, trace.states.length - 1 - LONGEST_PATH)
  let level = grower.addPath(trace, skipped)
  for (let away = 0; away < deep && level.length > 0; away++)
    level = level.flatMap((node) => grower.expand(node))
  grower.finish()
  const { nodes, edges, cut } = grower
  return { nodes, edges, skipped, cut }
}

class Grower<S> {
  readonly nodes: { -readonly [K in keyof GraphNode]: GraphNode[K] }[] = []
  readonly edges: GraphEdge[] = []
  cut = 0
  private readonly states: S[] = []
  private readonly expanded = new Set<number>()
  private readonly known = new Map<string, number>()
  private readonly cursor: Cursor<S>
  /** For each node of the path: the step that was taken there. */
  private readonly taken = new Map<number, string>()

  constructor(
    private readonly model: Model<S>,
    private readonly most: number,
  ) {
    this.cursor = new Cursor(model)
  }

  /** @returns its nodes, each once. */
  addPath({ schedule, states, loopStart }: Trace<S>, skipped: number): number[] {
    const path = states.slice(skipped).map((state, i) => {
      const step = skipped + i
      return this.add(state, { step, onPath: true, by: schedule[step - 1] ?? null })
    })
    for (let i = 0; i + 1 < path.length; i++) {
      const label = schedule[skipped + i]
      this.edges.push({ from: path[i], to: path[i + 1], label, onPath: true })
      this.taken.set(path[i], label)
    }
    // The last state of a run that goes on for ever is one that was left before.
    return loopStart === undefined ? [...new Set(path)] : [...new Set(path.slice(0, -1))]
  }

  /** Adds what can be done in a node. @returns the nodes that are new. */
  expand(node: number): number[] {
    this.expanded.add(node)
    const first = this.nodes.length
    const { step } = this.nodes[node]
    for (const action of this.enabled(node)) {
      if (action.label === this.taken.get(node)) continue
      const after = this.after(node, action)
      if (after === null) continue
      if (this.nodes.length >= this.most && !this.known.has(canonicalJson(after))) {
        this.cut++
        this.nodes[node].more++
        continue
      }
      const to = this.add(after, { step, onPath: false, by: action.label })
      this.edges.push({ from: node, to, label: action.label, onPath: false })
    }
    return Array.from({ length: this.nodes.length - first }, (_, i) => first + i)
  }

  /** Counts the steps that lead away from nodes at the border. */
  finish(): void {
    for (const [i, node] of this.nodes.entries()) {
      if (this.expanded.has(i) || this.taken.has(i)) continue
      node.more = this.enabled(i).length
    }
  }

  private add(state: S, node: Pick<GraphNode, 'step' | 'onPath' | 'by'>): number {
    const key = canonicalJson(state)
    const old = this.known.get(key)
    if (old !== undefined) return old
    this.known.set(key, this.nodes.length)
    this.states.push(state)
    this.nodes.push({ ...node, fails: this.failing(state), more: 0 })
    return this.nodes.length - 1
  }

  private failing(state: S): string | null {
    const failing = this.model.properties.find(
      ({ kind, holds }) => kind === 'always' && !orFalse(() => holds(state)),
    )
    if (failing) return failing.name
    if (this.model.final(state)) return null
    this.cursor.moveTo(state)
    return this.cursor.enabledActions().length === 0 ? NO_DEADLOCK : null
  }

  private enabled(node: number): Action<S>[] {
    this.cursor.moveTo(this.states[node])
    return this.cursor.enabledActions()
  }

  /** The state after a step; null when it fails. */
  private after(node: number, action: Action<S>): S | null {
    this.cursor.moveTo(this.states[node])
    try {
      this.cursor.take(action)
    } catch {
      return null
    }
    return this.cursor.state()
  }
}
