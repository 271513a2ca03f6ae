/** From an `eventually` property of a model to a run that violates it. */

import type { Model, Trace } from '../model.js'
import type { CompiledModel } from '../rules/compile.js'
import type { Findings } from '../search/findings.js'
import type { Fairness } from './fairness.js'
import type { StateGraph } from './graph.js'
import { findLasso } from './liveness.js'

/** Looks for fair runs that violate `eventually` properties. */
export function refuteAll<S>(
  graph: StateGraph<S>,
  compiled: CompiledModel<S>,
  findings: Findings<S>,
): void {
  const fairness = fairnessOf(graph)
  for (const [number, property] of compiled.model.properties.entries()) {
    if (property.kind !== 'eventually' || !findings.judge.selects(property.name)) continue
    const found = refute(graph, compiled, number, fairness)
    if (typeof found === 'string') findings.settle(property, found)
    else findings.violateBy(property, found)
    if (findings.isEnough) return
  }
}

/**
 * Looks for a run that violates property number `number` of the model.
 * @returns the run; or that the property holds; `unreached` when no state satisfies `from`.
 * @throws ModelError when the property cannot be evaluated in some state.
 */
function refute<S>(
  graph: StateGraph<S>,
  { holds, from, model }: CompiledModel<S>,
  number: number,
  fairness: Fairness,
): Trace<S> | 'holds' | 'unreached' {
  const what = `property ${model.properties[number].name}`
  const asked = from[number]
  const obligation = {
    from: asked ? graph.where(asked, what) : new Uint8Array(graph.size).fill(1),
    holds: graph.where(holds[number], what),
  }
  const lasso = findLasso(graph, graph.levelEnds, fairness, obligation)
  if (!lasso) return obligation.from.includes(1) ? 'holds' : 'unreached'
  const { start, edges } = graph.pathTo(lasso.start)
  return graph.traceOf({
    start,
    edges: [...edges, ...lasso.edges],
    loopStart: edges.length + lasso.loopStart,
  })
}

/** The weakly fair groups of a model; see Model.fairness. */
function fairnessOf<S>({ model, actions }: StateGraph<S>): Fairness {
  const nameOf: NonNullable<Model<S>['fairness']> = model.fairness ?? (({ actor }) => actor)
  const numbers = new Map<string, number>()
  const groupOf = Int32Array.from(actions, (action) => {
    const name = nameOf(action)
    if (name === null) return -1
    const number = numbers.get(name) ?? numbers.size
    numbers.set(name, number)
    return number
  })
  return { groups: numbers.size, groupOf }
}
