/** What the default export of a mutant file must look like. */
import * as v from 'valibot'
import { type Mutant, MutantError, PLACES, systems } from '../../model/index.js'

const fn = v.custom<(...parameters: never[]) => unknown>(
  (value) => typeof value === 'function',
  'must be a function',
)
const text = v.pipe(v.string('must be a text'), v.minLength(1, 'must not be empty'))
const place = v.picklist(PLACES, 'must be one of the PLACES of the model')

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
const hookParts = {
  source: v.optional(text),
  before: v.optional(place),
  due: v.optional(fn),
  effect: v.optional(fn),
}

const schema = v.strictObject({
  name: v.optional(text),
  system: text,
  says: v.optional(text),
  scenario: v.optional(text),
  breaks: v.optional(v.array(text), []),
  origin: v.optional(v.picklist(['documented', 'candidate', 'synthetic']), 'synthetic'),
  source: v.optional(text),
  change: v.optional(
    v.record(
      v.string(),
      v.nullable(v.record(v.string(), v.unknown(), 'must be null or an object')),
    ),
    {},
  ),
  add: v.optional(v.array(v.strictObject({ ...ruleParts, name: text, effect: fn })), []),
})

/**
 * The value as a mutant, with what it leaves out filled in.
 * @param name what it is called if it does not say.
 * @throws MutantError naming the first field that is not as it must be.
 */
export function mutantShape(value: unknown, name: string): Mutant {
  const mutant = parsed(schema, value, '')
  for (const [part, change] of Object.entries(mutant.change)) {
    if (change === null) continue
    parsed(
      v.strictObject(isHook(mutant.system, part) ? hookParts : ruleParts),
      change,
      `change.${part}.`,
    )
  }
  const called = mutant.name ?? name
  const defaults = { says: `the change in ${called}`, scenario: '', source: 'a file' }
  // The schema has looked at every part; what it cannot say is how many parameters functions take.
  return { ...defaults, ...mutant, name: called } as unknown as Mutant
}

function isHook(system: string, part: string): boolean {
  const found = systems.find(({ name }) => name === system)
  return found?.hooks.some(({ name }) => name === part) ?? false
}

function parsed<T extends v.GenericSchema>(
  schema: T & { readonly entries?: object },
  value: unknown,
  prefix: string,
): v.InferOutput<T> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const path = v.getDotPath(issue)
  if (path === null) throw new MutantError('the default export must be a mutant: an object')
  const field = prefix + path
  if (issue.expected === 'never')
    throw new MutantError(
      `${field} is not a field of a mutant: allowed there are ${allowedAt(schema, path)}`,
    )
  if (issue.received === 'undefined') throw new MutantError(`${field} is missing`)
  throw new MutantError(`${field}: ${issue.message}`)
}

function allowedAt(schema: { readonly entries?: object }, path: string): string {
  const inRule = path.startsWith('add.')
  return Object.keys(inRule ? { name: 0, ...ruleParts } : (schema.entries ?? {})).join(', ')
}
