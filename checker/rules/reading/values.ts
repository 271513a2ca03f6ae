/** From abstract values to values: reads of variables and of constants, as nodes. */
import type * as acorn from 'acorn'
import { allowedNames } from '../../state/layout.js'
import { calculate } from '../passes/fold.js'
import {
  BOOL,
  type Check,
  constant,
  type Expression,
  FAILS,
  INT,
  type LookUp,
  load,
  MISSING,
  most,
  PURE,
  type ValueType,
} from '../tree.js'
import {
  ABSENT,
  type AbstractValue,
  type ConstantPart,
  typeOf,
  type Word,
} from './abstract-values.js'
import type { Context } from './context.js'

/**
 * The value of an abstract value.
 * @param node its source, for messages.
 * @param hint the type that is wanted: it says which number a name is.
 */
export function valueIn(
  cx: Context,
  abstractValue: AbstractValue,
  node: acorn.Node,
  hint?: ValueType,
): Expression {
  switch (abstractValue.kind) {
    case 'value': {
      const { node: value } = abstractValue
      if (value.type.kind === 'none') return cx.refuse(node, 'is used as a value but returns none')
      if (value.kind === 'constant' && !Number.isInteger(value.value))
        return cx.refuse(node, 'is no integer')
      return value
    }
    case 'word':
      if (!hint) return cx.refuse(node, 'is a name, and what it is compared with has no names')
      return constant(numberOfName(cx, abstractValue, hint, node), hint)
    case 'statePart': {
      if (abstractValue.node.kind !== 'leaf')
        return cx.refuse(node, 'is a group of variables, not a value')
      const { leaf } = abstractValue.node
      const type = typeOf(leaf.scalar)
      if (leaf.width === 0 && abstractValue.indices.every((index) => index.effect === PURE))
        return constant(leaf.scalar.min, type)
      return load(cx.declarationOf(leaf), type, abstractValue.indices)
    }
    case 'part':
      return lookedUp(cx, abstractValue, node, hint)
  }
}

function numberOfName(cx: Context, { text }: Word, type: ValueType, node: acorn.Node): number {
  const place = type.kind === 'name' ? type.names.indexOf(text) : -1
  if (place < 0 && !(type.kind === 'name' && type.open)) {
    const allowed =
      type.kind === 'name' ? allowedNames(text, type.names) : `allowed are ${type.kind} values`
    cx.refuse(node, `uses the name '${text}', ${allowed}`)
  }
  return place
}

/** Reads a constant at indices that are known only when the rule runs, by a table of its values. */
function lookedUp(cx: Context, part: ConstantPart, node: acorn.Node, hint?: ValueType): Expression {
  const { lengths, values, names } = cx.spread(part)
  const sample = values.find((value) => value !== ABSENT)
  const type = typeof sample === 'string' ? (hint ?? names) : PLAIN_TYPES.get(typeof sample)
  if (!type) return cx.refuse(node, `is not a number, truth value or name in ${part.path}`)
  const numbers = values.map((value) => {
    if (value === ABSENT) return MISSING
    if (typeof value !== typeof sample)
      return cx.refuse(node, `mixes kinds of values in ${part.path}`)
    const number =
      typeof value === 'string'
        ? numberOfName(cx, { kind: 'word', text: value }, type, node)
        : Number(value)
    if ((number | 0) !== number || number === MISSING)
      cx.refuse(node, `is not always a small integer in ${part.path}`)
    return number
  })
  return lookUp(cx, part, lengths, numbers, type)
}

/**
 * Is a constant, at indices that are known only when the rule runs, this name? A truth value, or
 * null where the constant is no name.
 */
export function isNamed(cx: Context, part: ConstantPart, word: Word): Expression | null {
  const found = cx.equal(part, word)
  if (!found) return null
  const numbers = found.values.map((is) => (is === ABSENT ? MISSING : Number(is)))
  return lookUp(cx, part, found.lengths, numbers, BOOL)
}

/** @param numbers the values; MISSING where there is none. */
function lookUp(
  cx: Context,
  part: ConstantPart,
  lengths: readonly number[],
  numbers: readonly number[],
  type: ValueType,
): LookUp {
  const table = cx.library.table(numbers)
  const index = flatIndex(part, lengths)
  const found = [...new Set(numbers.filter((n) => n !== MISSING))].sort((x, y) => x - y)
  return {
    kind: 'lookUp',
    table,
    index,
    path: part.path,
    type,
    low: found[0],
    high: found[found.length - 1],
    numbers: found,
    effect: most(index.effect, table.isWhole ? PURE : FAILS),
  }
}

const PLAIN_TYPES = new Map<string, ValueType>([
  ['number', INT],
  ['boolean', { kind: 'bool' }],
])

function flatIndex({ steps, path }: ConstantPart, lengths: readonly number[]): Expression {
  const indices = steps.filter((step) => typeof step !== 'string')
  const checked = indices.map((index, i) => checkedIndex(index, lengths[i], path))
  return checked
    .slice(1)
    .reduce(
      (flat, index, i) => calculate('+', calculate('*', flat, constant(lengths[i + 1])), index),
      checked[0],
    )
}

/** The index, with a check unless it is from 0 to `length - 1` for sure. */
export function checkedIndex(index: Expression, length: number, path: string): Expression {
  const { low, high } = index
  if (low >= 0 && high < length) return index
  const bounds = { type: INT, low: 0, high: length - 1, numbers: null }
  const effect = most(index.effect, FAILS)
  return { kind: 'check', index, length, path, ...bounds, effect } satisfies Check
}
