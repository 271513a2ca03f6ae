/** Pictures of state graphs: the neighbourhood of a run, and a whole small scenario. */
import { actionsOf, type Model, type Trace } from '../../checker/model.js'
import type { AnyState } from '../../runs/subject.js'
import { neighbourhood, wholeGraph } from '../state-graph.js'
import { graphPicture } from './graph-picture.js'

/** How many steps beside a run can be looked at. */
export const DEPTHS = [1, 2] as const

export type Depth = (typeof DEPTHS)[number]

/** A run with the other steps that were possible on its way, up to a distance from it. */
export function runPicture(model: Model<AnyState>, trace: Trace<AnyState>, deep: Depth): string {
  const graph = neighbourhood(model, trace, { deep })
  const far = deep === 1 ? 'one step' : 'two steps'
  const title = `${model.name}: a run, and what else could have happened, ${far} beside it`
  return graphPicture(`${title}: ${graph.nodes.length} states`, graph, actorNames(model))
}

/**
 * All states of a small scenario; of a larger one those that are reached first.
 * @param states how many there are, where that is known.
 */
export function statesPicture(model: Model<AnyState>, states?: number): string {
  const graph = wholeGraph(model)
  const shown = graph.nodes.length
  const of = states === undefined ? '' : ` of ${states.toLocaleString('en')}`
  const which = graph.cut > 0 ? `the first ${shown}${of} states shown` : `all ${shown} states shown`
  return graphPicture(`${model.name}: ${which}`, graph, actorNames(model))
}

/** In the order in which the model names them. */
function actorNames(model: Model<AnyState>): string[] {
  return [...new Set(actionsOf(model).map(({ actor }) => actor))]
}
