/** All variables of a state, as a table shows them. */
import type { Layout } from '../checker/state/layout.js'
import type { AnyState, Narration } from '../runs/subject.js'
import { Elements } from './argument/elements.js'

/** A variable, and its value in the state in which a run begins. */
export interface FirstValue {
  /** See Words. */
  readonly key: string
  readonly name: string
  readonly value: string
  readonly internal: boolean
}

/** The variables of a state in the order of declaration, grouped by elements of lists. */
export function firstValues(
  { words }: Narration,
  layout: Layout<AnyState>,
  state: AnyState,
): FirstValue[] {
  const elements = new Elements(layout)
  const found = new Map<string, FirstValue>()
  for (const element of elements.all()) {
    const { key, name, value, internal } = words(elements.path(element))
    if (!found.has(key))
      found.set(key, { key, name: name(state, state), value: value(state), internal })
  }
  const groups = new Map<string, FirstValue[]>()
  for (const one of found.values()) {
    const element = /^\w+(\[\d+\])?/.exec(one.key)?.[0] ?? one.key
    groups.set(element, [...(groups.get(element) ?? []), one])
  }
  return [...groups.values()].flat()
}
