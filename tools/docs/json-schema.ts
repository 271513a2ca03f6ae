/**
 * JSON Schemas of the files that people write, made from the declarations by which they are read.
 * Editors complete such files by them. What only the reader can know (names that must exist, pages
 * inside a VMA) is not in a schema.
 */
import type * as v from 'valibot'
import { operations } from '../../model/kernel/index.js'
import { scenarioSchema } from '../../model/scenario.js'
import { counterexampleSchema } from '../../runs/counterexample.js'

type Json = Readonly<Record<string, unknown>>

/** The parts of a schema or of a check of valibot that are read here. */
interface Part {
  readonly kind: string
  readonly type: string
  readonly entries?: Readonly<Record<string, Part>>
  readonly item?: Part
  readonly wrapped?: Part
  readonly value?: Part | unknown
  readonly options?: readonly unknown[]
  readonly literal?: unknown
  readonly requirement?: unknown
  readonly default?: unknown
  readonly pipe?: readonly Part[]
}

/** The schema files by their paths. */
export const schemaFiles: Readonly<Record<string, () => string>> = {
  'docs/public/schemas/scenario.schema.json': () =>
    fileOf('A scenario of forkcheck', scenarioSchema),
  'docs/public/schemas/counterexample.schema.json': () =>
    fileOf('A counterexample of forkcheck', counterexampleSchema),
}

function fileOf(title: string, schema: v.GenericSchema): string {
  const { properties, ...rest } = jsonSchema(schema as unknown as Part)
  const whole = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    ...rest,
    // A file may name its schema.
    properties: { $schema: { type: 'string' }, ...(properties as Json) },
  }
  return `${JSON.stringify(whole, null, 2)}\n`
}

/** @throws Error on a kind of declaration that is new here. */
function jsonSchema(part: Part): Json {
  const [, ...checks] = part.pipe ?? []
  return Object.assign({}, plain(part), ...checks.map((check) => checked(part, check)))
}

function plain(part: Part): Json {
  const { type, entries = {}, options = [] } = part
  switch (type) {
    case 'strict_object':
      return objectOf(entries)
    case 'array':
      return { type: 'array', items: jsonSchema(part.item as Part) }
    case 'record':
      return { type: 'object', additionalProperties: jsonSchema(part.value as Part) }
    case 'string':
    case 'number':
    case 'boolean':
      return { type }
    case 'literal':
      return { const: part.literal }
    case 'picklist':
      return { enum: options }
    case 'union':
    case 'variant':
      return { anyOf: (options as Part[]).map(jsonSchema) }
    case 'optional':
      return part.default === undefined
        ? jsonSchema(part.wrapped as Part)
        : { ...jsonSchema(part.wrapped as Part), default: part.default }
    case 'nullable':
      return { anyOf: [jsonSchema(part.wrapped as Part), { type: 'null' }] }
    case 'unknown':
      return {}
    default:
      throw new Error(`json-schema.ts does not know ${part.kind} ${type}`)
  }
}

function objectOf(entries: Readonly<Record<string, Part>>): Json {
  const operation = operations.find(({ name }) => name === entries.do?.literal)
  const required = Object.keys(entries).filter((name) => entries[name].type !== 'optional')
  const fields = Object.entries(entries).map(([name, part]) => [name, jsonSchema(part)])
  return {
    ...(operation ? { description: operation.says } : {}),
    type: 'object',
    properties: Object.fromEntries(fields),
    required,
    additionalProperties: false,
  }
}

function checked({ type }: Part, { kind, type: check, requirement }: Part): Json {
  const isList = type === 'array'
  switch (check) {
    case 'integer':
      return { type: 'integer' }
    case 'min_value':
      return { minimum: requirement }
    case 'max_value':
      return { maximum: requirement }
    case 'min_length':
      return isList ? { minItems: requirement } : { minLength: requirement }
    case 'max_length':
      return isList ? { maxItems: requirement } : { maxLength: requirement }
    case 'regex':
      return { pattern: (requirement as RegExp).source }
    default:
      // A number in a pipe of its own, as in `v.pipe(page, v.maxValue(8))`.
      if (kind === 'schema') return {}
      throw new Error(`json-schema.ts does not know the check ${check}`)
  }
}
