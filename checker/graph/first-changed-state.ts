/**
 * Where does a model do something else after a change of some of its rules? The reachable states of
 * the original are enough to say: as long as the changed rules lead from each of them to the same
 * states under the same names, the changed model reaches these states and no others.
 */

import { actionsOf, type Model } from '../model.js'
import { compile } from '../rules/compile.js'
import type { PackedCondition, PackedEffect } from '../rules/expansion.js'
import type { StateGraph } from './graph.js'

/** A step as it is taken on packed states. */
interface Step {
  readonly enabled: PackedCondition
  readonly apply: PackedEffect
}

/**
 * @param graph of the original.
 * @param changed the same model with other texts of the rules in `names`: layout, initial states
 *   and all other rules are the original's.
 * @returns the number of the first state in which they differ; null where the two graphs are equal.
 */
export function firstChangedState<S>(
  graph: StateGraph<S>,
  changed: Model<S>,
  names: ReadonlySet<string>,
): number | null {
  const { words } = changed.layout
  const [before, after] = [stepsOf(graph.model, names), stepsOf(changed, names)]
  const pairs = [...new Set([...before.keys(), ...after.keys()])].map(
    (label) => [before.get(label) ?? NEVER, after.get(label) ?? NEVER] as const,
  )
  const [state, one, other] = [0, 1, 2].map(() => new Int32Array(words))
  const differs = ([left, right]: (typeof pairs)[number]) => {
    // A rule that fails is looked at by the search.
    try {
      const isEnabled = !!left.enabled(state, 0)
      if (isEnabled !== !!right.enabled(state, 0)) return true
      if (!isEnabled) return false
      one.set(state)
      other.set(state)
      left.apply(one, 0)
      right.apply(other, 0)
      return one.some((word, i) => word !== other[i])
    } catch {
      return true
    }
  }
  for (let id = 0; id < graph.size; id++) {
    graph.load(id, state)
    if (pairs.some(differs)) return id
  }
  return null
}

const NEVER: Step = { enabled: () => false, apply: () => {} }

/** The steps of some rules by their labels. */
function stepsOf<S>(model: Model<S>, names: ReadonlySet<string>): ReadonlyMap<string, Step> {
  const rules = model.rules.filter(({ name }) => names.has(name))
  const { enabled, apply } = compile({ ...model, rules, properties: [] }, { keepDead: true })
  return new Map(
    actionsOf({ ...model, rules }).map(({ label }, i) => [
      label,
      { enabled: enabled[i], apply: apply[i] },
    ]),
  )
}
