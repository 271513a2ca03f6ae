/** What a step changes, in words. */
import type { State } from '../model/state.js'
import { wordsFor } from './variable-names.js'

/** One variable that a step changed. */
export interface Change {
  /** The variable, see words.ts. */
  readonly key: string
  readonly name: string
  readonly from: string
  readonly to: string
  /** The fields of the state behind it, as the rules name them. */
  readonly fields: readonly string[]
  /** Registers that only move along and observations for the properties. */
  readonly aside: boolean
}

/** What differs between two states. The last step of a rule error leads to none: nothing does. */
export function changesBetween(before: State, after: State | undefined): Change[] {
  if (after === undefined) return []
  const groups = new Map<string, { words: ReturnType<typeof wordsFor>; fields: string[] }>()
  for (const path of differingFields(before, after)) {
    const words = wordsFor(path)
    const group = groups.get(words.key)
    if (group) group.fields.push(path)
    else groups.set(words.key, { words, fields: [path] })
  }
  return [...groups.values()]
    .map(({ words, fields }) => ({
      key: words.key,
      name: words.name(before, after),
      from: words.value(before),
      to: words.value(after),
      fields,
      aside: words.aside,
    }))
    .sort((x, y) => Number(y.name.endsWith(' pc')) - Number(x.name.endsWith(' pc')))
}

/** The paths of all fields that differ between two states of one model. */
function differingFields(before: unknown, after: unknown, path = ''): string[] {
  if (before === after) return []
  if (typeof after !== 'object' || after === null) return [path]
  const old = (before ?? {}) as Record<string, unknown>
  const isList = Array.isArray(after)
  const found: string[] = []
  for (const [key, field] of Object.entries(after)) {
    if (old[key] === field) continue
    const step = isList ? `[${key}]` : path === '' ? key : `.${key}`
    found.push(...differingFields(old[key], field, path + step))
  }
  return found
}

/** Every field of a plain state by its path: `mm[0].pmd[1].writable`. */
export function fieldsOf(state: object): Map<string, unknown> {
  const fields = new Map<string, unknown>()
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) fields.set(path, value)
    else
      for (const [key, field] of Object.entries(value)) {
        const step = Array.isArray(value) ? `[${key}]` : path === '' ? key : `.${key}`
        visit(field, path + step)
      }
  }
  visit(state, '')
  return fields
}
