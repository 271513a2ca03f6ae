/**
 * Liveness under weak fairness, on the whole state graph: whenever `from` holds, sooner or later
 * `holds` does. It is violated by a run that reaches a `from` state and from there on never meets
 * `holds`, and that is fair: no group of actions is enabled from some point on for ever without a
 * step of it being taken.
 *
 * Such a run ends up in one strongly connected component of the states without `holds`. In every
 * state it may also do nothing, as a final state does; a run that does nothing for ever is fair
 * when no group is enabled there. A component has a fair run if and only if for each group it has a
 * state in which the group is not enabled, or an edge inside it that is a step of
 * the group: the run visits all these states and edges in turn. (Weak fairness as a generalised
 * Buechi condition, component by component: Couvreur, Duret-Lutz and Poitrenaud 2005.) Only edges
 * inside count: a step out of the component keeps no run in it.
 */

import { components } from './components.js'
import type { Fairness } from './fairness.js'
import { type Edges, edgeSource, type Path } from './graph.js'
import { LoopFinder } from './loop.js'

/** For each state, 1 or 0: whether `holds`, and whether `from`, is true there. */
export interface Obligation {
  readonly from: Uint8Array
  readonly holds: Uint8Array
}

/** A run on which `holds` is never true: a path to a loop, and the loop. */
export type Lasso = Path & { readonly loopStart: number }

/**
 * The shortest fair run that violates an obligation: a path from a `from` state (how to get there
 * is left to the caller) and a loop, as few steps together, way to the `from` state included, as
 * can be found; or null when there is none.
 * @param levelEnds see StateGraph.
 */
export function findLasso(
  graph: Edges,
  levelEnds: readonly number[],
  fairness: Fairness,
  obligation: Obligation,
): Lasso | null {
  const overdue = findOverdue(graph, levelEnds, obligation)
  const { count, of } = components(graph, overdue.inside)
  const isFair = fairComponents(graph, overdue.inside, of, count, fairness)
  const finder = new LoopFinder(graph, of, fairness)
  let best: Lasso | null = null
  let least = Number.POSITIVE_INFINITY
  const consider = (state: number, loop: readonly number[]): void => {
    least = overdue.distance[state] + loop.length
    const { start, edges } = overdue.pathTo(state)
    best = { start, edges: [...edges, ...loop], loopStart: edges.length }
  }
  for (const state of overdue.order) {
    if (isFair[of[state]] === 0) continue
    const distance = overdue.distance[state]
    if (distance >= least) break
    if (best === null) consider(state, finder.any(state))
    if (!finder.mayGoOn) break
    const loop = finder.shortest(state, least - distance)
    if (loop) consider(state, loop)
  }
  return best
}

/** The states in which an obligation is open: a `from` state was met, and `holds` not since. */
interface Overdue {
  readonly inside: Uint8Array
  /** The same states by their distance from the initial states, by way of a `from` state. */
  readonly order: Int32Array
  /** That distance, for each of them. */
  readonly distance: Int32Array
  /** The way from the nearest `from` state. */
  pathTo(state: number): Path
}

function findOverdue(
  graph: Edges,
  levelEnds: readonly number[],
  { from, holds }: Obligation,
): Overdue {
  const { offsets, targets } = graph
  const inside = new Uint8Array(holds.length)
  const distance = new Int32Array(holds.length)
  const edgeTo = new Int32Array(holds.length)
  const order = new Int32Array(holds.length)
  let found = 0
  const meet = (state: number, far: number, edge: number): void => {
    if (holds[state] === 1 || inside[state] === 1) return
    inside[state] = 1
    distance[state] = far
    edgeTo[state] = edge
    order[found++] = state
  }
  let expanded = 0
  for (let far = 0; far < levelEnds.length || expanded < found; far++) {
    // The level's own `from` states come in beside those reached from earlier ones.
    for (let state = levelEnds[far - 1] ?? 0; state < (levelEnds[far] ?? 0); state++)
      if (from[state] === 1) meet(state, far, -1)
    for (; expanded < found && distance[order[expanded]] === far; expanded++)
      for (let e = offsets[order[expanded]]; e < offsets[order[expanded] + 1]; e++)
        meet(targets[e], far + 1, e)
  }
  return {
    inside,
    order: order.subarray(0, found),
    distance,
    pathTo: (state) => {
      const edges: number[] = []
      let start = state
      for (; edgeTo[start] >= 0; start = edgeSource(graph, edgeTo[start])) edges.push(edgeTo[start])
      return { start, edges: edges.reverse() }
    },
  }
}

/** 1 for each component that has a fair run. */
function fairComponents(
  { offsets, targets, labels }: Edges,
  inside: Uint8Array,
  of: Int32Array,
  count: number,
  { groups, groupOf }: Fairness,
): Uint8Array {
  // For each component, a bit for each group that the component treats fairly.
  const words = Math.max(1, Math.ceil(groups / 32))
  const served = new Int32Array(count * words)
  const enabled = new Int32Array(words)
  for (let state = 0; state < inside.length; state++) {
    if (inside[state] === 0) continue
    enabled.fill(0)
    const row = of[state] * words
    for (let e = offsets[state]; e < offsets[state + 1]; e++) {
      const group = groupOf[labels[e]]
      if (group < 0) continue
      enabled[group >> 5] |= 1 << (group & 31)
      if (of[targets[e]] === of[state]) served[row + (group >> 5)] |= 1 << (group & 31)
    }
    for (let w = 0; w < words; w++) served[row + w] |= ~enabled[w]
  }
  const isFair = new Uint8Array(count).fill(1)
  for (let group = 0; group < groups; group++)
    for (let component = 0; component < count; component++)
      if (((served[component * words + (group >> 5)] >> (group & 31)) & 1) === 0)
        isFair[component] = 0
  return isFair
}
