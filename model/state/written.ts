/**
 * Functions that are written from a declaration: they do the same to each of some fields. Rules
 * are read by text, so such a function has one: a statement for each field.
 */
import { functionIn } from '../../checker/rules/source.js'
import type { State } from '../state.js'
import type { Declared, Field, FieldNotes, RecordOf } from './declaration.js'

/** Finds one or two records in a state. Its text is taken over, so it must be one expression. */
type Finder<A extends number[], R> = (s: State, ...at: A) => R

/** The fields of a record by their paths, those of records in it included. */
type Fields = ReadonlyMap<string, Field<unknown>>

/** What the written statements call what a place has found. */
const OWN_NAMES: readonly string[] = ['it', 'target', 'source', 'one', 'other']

/**
 * A function that puts all fields of a record at rest, but for those that are kept.
 * @throws Error where a list is not kept, or a value at rest depends on the scenario.
 */
export function emptying<V extends object, A extends number[]>(
  { fields }: RecordOf<V>,
  place: Finder<A, V>,
): (s: State, ...at: A) => void {
  const values = [...fieldsOf(fields)].map(([path, field]) => [path, restOf(path, field)] as const)
  const lines = values.map(([path, value]) => `it.${path} = ${JSON.stringify(value)}`)
  return withText(
    place,
    ([it]) => [`const it = ${it}`, ...lines],
    (s, ...at) => {
      const it = place(s, ...at)
      for (const [path, value] of values) set(it, path, value)
    },
  )
}

/** A function that copies fields of a record: `place` finds the target and the source. */
export function copying<V extends object, A extends number[]>(
  record: RecordOf<V>,
  place: Finder<A, readonly [target: V, source: V]>,
  isMeant: (notes: FieldNotes<unknown>) => boolean = () => true,
): (s: State, ...at: A) => void {
  const paths = pathsOf(record, isMeant)
  const lines = paths.map((path) => `target.${path} = source.${path}`)
  const text = ([target, source]: readonly string[]) => [
    `const target = ${target}`,
    `const source = ${source}`,
    ...lines,
  ]
  return withText(place, text, (s, ...at) => {
    const [target, source] = place(s, ...at)
    for (const path of paths) set(target, path, get(source, path))
  })
}

/** A function that says if fields of two records are equal. */
export function comparing<V extends object, A extends number[]>(
  record: RecordOf<V>,
  place: Finder<A, readonly [one: V, other: V]>,
  isMeant: (notes: FieldNotes<unknown>) => boolean = () => true,
): (s: State, ...at: A) => boolean {
  const paths = pathsOf(record, isMeant)
  const equal = paths.map((path) => `one.${path} === other.${path}`).join(' && ')
  const text = ([one, other]: readonly string[]) => [
    `const one = ${one}`,
    `const other = ${other}`,
    `return ${equal}`,
  ]
  return withText(place, text, (s, ...at) => {
    const [one, other] = place(s, ...at)
    return paths.every((path) => get(one, path) === get(other, path))
  })
}

function fieldsOf(fields: Readonly<Record<string, Declared>>, before = ''): Fields {
  const found = new Map<string, Field<unknown>>()
  for (const [name, one] of Object.entries(fields)) {
    const path = before + name
    if (one.kind === 'field') found.set(path, one)
    else if (one.kind === 'record')
      for (const [inner, field] of fieldsOf(one.fields, `${path}.`)) found.set(inner, field)
    else if (one.kind !== 'list' || !one.notes.kept)
      throw new Error(`${path} is a list: rules must say what becomes of it, so it must be kept`)
  }
  return new Map([...found].filter(([, { notes }]) => !notes.kept))
}

function restOf(path: string, { range, notes: { rest = range.rest } }: Field<unknown>): unknown {
  if (typeof rest === 'function')
    throw new Error(`${path} rests at a value of the scenario's: it must be kept`)
  return rest
}

function pathsOf<V>(
  { fields }: RecordOf<V>,
  isMeant: (notes: FieldNotes<unknown>) => boolean,
): readonly string[] {
  return [...fieldsOf(fields)].flatMap(([path, { notes }]) => (isMeant(notes) ? [path] : []))
}

/** Gives a function the text of some statements; they are told what the place says it finds. */
function withText<A extends number[], R>(
  place: Finder<A, unknown>,
  statements: (found: readonly string[]) => readonly string[],
  run: Finder<A, R>,
): Finder<A, R> {
  const text = String(place)
  const { params, body } = functionIn(text)
  const textOf = (node: { start: number; end: number }) => text.slice(node.start, node.end)
  const found = body.type === 'ArrayExpression' ? body.elements : [body]
  const lines = statements(found.flatMap((node) => (node ? [textOf(node)] : [])))
  for (const name of params.map(textOf))
    if (OWN_NAMES.includes(name)) throw new Error(`${name} cannot be a parameter of ${text}`)
  const written = `(${params.map(textOf).join(', ')}) => {\n  ${lines.join('\n  ')}\n}`
  return Object.assign(run, { toString: () => written })
}

function get(from: object, path: string): unknown {
  return path.split('.').reduce<unknown>((part, name) => (part as never)[name], from)
}

function set(into: object, path: string, value: unknown): void {
  const end = path.lastIndexOf('.')
  const owner = end < 0 ? into : get(into, path.slice(0, end))
  ;(owner as Record<string, unknown>)[path.slice(end + 1)] = value
}
