/**
 * What a piece of rule source can mean while it is translated: printed code, a value known already,
 * a part of the state, a part of a constant. Pure functions on these; nothing is printed here.
 */
import type * as acorn from 'acorn'
import type { LayoutNode, Leaf } from '../layout.js'
import type { FunctionSource } from '../source.js'

/** What a value is: a number, a truth value, or a name out of a list of names. */
export type ValueType = { readonly kind: 'int' | 'bool' | 'none' } | NameType
export interface NameType {
  readonly kind: 'name'
  readonly names: readonly string[]
  /** True for the names that happen to occur in a constant: any other name is simply not there. */
  readonly open?: boolean
}

export const INT: ValueType = { kind: 'int' }
export const BOOL: ValueType = { kind: 'bool' }
export const NONE: ValueType = { kind: 'none' }

/** Printed code of a value; `low`/`high` bound an integer where they are known. */
export interface Code {
  readonly kind: 'code'
  readonly code: string
  readonly type: ValueType
  readonly low?: number
  readonly high?: number
}

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

/** A printed function: its name, and what it returns. */
export interface Helper {
  readonly name: string
  readonly result: ValueType
  /** Every variable it may look at, by way of the functions it calls too. */
  readonly reads: ReadonlySet<Leaf>
  readonly low?: number
  readonly high?: number
}

export interface Frame {
  readonly source: FunctionSource
  readonly reads: Set<Leaf>
  result: ValueType | null
  /** Does some way through end without a value? */
  empty?: boolean
  /** Bounds of the numbers returned so far; undefined when one of them is unbounded. */
  low?: number
  high?: number
}

export const COMPARISONS = new Set(['===', '!==', '<', '<=', '>', '>='])
/** Stands for a missing element of a ragged table. */
export const MISSING = -(2 ** 31)
/** The value of an element that a list is too short for; reaching it is an error. */
export const ABSENT = Symbol('absent')

/** The outcome of a comparison where the ranges of both sides already settle it. */
export function decide(operator: string, l: Code, r: Code): boolean | null {
  if (l.low === undefined || l.high === undefined || r.low === undefined || r.high === undefined)
    return null
  const apart = l.high < r.low || r.high < l.low
  const same = l.low === l.high && r.low === r.high && l.low === r.low
  const less = l.high < r.low ? true : l.low >= r.high ? false : null
  const greater = l.low > r.high ? true : l.high <= r.low ? false : null
  switch (operator) {
    case '===':
      return apart ? false : same ? true : null
    case '!==':
      return apart ? true : same ? false : null
    case '<':
      return less
    case '>=':
      return less === null ? null : !less
    case '>':
      return greater
    default:
      return greater === null ? null : !greater
  }
}

/** Does every way through these statements end in a return? */
export function alwaysReturns(node: acorn.Statement | acorn.ModuleDeclaration): boolean {
  if (node.type === 'ReturnStatement') return true
  if (node.type === 'BlockStatement') return node.body.some(alwaysReturns)
  if (node.type !== 'IfStatement' || !node.alternate) return false
  return alwaysReturns(node.consequent) && alwaysReturns(node.alternate)
}

export function truth(test: string): Code | Literal {
  if (test === 'true' || test === 'false') return { kind: 'literal', value: test === 'true' }
  return { kind: 'code', code: `(${test} ? 1 : 0)`, type: BOOL, low: 0, high: 1 }
}

export function isName(meaning: Meaning): meaning is Literal {
  return meaning.kind === 'literal' && typeof meaning.value === 'string'
}

export function typeOfLeaf(leaf: Leaf): ValueType {
  const { type, names } = leaf.scalar
  return type === 'flag' ? BOOL : type === 'range' ? INT : { kind: 'name', names }
}

export function typeHint(meaning: Meaning): ValueType | undefined {
  if (meaning.kind === 'code') return meaning.type
  if (meaning.kind === 'place' && meaning.node.kind === 'leaf') return typeOfLeaf(meaning.node.leaf)
  if (meaning.kind === 'table') {
    const names = tableValues(meaning, tableLengths(meaning)).filter((v) => typeof v === 'string')
    return names.length > 0
      ? { kind: 'name', names: [...new Set(names as string[])], open: true }
      : undefined
  }
  return undefined
}

