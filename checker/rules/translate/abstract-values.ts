/**
 * What a piece of rule source can mean while it is translated: printed code, a value known already,
 * a part of the state, a part of a constant. Pure functions on these; nothing is printed here.
 */

import type * as acorn from 'acorn'
import type { LayoutNode, Scalar } from '../../state/layout.js'
import type { FunctionSource } from '../source.js'
import type { Code, Declaration, Fact, NameType, Reads, Truth, ValueType, Write } from './types.js'
import { isPlain, originKey, writeKey } from './value-ranges.js'

export const INT: ValueType = { kind: 'int' }
export const BOOL: ValueType = { kind: 'bool' }
export const NO_VALUE: ValueType = { kind: 'none' }

/** A value known while translating. A string among them is a name whose list is not yet known. */
export interface Literal {
  readonly kind: 'literal'
  readonly value: number | boolean | string
}

/** A part of the state: a node of the layout and the indices that lead to it. */
export interface Place {
  readonly kind: 'place'
  readonly node: LayoutNode
  readonly indices: readonly (Code | Literal)[]
}

/** A part of a constant of the state, possibly at indices known only when the rule runs. */
export interface Table {
  readonly kind: 'table'
  readonly value: unknown
  /** Steps from `value` to the part that is meant: field names, known indices, other indices. */
  readonly steps: readonly (string | Code)[]
  readonly path: string
}

export type Meaning = Code | Literal | Place | Table

export interface Scope {
  readonly names: Map<string, Meaning>
  readonly outer: Scope | null
}

/** A function while it is being printed. */
export class Frame {
  readonly reads = new Map<Declaration, Set<number> | null>()
  readonly facts = new Set<Fact>()
  /** Printed names that keep their value as long as they are visible. */
  readonly fixed: Set<string>
  private readonly written = new Map<string, Write>()
  /** What the values returned so far have in common; null before the first one. */
  returned: Code | null = null
  /** Does some way through end without a value? */
  empty = false
  /** Is what stands behind the statement printed last out of reach? */
  ended = false

  private names = 0

  /** @param inside the function in whose text this one is put. */
  constructor(
    readonly source: FunctionSource,
    private readonly inside: Frame | null = null,
  ) {
    this.fixed = inside?.fixed ?? new Set()
  }

  /** A name that the printed function does not yet use. */
  fresh(name: string): string {
    return this.inside?.fresh(name) ?? `${name}$${this.names++}`
  }

  /** What is known of a function that is called, or put, here. */
  include(reads: Reads, writes: Iterable<Write>, facts: Iterable<Fact>): void {
    for (const [leaf, values] of reads) this.read(leaf, values)
    this.write(writes)
    for (const fact of facts) this.facts.add(fact)
  }

  /** A variable is looked at, or only compared with some values. */
  read(leaf: Declaration, values: Iterable<number> | null): void {
    const known = this.reads.get(leaf)
    const isWhole = known === null || values === null
    this.reads.set(leaf, isWhole ? null : new Set([...(known ?? []), ...values]))
  }

  /** What it may write, each once. */
  get writes(): Iterable<Write> {
    return this.written.values()
  }

  write(writes: Iterable<Write>): void {
    for (const write of writes) this.written.set(writeKey(write), write)
  }
}

export const COMPARISONS = new Set(['===', '!==', '<', '<=', '>', '>='])
/** Stands for a missing element of a ragged table. */
export const MISSING = -(2 ** 31)
/** The value of an element that a list is too short for; reaching it is an error. */
export const ABSENT = Symbol('absent')

/** The variables of a value that is one or the other. */
export function unreadOf(one: Code, other: Code): Pick<Code, 'unread'> {
  return { unread: [...new Set([...(one.unread ?? []), ...(other.unread ?? [])])] }
}

/** What a condition is worth as a value. */
export function truth(test: Truth): Code | Literal {
  const { code, is } = test
  if (is !== null && isPlain(test)) return { kind: 'literal', value: is }
  const [low, high] = is === null ? [0, 1] : [Number(is), Number(is)]
  return { kind: 'code', code: `(${code} ? 1 : 0)`, type: BOOL, low, high }
}

export function isName(meaning: Meaning): meaning is Literal {
  return meaning.kind === 'literal' && typeof meaning.value === 'string'
}

/** The type of the names of a list. */
function nameType(names: readonly string[], open = false): NameType {
  return { kind: 'name', names, key: names.join('|'), open }
}

const leafTypes = new WeakMap<Scalar, ValueType>()

