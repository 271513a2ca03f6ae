/** A run as the view needs it: all its states, and quick answers about them. */

import type { State } from '../model/state.js'
import { statesFrom } from '../story/deltas.js'
import type { Depth } from '../story/render/state-pictures.js'
import type { ReportedRun } from '../story/report.js'
import type { Story, StoryStep } from '../story/story.js'

export interface ShownRun extends Omit<ReportedRun, 'first' | 'deltas' | 'graphs'> {
  /** One more than there are steps, unless the last step fails. */
  readonly states: readonly State[]
  /** A picture of what else could have happened, so many steps beside the run. */
  readonly graph: (deep: Depth) => string
}

export function unpacked({ first, deltas, graphs, ...rest }: ReportedRun): ShownRun {
  return { ...rest, states: statesFrom(first, deltas), graph: (deep) => graphs[deep - 1] }
}

/** The last position: one behind the last step. */
export function lastPosition({ story }: Pick<ShownRun, 'story'>): number {
  return story.steps.length
}

/** The state at a position; a step that fails leads nowhere. */
export function stateAt({ states }: Pick<ShownRun, 'states'>, position: number): State {
  return states[Math.min(position, states.length - 1)]
}

/** The step that led to a position, if any did. */
export function stepAt(
  { story }: Pick<ShownRun, 'story'>,
  position: number,
): StoryStep | undefined {
  return story.steps[position - 1]
}

export interface Standing {
  readonly name: string
  readonly says: string
  readonly kind: 'always' | 'sometimes' | 'eventually'
  readonly holds: boolean
  readonly reason: string | null
}

/** Every property at a position. */
export function propertiesAt({ truths }: Pick<ShownRun, 'truths'>, position: number): Standing[] {
  return truths.map(({ name, kind, says, spans }) => {
    const { holds, reason } = spans.findLast(({ from }) => from <= position) ?? spans[0]
    return { name, kind, says, holds, reason }
  })
}

/** The first position at which something fails that must always hold; null where nothing does. */
export function firstBad({ truths, story }: Pick<ShownRun, 'truths' | 'story'>): number | null {
  const fails = truths
    .filter(({ kind }) => kind === 'always')
    .flatMap(({ spans }) => spans.filter(({ holds }) => !holds).map(({ from }) => from))
  if (fails.length > 0) return Math.min(...fails)
  return story.verdict === 'violated' ? story.steps.length : null
}

/** A variable that changes on the way. */
export interface Variable {
  readonly key: string
  readonly name: string
}

/** All variables that change, in the order of their first change. */
export function variablesOf({ steps }: Story, all: boolean): Variable[] {
  const found = new Map<string, Variable>()
  for (const { changes } of steps)
    for (const { key, name, internal } of changes)
      if ((all || !internal) && !found.has(key)) found.set(key, { key, name })
  return [...found.values()]
}

/** The next position after (or before) one at which a variable changes; null if there is none. */
export function changeFrom(
  { steps }: Story,
  position: number,
  key: string,
  direction: 1 | -1,
): number | null {
  for (let at = position + direction; at >= 1 && at <= steps.length; at += direction)
    if (steps[at - 1].changes.some((change) => change.key === key)) return at
  return null
}

/** Variables that the reason is about. */
export function subjectOf({ argument }: Story): ReadonlySet<string> {
  return new Set(argument?.standing.map(({ key }) => key))
}
