/**
 * What an operation is: a record beside the kernel routine that carries it out. Everything that
 * deals with operations reads these records: the scenario schema and its checks, the random
 * generators, the sweep, the words of stories, `forkcheck list operations` and the documents.
 */
import * as v from 'valibot'
import type { Op } from './shape.js'
import type { Uses } from './uses.js'

/** Who can do it. A sibling is any thread of the parent but the first one. */
export type Doer = 'parent' | 'sibling' | 'child' | 'kernel'

/** The size of a scenario, as far as operations must fit into it. */
export interface Room {
  readonly pages: number
  readonly pagesPerTable: number
}

/** One argument of an operation: how it is written, and which values make sense in a scenario. */
export interface Argument<S extends v.GenericSchema = v.GenericSchema> {
  readonly schema: S
  /** All values worth trying; undefined stands for leaving it out. */
  readonly values: (room: Room) => readonly unknown[]
}

const number = v.pipe(v.number(), v.integer(), v.minValue(0))
const pagesOf = ({ pages }: Room) => [...Array(pages).keys()]

/** A page by its number. */
export const page = { schema: number, values: pagesOf } satisfies Argument
/** A page by its number, or one that is chosen as late as possible. */
export const anyPage = {
  schema: v.union([number, v.literal('any')]),
  values: (room) => [...pagesOf(room), 'any'],
} satisfies Argument
/** The page after the last one of a range. */
const end = { schema: number, values: (room) => [...pagesOf(room), room.pages] } satisfies Argument
/** Pages `from` up to but not including `to`. */
export const range = { from: page, to: end }
/** A truth that must be said. */
export const yesNo = { schema: v.boolean(), values: () => [true, false] } satisfies Argument
/** A truth with a default. */
export const flag = <const D extends boolean>(standard: D) =>
  ({
    schema: v.optional(v.boolean(), standard as boolean),
    values: () => [standard, !standard],
  }) satisfies Argument
/** A number of pages, from 1; it may be left out. */
export const length = {
  schema: v.optional(v.pipe(number, v.minValue(1))),
  values: (room) => [undefined, ...pagesOf(room).map((n) => n + 1)],
} satisfies Argument
/** A page that may be left out. */
export const target = {
  schema: v.optional(number),
  values: (room) => [undefined, ...pagesOf(room)],
} satisfies Argument

type Fields = Readonly<Record<string, Argument>>
type SchemasOf<F extends Fields> = { [K in keyof F]: F[K]['schema'] }
type SchemaOf<N extends string, F extends Fields> = v.StrictObjectSchema<
  { do: v.LiteralSchema<N, undefined> } & SchemasOf<F>,
  undefined
>

/** What a routine's file says of its operation. */
export interface Details<I> {
  /** One sentence. */
  readonly says: string
  /** Parts of the machine that exist only where some operation needs them. */
  readonly needs?: readonly (keyof Uses)[] | ((op: I) => readonly (keyof Uses)[])
  /** VMAs it may add: one for each cut, one for a new mapping. */
  readonly vmas?: number | ((op: I) => number)
  /** It stores a content of its own, so that every store can be told from every other. */
  readonly stores?: true
  /** Nothing can follow it in a program. */
  readonly ends?: true
  /** Only one thread of the parent may do it, or others that say so. */
  readonly byOneThread?: true
  /** How often it is drawn, compared with others. Default 1. */
  readonly weight?: number
  /** Why its arguments do not fit together or into the scenario; null when they do. */
  readonly mistake?: (op: I, room: Room) => string | null
  /** What rules see besides page, range and protection. */
  readonly compiled?: (op: I) => Partial<Pick<Op, 'target' | 'size' | 'replace' | 'closed'>>
}

/** An operation, as everything that deals with operations sees it. */
export interface OperationRecord<N extends string = string, F extends Fields = Fields>
  extends Details<v.InferOutput<SchemaOf<N, F>>> {
  readonly kind: 'operation'
  readonly name: N
  readonly by: readonly Doer[]
  readonly arguments: F
  readonly schema: SchemaOf<N, F>
  /** Of a thread of the kernel: its name. */
  readonly actor?: string
}

/** An operation of a process. */
export function operation<const N extends string, F extends Fields>(
  name: N,
  by: readonly Exclude<Doer, 'kernel'>[],
  fields: F,
  details: Details<v.InferOutput<SchemaOf<N, F>>>,
): OperationRecord<N, F> {
  return { ...details, kind: 'operation', name, by, arguments: fields, schema: of(name, fields) }
}

/** An operation of a thread of the kernel, or of a device. @param actor the thread's name. */
export function kernelOperation<const N extends string, F extends Fields>(
  name: N,
  actor: string,
  fields: F,
  details: Details<v.InferOutput<SchemaOf<N, F>>>,
): OperationRecord<N, F> {
  const schema = of(name, fields)
  return { ...details, kind: 'operation', name, by: ['kernel'], arguments: fields, schema, actor }
}

function of<N extends string, F extends Fields>(name: N, fields: F): SchemaOf<N, F> {
  const schemas = Object.entries(fields).map(([field, { schema }]) => [field, schema])
  return v.strictObject({ do: v.literal(name), ...Object.fromEntries(schemas) }) as never
}

/** Is a value that a module exports the record of an operation? */
export const isOperation = (value: unknown): value is OperationRecord =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'operation'

/** Why an operation's arguments do not fit into a scenario; null when they do. */
export function misfit(record: OperationRecord, op: Given, room: Room): string | null {
  for (const field of ['page', 'with', 'target'] as const) {
    const value = op[field]
    if (typeof value === 'number' && value >= room.pages)
      return `${field} ${value} must be below ${room.pages}`
  }
  return rangeMisfit(op, room) ?? record.mistake?.(op as never, room) ?? null
}

/** Why a range does not fit into a scenario; null when it does, or when there is none. */
export function rangeMisfit({ from, to }: Given, { pages }: Room): string | null {
  if (from === undefined || to === undefined || (from < to && to <= pages)) return null
  return `pages ${from} to ${to} must be a range within 0 to ${pages}`
}

interface Given {
  readonly do?: string
  readonly page?: number | 'any'
  readonly with?: number
  readonly target?: number | undefined
  readonly from?: number
  readonly to?: number
}
