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
  return graphPicture(title, graph, actorNames(model))
}

/** All states of a small scenario; of a larger one those that are reached first. */
export function statesPicture(model: Model<AnyState>): string {
  const graph = wholeGraph(model)
  const which = graph.cut > 0 ? 'the first states' : 'all states'
  return graphPicture(`${model.name}: ${which}`, graph, actorNames(model))
}

/** In the order in which the model names them. */
function actorNames(model: Model<AnyState>): string[] {
  return [...new Set(actionsOf(model).map(({ actor }) => actor))]
}
