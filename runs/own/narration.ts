/** Words for models of the user's own. By default they are derived from the layout. */
import { actionsOf, type Model } from '../../checker/model.js'
import { type Leaf, toValue } from '../../checker/state/layout.js'
import { fieldAt } from '../fields.js'
import type { AnyState, Askable, Narration, Words } from '../subject.js'
import type { OwnSubject, OwnVariable } from './declaration.js'

/** A variable with more values than this cannot be asked for. */
const MOST_VALUES = 64

export function ownNarration(
  model: Model<AnyState>,
  variables: NonNullable<OwnSubject['variables']>,
): Narration {
  const actors = [...new Set(actionsOf(model).map(({ actor, label }) => lane(actor, label)))]
  const lanes = actors.filter((name) => name !== null)
  const fields = fieldsIn(model)
  const words = (path: string): Words => {
    const own: OwnVariable = variables[path.replaceAll(/\[\d+\]/g, '[]')] ?? {}
    const indices = [...path.matchAll(/\[(\d+)\]/g)].map(([, i]) => Number(i))
    const name = nameOf(model, path, own.name, indices)
    return {
      key: path,
      name: () => name,
      value: (s) => {
        const value = fieldAt(s, path)
        return own.value ? own.value(value as never, s, ...indices) : valueText(value)
      },
      internal: own.internal ?? false,
      isRegister: lanes.some((actor) => name.startsWith(`${actor} `)),
      isPlace: false,
      isContext: false,
      isTelling: false,
      says: ({ from, to }) => `${name} changes from ${from} to ${to}`,
    }
  }
  return {
    words,
    lanes: () => lanes.map((name) => ({ name, program: [] })),
    elementNames: (list) => model.ranges?.[list]?.labels ?? null,
    askable: fields.flatMap(([path, leaf]): Askable[] => {
      const { min, max } = leaf.scalar
      if (max === min || max - min >= MOST_VALUES) return []
      const values = Array.from({ length: max - min + 1 }, (_, i) => String(toValue(leaf, min + i)))
      return [{ field: path, name: words(path).name(null, null), values }]
    }),
    named: (explanation) => {
      const names = fields.filter(([path]) => isNamed(explanation, path, words(path)))
      const paths = new Set(names.map(([path]) => path))
      return (path) => paths.has(path)
    },
    placeOf: ({ actor }) =>
      fields.some(([path]) => path === `${actor}.pc`) ? `${actor}.pc` : null,
    mayRest: () => true,
    beginning: () => 0,
  }
}

/** The lane of an action; null for one whose label names no actor. */
function lane(actor: string, label: string): string | null {
  return actor === label ? null : actor
}

/** Every field of the state, with its variable. */
function fieldsIn({ layout }: Model<AnyState>): [path: string, leaf: Leaf][] {
  return layout.leaves.flatMap((leaf) =>
    Array.from(leaf.position, (_, index): [string, Leaf] => {
      let rest = index
      const indices = leaf.dims.toReversed().map((length) => {
        const i = rest % length
        rest = (rest - i) / length
        return i
      })
      return [leaf.path.replaceAll('[]', () => `[${indices.pop()}]`), leaf]
    }),
  )
}

/** `page[0].saved` is `page 0 saved`; the elements of a list with labels go by these. */
function nameOf(
  { ranges = {} }: Model<AnyState>,
  path: string,
  own: OwnVariable['name'],
  indices: readonly number[],
): string {
  if (typeof own === 'function') return own(...indices)
  if (own !== undefined) return [own, ...indices].join(' ')
  return path
    .replaceAll(/(\w+)\[(\d+)\]/g, (_, list, i) => {
      const range = ranges[list]
      return range?.labels?.[range.values.indexOf(Number(i))] ?? `${list} ${i}`
    })
    .replaceAll('[', ' ')
    .replaceAll(']', '')
    .replaceAll('.', ' ')
}

function valueText(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)
}

/** Does an explanation name a field: by its name, or the element of the list that it is in? */
function isNamed(explanation: string, path: string, { name }: Words): boolean {
  const said = explanation.toLowerCase()
  const has = (words: string) => new RegExp(`\\b${words.replaceAll(/\W/g, '\\$&')}\\b`).test(said)
  if (has(String(name(null, null)).toLowerCase())) return true
  return [...path.matchAll(/(\w+)\[(\d+)\]/g)].some(([, list, i]) =>
    has(`${list.toLowerCase()} ${i}`),
  )
}
