/**
 * Liveness under weak fairness once more, without strongly connected components: by sets of states
 * that shrink until nothing changes (Emerson and Lei 1986), and the length of the shortest lasso
 * by tables. For graphs of a few states.
 */

export interface Step {
  readonly from: number
  readonly to: number
  /** The weakly fair group of the step; null when it is never forced. */
  readonly group: string | null
}

export interface SlowGraph {
  readonly starts: readonly number[]
  readonly steps: readonly Step[]
  /** By state. */
  readonly from: readonly boolean[]
  readonly holds: readonly boolean[]
}

const groupsOf = ({ steps }: SlowGraph) => [
  ...new Set(steps.flatMap(({ group }) => (group === null ? [] : [group]))),
]

const isEnabled = ({ steps }: SlowGraph, group: string, state: number) =>
  steps.some((step) => step.group === group && step.from === state)

/** The states of a set from which another set is reached without leaving the first. */
function reaching(graph: SlowGraph, inside: ReadonlySet<number>, goal: ReadonlySet<number>) {
  const found = new Set([...goal].filter((state) => inside.has(state)))
  for (let before = -1; before !== found.size; ) {
    before = found.size
    for (const { from, to } of graph.steps) if (inside.has(from) && found.has(to)) found.add(from)
  }
  return found
}

/** The states without `holds` in which a fair run can go on for ever without it. */
function hopeless(graph: SlowGraph): ReadonlySet<number> {
  let set = new Set(graph.holds.flatMap((holds, state) => (holds ? [] : [state])))
  for (let before = -1; before !== set.size; ) {
    before = set.size
    for (const group of groupsOf(graph)) {
      const current = set
      const serving = [...current].filter(
        (state) =>
          !isEnabled(graph, group, state) ||
          graph.steps.some(
            (step) => step.group === group && step.from === state && current.has(step.to),
          ),
      )
      set = reaching(graph, current, new Set(serving))
    }
  }
  return set
}

/** How far every state is from an initial one (Infinity: not reached), going through `inside`. */
function distances(
  graph: SlowGraph,
  first: ReadonlyMap<number, number>,
  inside: readonly boolean[],
) {
  const far = graph.holds.map((_, state) =>
    inside[state] ? (first.get(state) ?? Infinity) : Infinity,
  )
  for (let changed = true; changed; ) {
    changed = false
    for (const { from, to } of graph.steps)
      if (inside[to] && far[from] + 1 < far[to]) {
        far[to] = far[from] + 1
        changed = true
      }
  }
  return far
}

/** How far every open obligation is: reached by way of a `from` state without `holds` since. */
function overdue(graph: SlowGraph): number[] {
  const all = graph.holds.map(() => true)
  const far = distances(graph, new Map(graph.starts.map((state) => [state, 0])), all)
  const asked = far.flatMap((steps, state) =>
    graph.from[state] && steps < Infinity ? [[state, steps] as const] : [],
  )
  return distances(
    graph,
    new Map(asked),
    graph.holds.map((holds) => !holds),
  )
}

/** Is there a fair run that leaves an obligation open for ever? */
export function isViolated(graph: SlowGraph): boolean {
  const never = hopeless(graph)
  return overdue(graph).some((steps, state) => steps < Infinity && never.has(state))
}

/** Steps of the shortest lasso that shows it, its loop counted once; Infinity when there is none. */
export function shortestLasso(graph: SlowGraph): number {
  const far = overdue(graph)
  return Math.min(...far.map((steps, state) => steps + shortestLoop(graph, state)))
}

/** Steps of the shortest way from a state back to it, without `holds`, that serves every group. */
function shortestLoop(graph: SlowGraph, start: number): number {
  if (graph.holds[start]) return Infinity
  const groups = groupsOf(graph)
  const idle = (state: number) =>
    groups.reduce((bits, group, i) => bits | (isEnabled(graph, group, state) ? 0 : 1 << i), 0)
  const all = (1 << groups.length) - 1
  if (idle(start) === all) return 0
  // far[state][served]: the fewest steps, not zero, to be there with these groups served.
  const far = graph.holds.map(() => new Array(all + 1).fill(Infinity))
  for (let changed = true; changed; ) {
    changed = false
    for (const { from, to, group } of graph.steps) {
      if (graph.holds[from] || graph.holds[to]) continue
      const bit = group === null ? 0 : 1 << groups.indexOf(group)
      for (let served = 0; served <= all; served++) {
        const before = from === start && served === idle(start) ? 0 : far[from][served]
        const after = served | bit | idle(to)
        if (before + 1 < far[to][after]) {
          far[to][after] = before + 1
          changed = true
        }
      }
    }
  }
  return far[start][all]
}
