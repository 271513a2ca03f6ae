/** Runs that go on for ever: does such a run really violate an `eventually` property? */
import type { Model, Property, Trace } from '../checker/model.js'
import { canonicalJson } from './canonical.js'
import { Cursor } from './cursor.js'

/**
 * Why a lasso does not violate a property, in words; null when it does: its loop leads back to its
 * first state, the loop is fair, and the property never holds after some `from` state. Rules and
 * conditions are interpreted.
 * @param trace a trace whose steps are known to run.
 */
export function flawOf<S>(
  model: Model<S>,
  { holds, from = () => true }: Property<S>,
  { states, schedule, loopStart = schedule.length }: Trace<S>,
): string | null {
  const last = states.length - 1
  if (canonicalJson(states[last]) !== canonicalJson(states[loopStart]))
    return `the loop does not lead back to the state after step ${loopStart}`
  const since = states.findLastIndex((state) => holds(state)) + 1
  if (since > loopStart) return `it holds in the loop, after step ${since - 1}`
  if (!states.slice(since).some((state) => from(state)))
    return since > 0 ? `it holds after step ${since - 1}` : 'nothing asks for it'
  const group = putOff(model, states.slice(loopStart), schedule.slice(loopStart))
  return group === null ? null : `the loop is not fair: ${group} is put off for ever`
}

/** A fair group that is enabled in all states of a loop, and none of whose steps is taken. */
function putOff<S>(model: Model<S>, states: readonly S[], loop: readonly string[]): string | null {
  const { fairness = ({ actor }) => actor } = model
  const cursor = new Cursor(model)
  const taken = loop.map((label) => cursor.actions.get(label)).filter((action) => !!action)
  const done = new Set(taken.map(fairness))
  const enabled = states.map((state) => {
    cursor.moveTo(state)
    return new Set(cursor.enabledActions().map(fairness))
  })
  const waiting = [...enabled[0]].filter((group) => enabled.every((groups) => groups.has(group)))
  return waiting.find((group) => group !== null && !done.has(group)) ?? null
}
