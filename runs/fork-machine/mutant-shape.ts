/** The schema of a mutant file's default export. */
import * as v from 'valibot'
import {
  type Hook,
  type Mutant,
  MutantError,
  PLACE_FACTS,
  PLACES,
  systems,
} from '../../model/index.js'
import { mutantSays } from '../mutant-says.js'
import { type Complaints, parsed } from '../parsed.js'
import { mutantNamed } from './names.js'

const fn = v.custom<(...parameters: never[]) => unknown>(
  (value) => typeof value === 'function',
  'must be a function',
)
const text = v.pipe(v.string('must be a text'), v.minLength(1, 'must not be empty'))
const place = v.string('must be the name of a place')
const fact = v.picklist(PLACE_FACTS, `must be one of ${PLACE_FACTS.join(', ')}`)

/** The parts of a rule, and of a hook: what a change may replace. */
const ruleParts = {
  source: v.optional(text),
  for: v.optional(v.array(text)),
  at: v.optional(place),
  to: v.optional(place),
  guard: v.optional(fn),
  unless: v.optional(v.array(fn)),
  effect: v.optional(fn),
}
const RULE_FIELDS = Object.keys(ruleParts)
const hookParts = {
  source: v.optional(text),
  before: v.optional(place),
  resume: v.optional(place),
  due: v.optional(fn),
  effect: v.optional(fn),
}

const schema = v.strictObject({
  name: v.optional(text),
  system: text,
  says: v.optional(text),
  scenario: v.optional(text),
  breaks: v.optional(v.array(text), []),
  origin: v.optional(
    v.picklist(['documented', 'confirmed', 'candidate', 'synthetic']),
    'synthetic',
  ),
  source: v.optional(text),
  change: v.optional(
    v.record(
      v.string(),
      v.nullable(v.record(v.string(), v.unknown(), 'must be null or an object')),
      'must be an object: what becomes of each rule or hook, by its name',
    ),
    {},
  ),
  /** The name of a registered mutant, repair or repaired system, on top of which this is one. */
  on: v.optional(text),
  hooks: v.optional(
    v.array(v.strictObject({ ...hookParts, name: text, before: place, due: fn, effect: fn })),
    [],
  ),
  /** Places of its own, with what is true of a thread at each. */
  places: v.optional(v.record(text, v.array(fact)), {}),
  add: v.optional(v.array(v.strictObject({ ...ruleParts, name: text, effect: fn })), []),
})

/**
 * The value as a mutant, with what it leaves out filled in.
 * @param name what it is called if it does not say.
 * @throws MutantError naming the first field that is not as it must be.
 */
export function mutantShape(value: unknown, name: string): Mutant {
  const mutant = parsed(schema, value, '', complaints(Object.keys(schema.entries)))
  const on = mutant.on === undefined ? undefined : mutantNamed(mutant.on)
  const hooks = new Set([...(on?.hooks ?? []), ...hooksOf(mutant.system)].map((hook) => hook.name))
  for (const [part, change] of Object.entries(mutant.change)) {
    if (change === null) continue
    const parts = hooks.has(part) ? hookParts : ruleParts
    parsed(v.strictObject(parts), change, `change.${part}.`, complaints(Object.keys(parts)))
  }
  const called = mutant.name ?? name
  if (on && on.system !== mutant.system)
    throw new MutantError(`on: ${on.name} is a mutant of ${on.system}, not of ${mutant.system}`)
  checkPlaces(mutant, Object.keys(mutant.places))
  const defaults = { says: mutantSays(mutant), scenario: '', source: 'a file' }
  // The schema has looked at every part; what it cannot say is how many parameters functions take.
  return { ...defaults, ...mutant, on, name: called } as unknown as Mutant
}

/** Every place that a part names must be one of the model's, or one that the mutant declares. */
function checkPlaces(mutant: v.InferOutput<typeof schema>, own: readonly string[]): void {
  const known = new Set<string>([...PLACES, ...own])
  const parts: (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ...mutant.add.map((part, i) => [`add.${i}`, part] as const),
    ...mutant.hooks.map((part, i) => [`hooks.${i}`, part] as const),
    ...Object.entries(mutant.change).flatMap(([name, part]) =>
      part === null ? [] : [[`change.${name}`, part] as const],
    ),
  ]
  for (const [where, part] of parts)
    for (const field of ['at', 'to', 'before', 'resume'])
      if (typeof part[field] === 'string' && !known.has(part[field]))
        throw new MutantError(
          `${where}.${field}: must be one of the PLACES of the model, or of the mutant's places`,
        )
}

function hooksOf(system: string): readonly Hook[] {
  return systems.find(({ name }) => name === system)?.hooks ?? []
}

/** @param fields what is allowed at the top of the value. */
function complaints(fields: readonly string[]): Complaints {
  const allowedAt = (path: string) => (path.startsWith('add.') ? ['name', ...RULE_FIELDS] : fields)
  return {
    whole: 'the default export must be a mutant: an object',
    unknown: (field, path) =>
      `${field} is not a field of a mutant: allowed there are ${allowedAt(path).join(', ')}`,
    error: MutantError,
  }
}
