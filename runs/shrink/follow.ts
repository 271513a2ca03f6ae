/**
 * Following a schedule as far as it goes: steps that are not possible are left out. In this way a
 * schedule that was found in one scenario is tried in a smaller one.
 */
import { type Action, NO_DEADLOCK, NO_RULE_ERROR } from '../../checker/model.js'
import type { Cursor } from '../cursor.js'
import type { Smaller } from '../subject.js'

/**
 * The reaction to a step that is not possible: leave it out (`skip`), take the only step that is
 * possible for the same actor (`substitute`), or give up (`stop`).
 */
export type Otherwise = 'skip' | 'substitute' | 'stop'

/**
 * Follows a schedule from the initial state. Violations of other properties are ignored.
 * @param property its name; null to take all steps that are possible.
 * @returns the steps taken up to the first state in which the property is violated; null if there
 * is no such state.
 */
export function follow<S>(
  cursor: Cursor<S>,
  schedule: readonly string[],
  property: string | null,
  otherwise: Otherwise = 'skip',
): string[] | null {
  const { model } = cursor
  const holds = model.properties.find(({ name }) => name === property)?.holds
  const taken: string[] = []
  cursor.restart()
  if (holds && !holds(cursor.here)) return taken
  for (const label of schedule) {
    const action = stepFor(cursor, label, otherwise)
    if (!action && otherwise === 'stop') return null
    if (!action) continue
    if (!succeeds(cursor, action)) {
      if (property === NO_RULE_ERROR) return [...taken, action.label]
      continue
    }
    taken.push(action.label)
    if (holds && !holds(cursor.here)) return taken
  }
  if (property === null) return taken
  const isStuck = property === NO_DEADLOCK && !hasStep(cursor) && !model.final(cursor.here)
  return isStuck ? taken : null
}

/** A step's label after its threads and tables were renumbered; empty if one of them is gone. */
export function relabelled<S>(
  { actions, model }: Cursor<S>,
  label: string,
  moved: NonNullable<Smaller['moved']>,
): string {
  const action = actions.get(label)
  const ranges = action?.rule.for ?? []
  if (!action || !ranges.some((range) => range in moved)) return label
  const after = ranges.flatMap((range, i) => {
    if (model.ranges?.[range].actor) return []
    const number = action.parameters[i]
    return [range in moved ? moved[range](number) : number]
  })
  const call = label.lastIndexOf('(')
  return after.includes(null) ? '' : `${label.slice(0, call)}(${after.join(', ')})`
}

function stepFor<S>(cursor: Cursor<S>, label: string, otherwise: Otherwise): Action<S> | null {
  const action = cursor.actions.get(label)
  if (!action || canTry(cursor, action)) return action ?? null
  if (otherwise !== 'substitute') return null
  const others = [...cursor.actions.values()].filter(
    (other) => other.actor === action.actor && canTry(cursor, other),
  )
  return others.length === 1 ? others[0] : null
}

function hasStep<S>(cursor: Cursor<S>): boolean {
  return [...cursor.actions.values()].some((action) => canTry(cursor, action))
}

/** Is it enabled? A step whose guard fails can be tried: it violates noRuleError. */
function canTry<S>(cursor: Cursor<S>, action: Action<S>): boolean {
  try {
    return cursor.isEnabled(action)
  } catch {
    return true
  }
}

/** Takes a step that can be tried. @returns false when its guard or effect fails. */
function succeeds<S>(cursor: Cursor<S>, action: Action<S>): boolean {
  try {
    if (cursor.isEnabled(action)) cursor.take(action)
    return true
  } catch {
    return false
  }
}
