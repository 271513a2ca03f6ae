/**
 * Properties and situations of the user's own for the fork machine, from a file. A command takes
 * its file in before anything else; from then on they are looked at like the registered ones.
 */
import * as v from 'valibot'
import { BUILT_IN_PROPERTIES } from '../../checker/model.js'
import { systems } from '../../model/index.js'
import { vocabularyOf } from '../../model/scopes.js'
import type { State } from '../../model/state.js'
import * as values from '../../model/state.js'
import {
  type Invariant,
  invariants,
  propertyVocabulary,
  type Situation,
  situations,
} from '../../properties/index.js'
import { parsed } from '../parsed.js'

/** A property or a situation. */
export type OwnProperty = Invariant | Situation

/** Raised for a file that does not say properties. */
export class PropertyError extends Error {
  override readonly name = 'PropertyError'
}

const KINDS = ['always', 'eventually', 'sometimes'] as const
const features = [...new Set(systems.flatMap((system) => system.features ?? []))]

const text = v.pipe(v.string('must be a text'), v.minLength(1, 'must not be empty'))
const fn = v.pipe(
  v.custom<(s: State) => unknown>((value) => typeof value === 'function', 'must be a function'),
  v.check(
    (value) => Object.getPrototypeOf(value) === Function.prototype,
    'must be an ordinary function, not an async one and no generator',
  ),
)
const property = v.strictObject({
  name: v.pipe(
    text,
    v.regex(/^[a-z][A-Za-z0-9]*$/, 'must be one word of letters and digits, like childSeesAll'),
  ),
  kind: v.picklist(KINDS, `must be one of ${KINDS.join(', ')}`),
  says: v.optional(text),
  requires: v.optional(v.picklist(features, `must be one of ${features.join(', ')}`)),
  holds: fn,
  from: v.optional(fn),
  explain: v.optional(fn),
})

/** All that were taken in, in this order. */
const taken: OwnProperty[] = []

/** The properties of the user's own. */
export function ownProperties(): readonly OwnProperty[] {
  return taken
}

/** Forgets them: another command begins. */
export function forgetProperties(): void {
  taken.length = 0
}

/** The situations of the user's own. */
export const ownSituations = () => taken.filter(({ kind }) => kind === 'sometimes')

/**
 * Takes in what a file exports: a list of properties, or a function that is given `{ helpers }` and
 * returns one. `helpers` are the functions and constants that the registered properties use.
 * @throws PropertyError naming the property and the first mistake.
 */
export async function takeProperties(exported: unknown): Promise<readonly OwnProperty[]> {
  const helpers = { ...vocabularyOf(propertyVocabulary), ...constants() }
  const value = typeof exported === 'function' ? await exported({ helpers }) : exported
  if (!Array.isArray(value) || value.length === 0)
    throw new PropertyError('the default export must be a list of properties')
  const made = value.map((one, i) => whole(shaped(one, i)))
  const known = new Set(
    [...invariants, ...situations, ...BUILT_IN_PROPERTIES, ...taken].map(nameOf),
  )
  for (const { name } of made) {
    if (known.has(name)) throw new PropertyError(`there are two properties called ${name}`)
    known.add(name)
  }
  taken.push(...made)
  return made
}

const FIELDS = Object.keys(property.entries).join(', ')
const nameOf = ({ name }: { readonly name: string }) => name

/** Numbers that stand for something, and the texts of contents. */
function constants(): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value !== 'object'))
}

/** A property as it is written. @throws PropertyError naming it, or its place, and the mistake. */
function shaped(value: unknown, i: number): v.InferOutput<typeof property> {
  const { name } = (value ?? {}) as { readonly name?: unknown }
  const called = typeof name === 'string' && name !== '' ? `property ${name}` : `property ${i + 1}`
  return parsed(property, value, `${called}: `, {
    whole: `${called} must be an object`,
    unknown: (field) => `${field} is not a field of a property: allowed are ${FIELDS}`,
    error: PropertyError,
  })
}

/** With what it leaves out; its functions are run as they stand, never read. */
function whole(one: v.InferOutput<typeof property>): OwnProperty {
  const { name, kind, says = `The property ${name} of a file.`, holds, from, explain } = one
  if (from && kind !== 'eventually')
    throw new PropertyError(`property ${name}: from is for eventually properties only`)
  const foreign = [holds, ...(from ? [from] : [])]
  return {
    name,
    kind,
    ...(kind === 'sometimes' ? {} : { promise: true }),
    says,
    ...(one.requires ? { requires: one.requires } : {}),
    holds,
    ...(from ? { from } : {}),
    ...(explain ? { explain } : {}),
    foreign,
  } as OwnProperty
}
