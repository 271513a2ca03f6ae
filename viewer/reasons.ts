/** Reasons of an argument in words, one text each. */
import type { Link } from '../story/argument/argument.js'
import type { Reason } from '../story/argument/causes.js'
import type { StoryStep } from '../story/story.js'

export interface ReasonText {
  readonly text: string
  readonly since?: number
  /** Something the step found; what it did; what the sound system does or finds there. */
  readonly kind: 'found' | 'did' | 'missed'
}

/** What a step found and did, and what the sound system would have. */
export function chainOf({ changes, reasons, missed }: Link, step: StoryStep): ReasonText[] {
  const did = step.changes
    .filter(({ key }) => changes.includes(key))
    .map(({ name, from, to }): ReasonText => ({ text: `${name}: ${from} → ${to}`, kind: 'did' }))
  const deviation: ReasonText[] = step.deviation
    ? [{ text: `≠ ${step.deviation}`, kind: 'missed' }]
    : []
  return [
    ...reasons.map((reason) => textOf(reason, 'found')),
    ...did,
    ...deviation,
    ...missed.map((reason) => textOf(reason, 'missed')),
  ]
}

function textOf({ name, value, since, instead }: Reason, kind: ReasonText['kind']): ReasonText {
  const other = instead.length > 0 ? ` (else ${instead.join(' or ')})` : ''
  return { text: `as ${name} is ${value}${other}`, since, kind }
}
