/** Steps that need no decision, taken at once. */
import { Cursor } from '../runs/cursor.js'
import type { AnyState } from '../runs/subject.js'
import type { Exploration } from './exploration.js'

/** Where nothing else ends it, this does: steps may go round in a circle. */
const MOST = 500

/** The steps from a state to the next one at which there is a choice, or nothing is possible. */
export function toNextChoice({ model }: Exploration, from: AnyState): string[] {
  const cursor = new Cursor(model)
  cursor.moveTo(from)
  const steps: string[] = []
  while (steps.length < MOST) {
    const [only, ...others] = cursor.enabledActions()
    if (!only || others.length > 0) break
    cursor.take(only)
    steps.push(only.label)
  }
  return steps
}

/**
 * A step, and the next ones of its actor until its operation is done: until the actor may rest.
 * Ends earlier where the actor is blocked or has a choice.
 */
export function operationFrom(
  { model, narration }: Exploration,
  from: AnyState,
  first: string,
  actor: string,
): string[] {
  const cursor = new Cursor(model)
  cursor.moveTo(from)
  const steps: string[] = []
  for (let next = cursor.actions.get(first); next && steps.length < MOST; ) {
    cursor.take(next)
    steps.push(next.label)
    if (narration.mayRest(cursor.state(), actor)) break
    const own = cursor.enabledActions().filter((action) => action.actor === actor)
    next = own.length === 1 ? own[0] : undefined
  }
  return steps
}
