/** Steps put together for reading: each leading step by itself, the others in runs. */
import type { Story, StoryStep } from './story.js'

/**
 * The most important steps, by number: the cause, the steps that wrote the last state, and the
 * first violation.
 */
export function leadingSteps({ argument, steps, earlier }: Story): ReadonlySet<number> {
  if (!argument) return new Set(steps.map(({ number }) => number))
  const first = earlier?.step ? [earlier.step] : []
  const written = argument.standing.flatMap(({ since }) => (since === null ? [] : [since]))
  return new Set([...argument.chain.map(({ step }) => step), ...written, ...first, steps.length])
}

/** The variables that the cause is about, by their keys. */
export function leadingKeys({ argument }: Story): ReadonlySet<string> {
  if (!argument) return new Set()
  const changed = argument.chain.flatMap(({ changes }) => changes)
  return new Set([...argument.standing.map(({ key }) => key), ...changed])
}

/**
 * Groups of one actor's steps that follow each other. A leading step is a group of its own, and a
 * loop begins with a new group.
 */
export function groupedSteps(story: Story): readonly (readonly StoryStep[])[] {
  const leading = leadingSteps(story)
  const groups: StoryStep[][] = []
  for (const [i, step] of story.steps.entries()) {
    const group = groups.at(-1)
    const isApart = leading.has(step.number) || i === story.loopStart
    if (!group || isApart || leading.has(group[0].number) || group[0].actor !== step.actor)
      groups.push([step])
    else group.push(step)
  }
  return groups
}

/** The name of a step in its actor's own lane. */
export function callOf({ actor, label }: StoryStep): string {
  return label.startsWith(`${actor}.`) ? label.slice(actor.length + 1) : label
}

/** The names of some steps, cut in the middle where there are many. */
export function namesOf(group: readonly StoryStep[]): string {
  const names = group.map(callOf)
  return names.length <= 3 ? names.join(', ') : `${names[0]}, ..., ${names[names.length - 1]}`
}
