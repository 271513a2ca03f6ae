/** Pictures of state graphs: of what lies around a run, and of a whole small scenario. */
import type { Model, Trace } from '../../checker/model.js'
import type { State } from '../../model/state.js'
import { neighbourhood, wholeGraph } from '../state-graph.js'
import { graphPicture } from './graph-picture.js'

/** How many steps beside a run can be looked at. */
export const DEPTHS = [1, 2] as const

export type Depth = (typeof DEPTHS)[number]

/** What else could have happened on the way of a run, so many steps beside it. */
export function runPicture(model: Model<State>, trace: Trace<State>, deep: Depth): string {
  const graph = neighbourhood(model, trace, { deep })
  const far = deep === 1 ? 'one step' : 'two steps'
  const title = `${model.name}: a run, and what else could have happened, ${far} beside it`
  return graphPicture(title, graph, actorNames(trace.states[0]))
}

/** All states of a small scenario; of a larger one those that are reached first. */
export function statesPicture(model: Model<State>): string {
  const graph = wholeGraph(model)
  const which = graph.cut > 0 ? 'the first states' : 'all states'
  return graphPicture(`${model.name}: ${which}`, graph, actorNames(model.init[0]))
}

function actorNames({ actor }: State): string[] {
  return actor.map(({ name }) => name)
}
