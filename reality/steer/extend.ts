/** Stories that end inside a routine are led on to where a running kernel can be looked at. */
import type { Model } from '../../checker/model.js'
import type { State } from '../../model/state.js'
import { Cursor } from '../../runs/cursor.js'
import { stalePages, storySteps } from './program.js'
import { STOPS } from './stops.js'

/** Most steps that are added. */
const MAX_STEPS = 200

/**
 * The schedule with steps of its last thread added, up to one with a letter, or to the end of its
 * operation.
 * @param violated must hold in the last state, or the schedule is left as it is.
 */
export function extended(
  model: Model<State>,
  schedule: readonly string[],
  violated: (state: State) => boolean,
): { schedule: readonly string[]; states: readonly State[] } {
  const cursor = new Cursor(model)
  const states = [cursor.state()]
  const taken: string[] = []
  const take = (label: string) => {
    const action = cursor.actions.get(label)
    if (!action) throw new Error(`no action ${label}`)
    cursor.take(action)
    states.push(cursor.state())
    taken.push(label)
  }
  for (const label of schedule) take(label)
  const whole = { schedule: [...taken], states: [...states] }
  const last = storySteps(schedule).at(-1)
  const isSeen = (label: string) => {
    const [step] = storySteps([label])
    const isAccess = ['read', 'write', 'fault', 'walk', 'faultUnlock', 'flushDone'].includes(
      step.rule,
    )
    return isAccess || (step.rule in STOPS && step.rule !== 'forkTable') || isOver(states, step.who)
  }
  // What its own processor caches is asked for when it is in user mode again.
  const cachesBesides = () => {
    const state = states[states.length - 1]
    const t = state.actor.findIndex(({ name }) => name === last?.who)
    return state.thread[t].pc !== 'user' && stalePages(state, t).length > 0
  }
  while (!isSeen(taken[taken.length - 1]) || cachesBesides()) {
    const [next] = cursor.enabledLabels().filter((label) => label.startsWith(`${last?.who}.`))
    if (next === undefined || taken.length > schedule.length + MAX_STEPS) return whole
    take(next)
  }
  return violated(states[states.length - 1]) ? { schedule: taken, states } : whole
}

/** Has the last step ended the operation of a thread? */
function isOver(states: readonly State[], who: string): boolean {
  const [before, after] = states.slice(-2)
  const t = before.actor.findIndex(({ name }) => name === who)
  return after.thread[t].next > before.thread[t].next && after.thread[t].pc === 'user'
}
