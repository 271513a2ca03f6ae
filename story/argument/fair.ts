/**
 * Why an infinite run is fair: in its loop, every group either takes a step or is disabled in some
 * state. Here the groups without a step are listed, with a state in which each is disabled.
 */
import { actionsOf, isEnabled, type Model, type Trace } from '../../checker/model.js'
import type { AnyState } from '../../runs/subject.js'
import type { Causes, Reason } from './causes.js'

/** A fair group that takes no step in the loop, and where it could not have taken one. */
export interface PutOff {
  /** An actor, usually; see Model.fairness. */
  readonly group: string
  /** After this step none of its steps is possible; 0: in the initial state. */
  readonly after: number
  /** The obstacles to the steps it might take where it stands. */
  readonly obstacles: readonly Reason[]
}

export function putOffIn(
  model: Model<AnyState>,
  { schedule, states, loopStart = schedule.length }: Trace<AnyState>,
  causes: Causes,
): PutOff[] {
  const { fairness = ({ actor }: { actor: string }) => actor } = model
  const actions = actionsOf(model)
  const loop = schedule.slice(loopStart)
  const active = new Set(actions.filter(({ label }) => loop.includes(label)).map(fairness))
  const groups = new Set(actions.map(fairness).filter((group) => group !== null))
  return [...groups].flatMap((group) => {
    if (active.has(group)) return []
    const mine = actions.filter((action) => fairness(action) === group)
    const canAct = (state: AnyState) => mine.some((action) => isEnabled(model, action, state))
    const after = states.findIndex((state, i) => i >= loopStart && !canAct(state))
    if (after < 0) return []
    const names = new Set(mine.map(({ label }) => label))
    const obstacles = [...new Set(mine.map(({ actor }) => actor))]
      .flatMap((actor) => causes.stepsAtPlace(actor, after))
      .filter((label) => names.has(label))
      .flatMap((label) => causes.obstacles(label, after))
    // An actor without obstacles is done, or waits for no step of another actor.
    return obstacles.length > 0 ? [{ group, after, obstacles }] : []
  })
}
