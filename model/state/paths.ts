/** From the path of a field, `mm[0].pmd[1].writable`, to its declaration and its name. */
import type { Declared, Field, RecordOf, Thing } from './declaration.js'
import type { World } from './sizes.js'

/** A variable as people see it: a field, or a record whose fields are shown as one. */
export interface Variable {
  readonly declared: Shown
  /** The path of the field or record. */
  readonly key: string
  /** The indices of the lists around it, outermost first. */
  readonly indices: readonly number[]
  /** Its name, in the second state where there is one; else in the first one. */
  readonly name: (before: World, after: World) => string
}

type Shown = Field<unknown> | RecordOf<unknown>

/** The variable that a field belongs to. @throws Error where no such field is declared. */
export function variableAt(root: Declared, path: string): Variable {
  const parts = partsOf(root, path)
  const last = parts[parts.length - 1]
  const hasName = last.declared.kind === 'field' && last.declared.notes.name !== undefined
  const record = parts.findIndex(
    ({ declared }) => declared.kind === 'record' && declared.notes.shows !== undefined,
  )
  const whole = hasName || record < 0 ? parts : parts.slice(0, record + 1)
  const { declared, path: key, indices } = whole[whole.length - 1]
  if (declared.kind !== 'field' && declared.kind !== 'record')
    throw new Error(`${path} is no variable`)
  return { declared, key, indices, name: (before, after) => nameOf(whole, before, after) }
}

/** A declared thing on the way to a field. */
interface Part {
  readonly declared: Declared
  readonly path: string
  readonly indices: readonly number[]
  /** What it adds to the name. */
  readonly says: (s: World) => string
  /** The whole name up to here, where the state gives it one. */
  readonly title: (s: World) => string | null
}

function partsOf(root: Declared, path: string): readonly Part[] {
  const parts: Part[] = []
  const indices: number[] = []
  let declared = root
  let at = ''
  let listName = ''
  for (const step of path.match(/[^.[\]]+/g) ?? []) {
    if (declared.kind === 'list') {
      const { notes, element } = declared
      const i = Number(step)
      const name = listName
      indices.push(i)
      at += `[${i}]`
      const here = [...indices]
      const own = element.kind === 'constant' ? undefined : element.notes.name
      const isList = element.kind === 'list'
      parts.push({
        declared: element,
        path: at,
        indices: here,
        says: (s) => words(notes.called?.(i, s) ?? `${name} ${i}`, isList ? '' : own),
        title: (s) => notes.title?.(s as never, ...here) ?? null,
      })
      if (isList && own !== undefined) listName = own
      declared = element
      continue
    }
    if (declared.kind !== 'record' || !(step in declared.fields))
      throw new Error(`${path} is no field of the state`)
    declared = declared.fields[step as never] as Declared
    at += at === '' ? step : `.${step}`
    const name = declared.kind === 'constant' ? step : (declared.notes.name ?? step)
    if (declared.kind === 'list') listName = name
    else
      parts.push({
        declared,
        path: at,
        indices: [...indices],
        says: () => name,
        title: () => null,
      })
  }
  return parts
}

function words(...parts: readonly (string | undefined)[]): string {
  return parts.filter(Boolean).join(' ')
}

/** The names of all parts, one after the other, from the last one that needs no owner. */
function nameOf(parts: readonly Part[], before: World, after: World): string {
  const names: string[] = []
  for (const { declared, says, title } of parts.toReversed()) {
    const whole = title(after) ?? title(before)
    names.unshift(whole ?? says(after))
    if (whole !== null || ('notes' in declared && 'alone' in declared.notes)) break
  }
  return words(...names)
}

/** A thing that is declared somewhere in a state. */
export interface DeclaredAt {
  /** Without numbers: `mm[].pmd[].writable`. */
  readonly path: string
  readonly declared: Declared
  /** What the lists around it are numbered by, outermost first. */
  readonly around: readonly Thing[]
}

/** Everything that is declared. */
export function* declaredIn(
  declared: Declared,
  path = '',
  around: readonly Thing[] = [],
): Generator<DeclaredAt> {
  if (path !== '') yield { path, declared, around }
  if (declared.kind === 'list')
    yield* declaredIn(declared.element, `${path}[]`, [...around, declared.of])
  if (declared.kind === 'record')
    for (const [name, one] of Object.entries<Declared>(declared.fields))
      yield* declaredIn(one, path === '' ? name : `${path}.${name}`, around)
}
