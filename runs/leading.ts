/**
 * Which violation a story leads with. A reader wants to know what a program gets to see, so a
 * broken promise to it comes before a broken discipline of the kernel. The first violation is
 * often of a discipline: then the promise is searched for in the states that follow, and, if
 * nothing follows, in all states of the scenario. Both searches are bounded, and say so.
 */
import { type Counterexample, type Model, NO_DEADLOCK, NO_RULE_ERROR } from '../checker/model.js'
import { check } from '../checker/search/search.js'
import { confirmed } from './confirm.js'
import type { Replay } from './replay.js'
import type { AnyState } from './subject.js'

/** A violation of a discipline, beside the promise that a story leads with. */
export interface Earlier {
  readonly property: string
  /** The property as a sentence. */
  readonly says: string
  readonly explanation: string
  /** The step of the story after which it is violated; null: in another order of steps. */
  readonly step: number | null
}

/** The violation that a story leads with. */
export interface Leading extends Counterexample<AnyState> {
  /** What is violated before the promise, or with it. */
  readonly earlier: Earlier | null
  /** Of a story without a broken promise: where one was searched for, as a sentence. */
  readonly outlook: string | null
}

/** States of each of the two searches: about a second. */
export const OUTLOOK_STATES = 50_000

/**
 * The violation to lead with: one that was found, or a promise that is broken later.
 * @param found the violations of one check in which all properties were watched, shortest first.
 */
export function leadingOf(
  model: Model<AnyState>,
  found: readonly Counterexample<AnyState>[],
  maxStates = OUTLOOK_STATES,
): Leading {
  const [shortest] = found
  const promises = promisesOf(model)
  const plain = { ...shortest, earlier: null, outlook: null }
  const isSubject = model.properties.some(({ promise }) => promise)
  if (!isSubject || !isDiscipline(model, shortest.property))
    return { ...plain, earlier: isSubject ? earlierOn(model, shortest, null) : null }
  const known = found.find(({ property }) => promises.includes(property))
  if (known) return { ...known, earlier: earlierOn(model, known, shortest), outlook: null }

  const { schedule, states } = shortest.trace
  const init = [states[states.length - 1]]
  const next = check({ ...model, init }, { properties: promises, maxStates })
  const [onward] = next.counterexamples
  const further = onward && {
    property: onward.property,
    schedule: [...schedule, ...onward.trace.schedule],
  }
  if (further && further.property !== NO_RULE_ERROR) {
    const lead = confirmed(model, further)
    return { ...lead, earlier: earlierOn(model, lead, shortest), outlook: null }
  }
  const all = check(model, { properties: promises, maxStates })
  const [other] = all.counterexamples
  if (other && other.property !== NO_RULE_ERROR)
    return { ...other, earlier: earlierOn(model, other, shortest), outlook: null }
  const failing = onward
    ? `${onward.trace.schedule.length} steps later ${NO_RULE_ERROR} fails: ${onward.explanation}`
    : null
  return { ...plain, outlook: failing ?? outlookOf(next, all) }
}

/** A replay with what stands beside the promise that it leads with. */
export type LeadingReplay = Replay<AnyState> & Partial<Pick<Leading, 'earlier' | 'outlook'>>

/** A replay that leads with the promise that it breaks, or that it comes to break. */
export function leadingReplay(model: Model<AnyState>, replay: Replay<AnyState>): LeadingReplay {
  const { violation, trace, status } = replay
  if (!violation || status === 'stale' || violation.property === NO_RULE_ERROR) return replay
  const { property, explanation } = violation
  const lead = leadingOf(model, [{ property, explanation, trace }])
  const step = lead.trace.schedule.length
  return {
    ...replay,
    trace: lead.trace,
    violation: { property: lead.property, explanation: lead.explanation, step },
    earlier: lead.earlier,
    outlook: lead.outlook,
  }
}

/** The promises that a search can look for in single states. */
function promisesOf({ properties }: Model<AnyState>): string[] {
  const promised = properties.filter(({ kind, promise }) => promise && kind === 'always')
  return [...promised.map(({ name }) => name), NO_DEADLOCK]
}

/** Is it an `always` property of the model that promises a program nothing? */
function isDiscipline({ properties }: Model<AnyState>, name: string): boolean {
  const property = properties.find((one) => one.name === name)
  return property?.kind === 'always' && !property.promise
}

/**
 * The discipline that is violated on the way: the given one, else the first; null if none is.
 * @param known a violation to be named in any case.
 */
function earlierOn(
  { properties }: Model<AnyState>,
  { trace: { states } }: Counterexample<AnyState>,
  known: Counterexample<AnyState> | null,
): Earlier | null {
  const disciplines = properties.filter(({ kind, promise }) => kind === 'always' && !promise)
  const broken = disciplines
    .map((property) => ({ property, step: states.findIndex((s) => !property.holds(s)) }))
    .filter(({ step }) => step >= 0)
    .sort((x, y) => x.step - y.step)
  const same = broken.find(({ property }) => property.name === known?.property)
  const { property, step } = same ?? broken[0] ?? {}
  if (property && step !== undefined) {
    const { name, says, explain } = property
    return { property: name, says, step, explanation: explain?.(states[step]) ?? says }
  }
  if (!known) return null
  const says = disciplines.find(({ name }) => name === known.property)?.says ?? known.property
  return { property: known.property, says, explanation: known.explanation, step: null }
}

interface Looked {
  readonly states: number
  readonly limit: string | null
}

/** Where no promise was found broken. */
function outlookOf(next: Looked, all: Looked): string {
  const number = ({ states }: Looked) => states.toLocaleString('en')
  const none = 'no promise to a program is broken'
  if (all.limit === null) return `${none} in this scenario: all ${number(all)} states were searched`
  const follow = next.limit === null ? `all ${number(next)}` : `the first ${number(next)}`
  return `${none} in ${follow} states that can follow, nor in the first ${number(all)} of the scenario`
}