export function typeOfLeaf({ scalar }: { readonly scalar: Scalar }): ValueType {
  const known = leafTypes.get(scalar)
  if (known) return known
  const { type, names } = scalar
  const found = type === 'flag' ? BOOL : type === 'range' ? INT : nameType(names)
  leafTypes.set(scalar, found)
  return found
}

/** Do equal numbers of the two types mean equal values? */
export function sameType(left: ValueType, right: ValueType): boolean {
  if (left.kind !== 'name' || right.kind !== 'name') return left.kind === right.kind
  return left.key === right.key
}

/** Does code call one of these printed functions? The model's own names end in `$` and a number. */
export function callsOneOf(code: string, names: ReadonlySet<string>): boolean {
  return code.match(/\bf\d+(?=\()/g)?.some((name) => names.has(name)) ?? false
}

/** `(0, module.name)`: how test runners and bundlers print the use of an imported name. */
export function importedInSequence({
  expressions,
}: acorn.SequenceExpression): acorn.Expression | null {
  return expressions.length === 2 && expressions[0].type === 'Literal' ? expressions[1] : null
}

export function isLocal(name: string, callee: acorn.Node, scope: Scope): boolean {
  if (callee.type !== 'Identifier') return false
  for (let s: Scope | null = scope; s; s = s.outer) if (s.names.has(name)) return true
  return false
}

/** A table spread out over all combinations of its indices. */
export interface Unfolded {
  /** For every index step, the length of the longest list it may index. */
  readonly lengths: readonly number[]
  /** The last index runs fastest. ABSENT: a list is too short; undefined: a group lacks a field. */
  readonly values: readonly unknown[]
  /** The names among the values, if there are any. */
  readonly names: NameType | null
}

export function unfold({ value: constant, steps }: Pick<Table, 'value' | 'steps'>): Unfolded {
  const lengths: number[] = []
  let values: unknown[] = [constant]
  for (const step of steps) {
    if (typeof step === 'string') {
      values = values.map((value) => {
        if (value === ABSENT || (Array.isArray(value) && !Object.hasOwn(value, step))) return ABSENT
        return (value as Record<string, unknown> | undefined)?.[step]
      })
      continue
    }
    const length = Math.max(0, ...values.map((value) => (Array.isArray(value) ? value.length : 0)))
    lengths.push(length)
    values = values.flatMap((value) =>
      Array.from({ length }, (_, i) =>
        Array.isArray(value) && i < value.length ? value[i] : ABSENT,
      ),
    )
  }
  const names = new Set(values.filter((value): value is string => typeof value === 'string'))
  return { lengths, values, names: names.size > 0 ? nameType([...names], true) : null }
}

/** The flattened index of a place if all parts of it are known and inside their lists. */
export function fixedIndex(place: Place): number | null {
  const { dims } = (place.node as { leaf: { readonly dims: readonly number[] } }).leaf
  let flat = 0
  for (let i = 0; i < dims.length; i++) {
    const index = place.indices[i]
    if (index.kind !== 'literal') return null
    flat = flat * dims[i] + Number(index.value)
  }
  return flat
}

export function minus(code: string, min: number): string {
  if (min === 0) return code
  return min > 0 ? `${code} - ${min}` : `${code} + ${-min}`
}

/** The arguments that a call has to hand over: what is known is inside the function already. */
export function dynamicCodes(arg: Meaning): string[] {
  if (arg.kind === 'code') return [arg.code]
  if (arg.kind === 'place') return arg.indices.flatMap((i) => (i.kind === 'code' ? [i.code] : []))
  if (arg.kind === 'table') return arg.steps.flatMap((s) => (typeof s === 'string' ? [] : [s.code]))
  return []
}

/** Arguments of one shape share one printed function. */
export function shapeOf(arg: Meaning): string {
  const index = (i: Code | Literal) =>
    i.kind === 'literal' ? `=${i.value}` : `${i.low}..${i.high}`
  switch (arg.kind) {
    case 'literal':
      return `=${JSON.stringify(arg.value)}`
    case 'code': {
      const { type, origin, unread } = arg
      const kind = type.kind === 'name' ? type.key : type.kind
      const still = unread?.map(({ id }) => id) ?? ''
      return `${kind} ${index(arg)} ${origin ? originKey(origin) : ''} ${still}`
    }
    case 'place':
      return `${arg.node.path}@${arg.indices.map(index).join()}`
    case 'table':
      return `${arg.path}@${arg.steps.map((s) => (typeof s === 'string' ? s : index(s))).join()}`
  }
}
