/** Can such a state be reached from here, and how? Answered by a search from a state. */
import { NO_DEADLOCK, type Property } from '../checker/model.js'
import { Search } from '../checker/search/search.js'
import { fieldAt } from './fields.js'
import type { Driver } from './run.js'
import { modelOf, subjectOf } from './setup-model.js'
import type { AnyState, PropertyInfo, Setup } from './subject.js'

/** The question. */
export type Question =
  /** A state in which a situation holds, or in which what must always hold does not. */
  | { readonly property: string }
  /** A state in which a field, by its path, has a value. */
  | { readonly field: string; readonly value: string }
  /** A state of which a condition is true. */
  | { readonly holds: (state: AnyState) => boolean }

export interface Answer {
  /** The shortest way there; null when there is none, or it was not found. */
  readonly schedule: readonly string[] | null
  /** Distinct states that were looked at. */
  readonly states: number
  /** Why not everything was looked at, or null. Without it, and a way, there is none. */
  readonly limit: string | null
}

/** States to look at, at most: some 100 MB. */
const MOST_STATES = 2_000_000
const SLICE = 5_000

/** The properties that can be asked for, in a model of a setup. */
export function questionsOf(setup: Setup): PropertyInfo[] {
  const { properties, concerns } = subjectOf(setup)
  return properties.filter(
    (property) => property.kind !== 'eventually' && concerns(property, setup.system),
  )
}

/** Searches from a state. @throws Error for a property that is not one of the model. */
export async function ask(
  setup: Setup,
  from: AnyState,
  question: Question,
  driver: Pick<Driver, 'between'>,
): Promise<Answer> {
  const asked = 'property' in question ? [question.property] : []
  const model = modelOf(setup, asked)
  const goal = 'property' in question ? null : goalOf(question)
  const known = model.properties.filter(({ name }) => asked.includes(name))
  const properties = goal ? [goal] : known
  const names = goal ? [goal.name] : asked
  const witnesses = properties.filter(({ kind }) => kind === 'sometimes').map(({ name }) => name)
  const search = new Search(
    { ...model, init: [from], properties },
    { properties: names, witnesses, maxStates: MOST_STATES, continue: names[0] !== NO_DEADLOCK },
  )
  for (let over = false; !over; ) {
    over = search.advance(SLICE)
    const { witnesses: reached, counterexamples, states, limit } = search.result()
    const found = reached[0] ?? counterexamples.find(({ property }) => names.includes(property))
    if (found) return { schedule: found.trace.schedule, states, limit: null }
    if (over) return { schedule: null, states, limit }
    const why = await driver.between?.(search.progress())
    if (why) return { schedule: null, states, limit: why }
  }
  throw new Error('a search without an end')
}

function goalOf(question: Exclude<Question, { property: string }>): Property<AnyState> {
  const goal = { name: 'isAskedFor', kind: 'sometimes', says: 'what was asked for' } as const
  if ('holds' in question) return { ...goal, holds: question.holds }
  const { field, value } = question
  return { ...goal, holds: (s) => String(fieldAt(s, field)) === value }
}