/** Do equal numbers of the two types mean equal values? */
export function sameType(left: ValueType, right: ValueType): boolean {
  if (left.kind !== 'name' || right.kind !== 'name') return left.kind === right.kind
  return JSON.stringify(left.names) === JSON.stringify(right.names)
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

export function isPart(meaning: Meaning): boolean {
  if (meaning.kind === 'place') return meaning.node.kind !== 'leaf'
  if (meaning.kind !== 'table') return false
  // A table is a part while some way through it ends in a group of values.
  return tableValues(meaning, tableLengths(meaning)).some((v) => typeof v === 'object')
}

export function placed(node: LayoutNode, indices: readonly (Code | Literal)[]): Meaning {
  if (node.kind !== 'constant') return { kind: 'place', node, indices }
  return resolved({ kind: 'table', value: node.value, steps: [], path: node.path })
}

/** A table all of whose steps are known and that ends in a plain value is that value. */
export function resolved(table: Table): Table | Literal {
  let value = table.value
  for (const step of table.steps) {
    const key = typeof step === 'string' ? step : null
    if (key === null || typeof value !== 'object' || value === null) return table
    value = (value as Record<string, unknown>)[key]
  }
  const plain = typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string'
  if (plain) return { kind: 'literal', value: value as number }
  return table
}

export function follow(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce((v, step) => (v as Record<string, unknown> | undefined)?.[step], value)
}

/** For every index step of a table, the length of the longest list it may index. */
export function tableLengths(table: Table): number[] {
  const lengths: number[] = []
  let reached: unknown[] = [table.value]
  for (const step of table.steps) {
    if (typeof step === 'string') {
      reached = reached.map((value) => (value as Record<string, unknown> | undefined)?.[step])
    } else {
      const lists = reached.map((value) => (Array.isArray(value) ? value : []))
      lengths.push(Math.max(0, ...lists.map((l) => l.length)))
      reached = lists.flat()
    }
  }
  return lengths
}

/**
 * The values of a table for all combinations of its indices: ABSENT where a list is too short,
 * undefined where a group lacks the field.
 */
export function tableValues(table: Table, lengths: readonly number[]): unknown[] {
  const element = (value: unknown, i: number) =>
    Array.isArray(value) && i < value.length ? value[i] : ABSENT
  let reached: unknown[] = [table.value]
  let dimension = 0
  for (const step of table.steps) {
    if (typeof step !== 'string') {
      const length = lengths[dimension++]
      reached = reached.flatMap((value) => Array.from({ length }, (_, i) => element(value, i)))
    } else
      reached = reached.map((value) => {
        if (value === ABSENT || (Array.isArray(value) && !Object.hasOwn(value, step))) return ABSENT
        return (value as Record<string, unknown> | undefined)?.[step]
      })
  }
  return reached
}

/** The flattened index of a place if all parts of it are known and inside their lists. */
export function fixedIndex(place: Place): number | null {
  const { dims } = (place.node as { leaf: Leaf }).leaf
  let flat = 0
  for (let i = 0; i < dims.length; i++) {
    const index = place.indices[i]
    if (index.kind !== 'literal') return null
    flat = flat * dims[i] + Number(index.value)
  }
  return flat
}

export function bitsOf(leaf: Leaf, index: number): { word: number; shift: number; mask: number } {
  const position = leaf.position[index]
  return { word: position >> 5, shift: position & 31, mask: 2 ** leaf.width - 1 }
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
    case 'code':
      return `${JSON.stringify(arg.type)}${index(arg)}`
    case 'place':
      return `${arg.node.path}@${arg.indices.map(index).join()}`
    case 'table':
      return `${arg.path}@${arg.steps.map((s) => (typeof s === 'string' ? s : index(s))).join()}`
  }
}
