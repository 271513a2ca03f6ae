/** The loop of a lasso: a fair way round, inside one strongly connected component. */
import { wayWithin } from './components.js'
import type { Fairness } from './fairness.js'
import type { Edges } from './graph.js'

/** Limit on the edges that are looked at. After it, the shortest loop so far is the answer. */
const MOST_EDGES = 1 << 21
/** Above this number of groups, combinations are not searched. */
const MOST_GROUPS = 20

/**
 * Finds ways from a state back to it that serve every group: on the way there is a state in which
 * the group is not enabled, or a step of the group. Where no group is enabled, that is no step.
 */
export class LoopFinder {
  private looks = MOST_EDGES

  /** @param of the component of each state; a loop stays in that of its first state. */
  constructor(
    private readonly graph: Edges,
    private readonly of: Int32Array,
    private readonly fairness: Fairness,
  ) {}

  /** False once no more will be looked for, as it takes too long. */
  get mayGoOn(): boolean {
    return this.looks > 0
  }

  /**
   * The shortest loop through a state, found by going through all combinations of a state and the
   * groups served on the way to it.
   * @returns its edges, or null when there is none of less than `bound`, or it takes too long.
   */
  shortest(start: number, bound: number): number[] | null {
    const { offsets, targets, labels } = this.graph
    const groups = this.enabledIn(start)
    if (groups.length === 0) return []
    if (groups.length > MOST_GROUPS) return null
    const bits = new Map(groups.map((group, i) => [group, 1 << i]))
    const all = 2 ** groups.length - 1
    const nodes: Node[] = [{ state: start, served: 0, edge: -1, before: null, length: 0 }]
    const seen = new Set<number>()
    for (let i = 0; i < nodes.length && nodes[i].length + 1 < bound; i++)
      for (let edge = offsets[nodes[i].state]; edge < offsets[nodes[i].state + 1]; edge++) {
        const state = targets[edge]
        if (this.of[state] !== this.of[start]) continue
        if (--this.looks <= 0) return null
        const step = bits.get(this.fairness.groupOf[labels[edge]]) ?? 0
        const served = nodes[i].served | step | this.idle(state, bits, all)
        const node = { state, served, edge, before: nodes[i], length: nodes[i].length + 1 }
        if (state === start && served === all) return edgesTo(node)
        const key = state * (all + 1) + served
        if (seen.has(key)) continue
        seen.add(key)
        nodes.push(node)
      }
    return null
  }

  /** Some loop through a state whose component is fair: always to the nearest group not served. */
  any(start: number): number[] {
    const missing = new Set(this.enabledIn(start))
    const loop: number[] = []
    let at = start
    const goOn = (isThere: (edge: number) => boolean): void => {
      for (const edge of wayWithin(this.graph, this.of, at, isThere)) {
        loop.push(edge)
        for (const group of this.servedBy(edge, missing)) missing.delete(group)
        at = this.graph.targets[edge]
      }
    }
    while (missing.size > 0) goOn((edge) => this.servedBy(edge, missing).length > 0)
    if (at !== start) goOn((edge) => this.graph.targets[edge] === start)
    return loop
  }

  /** Those of the groups that are served by taking an edge, or by where it leads. */
  private servedBy(edge: number, groups: ReadonlySet<number>): number[] {
    const { targets, labels } = this.graph
    const enabled = this.enabledIn(targets[edge])
    const taken = this.fairness.groupOf[labels[edge]]
    return [...groups].filter((group) => group === taken || !enabled.includes(group))
  }

  /** The bits of the groups that are not enabled in a state. */
  private idle(state: number, bits: ReadonlyMap<number, number>, all: number): number {
    const { offsets, labels } = this.graph
    let idle = all
    for (let edge = offsets[state]; edge < offsets[state + 1]; edge++)
      idle &= ~(bits.get(this.fairness.groupOf[labels[edge]]) ?? 0)
    return idle
  }

  private enabledIn(state: number): number[] {
    const { offsets, labels } = this.graph
    const found = new Set<number>()
    for (let edge = offsets[state]; edge < offsets[state + 1]; edge++)
      found.add(this.fairness.groupOf[labels[edge]])
    found.delete(-1)
    return [...found]
  }
}

/** A state on the way, and how it was reached. */
interface Node {
  readonly state: number
  /** Bits of the groups served so far. */
  readonly served: number
  readonly edge: number
  readonly before: Node | null
  readonly length: number
}

function edgesTo(node: Node): number[] {
  const edges: number[] = []
  for (let at: Node | null = node; at?.before; at = at.before) edges.push(at.edge)
  return edges.reverse()
}
