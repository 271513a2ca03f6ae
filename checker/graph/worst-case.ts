/**
 * The worst case: the path through a part of the state graph on which the weights of its steps add
 * up to the most. With a part that means "this operation is under way" and a weight for each step
 * that costs something, the answer is what the operation can cost at most, over all interleavings.
 *
 * One pass over the strongly connected components of the part, last ones first, so linear in its
 * edges. Going round in a component is free unless one of its own steps has a weight: then going
 * round and round costs more than any number.
 */

import type { Action } from '../model.js'
import { type Components, components, wayWithin } from './components.js'
import { type Edges, edgeSource, type Path, type StateGraph } from './graph.js'

export interface WorstPath {
  /** The largest sum of weights; Infinity when a cycle has weight. */
  readonly weight: number
  /**
   * A way from an initial state to the part and through it that adds up to it; the part counts from
   * `edges[enters]` on. With a loop when the sum is infinite. Null when no state is in the part.
   */
  readonly path: (Path & { readonly enters: number }) | null
}

/**
 * The heaviest path of steps that begin in the part; only the last one may lead out of it.
 * @param inside 1 for each state in the part, else 0; see StateGraph.select.
 * @param weight what a step costs: the action, and the numbers of the states it leads from and to.
 * @throws RangeError on a weight that is negative or no number.
 */
export function worstPath<S>(
  graph: StateGraph<S>,
  inside: Uint8Array,
  weight: (action: Action<S>, from: number, to: number) => number,
): WorstPath {
  const weights = weightsOf(graph, inside, weight)
  const parts = components(graph, inside)
  const { most, by } = addUp(graph, inside, weights, parts)
  const start = inside.reduce(
    (best, isInside, state) =>
      isInside === 1 && (best < 0 || most[parts.of[state]] > most[parts.of[best]]) ? state : best,
    -1,
  )
  if (start < 0) return { weight: 0, path: null }
  const stem = graph.pathTo(start)
  const rest = follow(graph, parts, by, start)
  const enters = stem.edges.length
  const path = { start: stem.start, edges: [...stem.edges, ...rest.edges], enters }
  const loop = rest.loopStart === undefined ? {} : { loopStart: enters + rest.loopStart }
  return { weight: most[parts.of[start]], path: { ...path, ...loop } }
}

/** The weight of every step that begins in the part. */
function weightsOf<S>(
  { offsets, targets, labels, actions }: StateGraph<S>,
  inside: Uint8Array,
  weight: (action: Action<S>, from: number, to: number) => number,
): Float64Array {
  const weights = new Float64Array(targets.length)
  for (let state = 0; state < inside.length; state++) {
    if (inside[state] === 0) continue
    for (let edge = offsets[state]; edge < offsets[state + 1]; edge++) {
      weights[edge] = weight(actions[labels[edge]], state, targets[edge])
      if (!(weights[edge] >= 0))
        throw new RangeError(
          `${actions[labels[edge]].label} has the weight ${weights[edge]}: at least 0 is allowed`,
        )
    }
  }
  return weights
}

/** For each component the greatest weight of a path from it, and the path's first step. */
function addUp(
  { offsets, targets }: Edges,
  inside: Uint8Array,
  weights: Float64Array,
  { count, of }: Components,
): { most: Float64Array; by: Int32Array } {
  const most = new Float64Array(count)
  const by = new Int32Array(count).fill(-1)
  // Edges lead to lower numbers, so these are known when their sources' turn comes.
  const order = byComponent(inside, of, count)
  for (const state of order)
    for (let edge = offsets[state]; edge < offsets[state + 1]; edge++) {
      const target = targets[edge]
      const stays = of[target] === of[state]
      if (stays && weights[edge] === 0) continue
      const after = stays ? Number.POSITIVE_INFINITY : inside[target] === 1 ? most[of[target]] : 0
      if (weights[edge] + after <= most[of[state]]) continue
      most[of[state]] = weights[edge] + after
      by[of[state]] = edge
    }
  return { most, by }
}

/** The states of the part, those of lower components first. */
function byComponent(inside: Uint8Array, of: Int32Array, count: number): Int32Array {
  const ends = new Int32Array(count + 1)
  for (let state = 0; state < of.length; state++) if (inside[state] === 1) ends[of[state] + 1]++
  for (let component = 0; component < count; component++) ends[component + 1] += ends[component]
  const order = new Int32Array(ends[count])
  for (let state = 0; state < of.length; state++)
    if (inside[state] === 1) order[ends[of[state]]++] = state
  return order
}

/** The heaviest path from a state on, component after component. */
function follow(graph: Edges, { of }: Components, by: Int32Array, start: number) {
  const edges: number[] = []
  const goTo = (from: number, to: number): void => {
    if (from !== to) edges.push(...wayWithin(graph, of, from, (edge) => graph.targets[edge] === to))
  }
  let at = start
  for (let edge = by[of[at]]; edge >= 0; edge = of[at] < 0 ? -1 : by[of[at]]) {
    const source = edgeSource(graph, edge)
    goTo(at, source)
    edges.push(edge)
    at = graph.targets[edge]
    if (of[at] !== of[source]) continue
    const loopStart = edges.length - 1
    goTo(at, source)
    return { edges, loopStart }
  }
  return { edges }
}
