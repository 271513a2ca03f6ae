/**
 * Strongly connected components of a part of a state graph, in one pass over its edges (Tarjan
 * 1972), without recursion: a path may be millions of states long.
 */
import { type Edges, edgeSource } from './graph.js'

export interface Components {
  readonly count: number
  /** For each state the number of its component; -1 outside the part. */
  readonly of: Int32Array
}

/**
 * The components of the states that are `inside` (1), seen along edges between such states only.
 * They are numbered against the direction of edges: an edge from one component to another leads to
 * the one with the lower number.
 */
export function components({ offsets, targets }: Edges, inside: Uint8Array): Components {
  const size = inside.length
  // 0: not visited. Positive: waiting on the stack, and this is the lowest place there known to be
  // reached. Negative: finished, -1 - component.
  const mark = new Int32Array(size)
  const stack = new Int32Array(size)
  let height = 0
  let count = 0
  // The path of the visit: at each depth a state, its place on the stack, its next edge.
  const path = new Int32Array(size)
  const place = new Int32Array(size)
  const next = new Int32Array(size)
  let depth = -1
  const enter = (state: number): void => {
    stack[height++] = state
    path[++depth] = state
    place[depth] = height
    next[depth] = offsets[state]
    mark[state] = height
  }

  for (let root = 0; root < size; root++) {
    if (inside[root] === 0 || mark[root] !== 0) continue
    enter(root)
    while (depth >= 0) {
      const state = path[depth]
      if (next[depth] < offsets[state + 1]) {
        const target = targets[next[depth]++]
        if (inside[target] === 0) continue
        if (mark[target] === 0) enter(target)
        else if (mark[target] > 0 && mark[target] < mark[state]) mark[state] = mark[target]
        continue
      }
      const lowest = mark[state]
      if (lowest === place[depth]) {
        // Nothing below it is reached: what stands on the stack from here on is one component.
        while (height >= lowest) mark[stack[--height]] = -1 - count
        count++
      }
      depth--
      if (mark[state] > 0 && lowest < mark[path[depth]]) mark[path[depth]] = lowest
    }
  }
  for (let state = 0; state < size; state++) mark[state] = -1 - mark[state]
  return { count, of: mark }
}

/**
 * The shortest path inside a component from one of its states to an edge of a kind, which is the
 * last edge of the path.
 * @throws Error when the component has no such edge.
 */
export function wayWithin(
  graph: Edges,
  of: Int32Array,
  from: number,
  isThere: (edge: number) => boolean,
): number[] {
  const { offsets, targets } = graph
  const edgeTo = new Map<number, number>()
  const states = [from]
  for (const state of states)
    for (let edge = offsets[state]; edge < offsets[state + 1]; edge++) {
      const target = targets[edge]
      if (of[target] !== of[from]) continue
      if (isThere(edge)) return [...wayBack(graph, edgeTo, from, state), edge]
      if (target === from || edgeTo.has(target)) continue
      edgeTo.set(target, edge)
      states.push(target)
    }
  throw new Error('a component has no edge of the kind it was said to have')
}

function wayBack(
  graph: Edges,
  edgeTo: ReadonlyMap<number, number>,
  from: number,
  to: number,
): number[] {
  const edges: number[] = []
  for (let at = to; at !== from; at = edgeSource(graph, edges[edges.length - 1]))
    edges.push(edgeTo.get(at) as number)
  return edges.reverse()
}
