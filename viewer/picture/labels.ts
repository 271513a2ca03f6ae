/** What the declaration of a record says about its fields, as the picture shows it. */
import type { Declared, RecordOf } from '../../model/state/declaration.js'
import { markOf } from '../marks.js'
import type { Bit } from './cell.js'

/**
 * The labels of fields: each is shown where the value is not the one at rest, or was not.
 * @param before fields that are left out were at rest.
 */
export function labels<V extends object>(
  record: RecordOf<V>,
  now: V,
  before: Partial<V> | undefined,
  isNarrow = false,
): Bit[] {
  return fieldsOf(record).flatMap(([name, one]) => {
    if (one.kind !== 'field' || one.notes.label === undefined) return []
    const { label, role } = one.notes
    const [long, short = long] = [label].flat()
    const isSet = (value: unknown) => value !== undefined && value !== one.range.rest
    const mark = markOf(before && isSet(before[name]), isSet(now[name]), false)
    const text = isSet(now[name]) || mark ? (isNarrow ? short : long) : ''
    return [{ text, mark, tone: role === 'event' ? ('bad' as const) : undefined }]
  })
}

/**
 * The paths of a record's variables, for the text that is shown beside the pointer: all that have
 * a name, but for labels that nobody sees.
 */
export function variablesIn<V extends object>(
  record: RecordOf<V>,
  path: string,
  now: V,
  before: V | undefined,
): string[] {
  return fieldsOf(record).flatMap(([name, one]) => {
    if (one.kind === 'record') return one.notes.shows ? [`${path}.${name}`] : []
    if (one.kind !== 'field' || one.notes.name === undefined) return []
    const { label } = one.notes
    const isAtRest = [now, before ?? now].every((value) => value[name] === one.range.rest)
    return label !== undefined && isAtRest ? [] : [`${path}.${name}`]
  })
}

function fieldsOf<V>({ fields }: RecordOf<V>): [name: keyof V & string, declared: Declared][] {
  return Object.entries(fields) as [keyof V & string, Declared][]
}
