/**
 * Reading what the source names: variables of the state become reads of bits, constants become
 * literals or tables. Indices that are not known are checked when the code runs.
 */
import type * as acorn from 'acorn'
import type { Leaf } from '../../state/layout.js'
import { excerpt, type FunctionSource, functionSource, OutsideSubset } from '../source.js'
import {
  ABSENT,
  BOOL,
  callsOneOf,
  fixedIndex,
  INT,
  type Literal,
  type Meaning,
  MISSING,
  type Place,
  type Table,
  typeOfLeaf,
} from './abstract-values.js'
import { openPlace } from './library.js'
import { Reading } from './reading.js'
import type { Code, Origin, ValueType } from './types.js'

export abstract class Storage extends Reading {
  protected readonly active = new Set<unknown>()
  /** Functions that are read with another body than their own; and where they are called. */
  protected bodies: ReadonlyMap<(...args: never[]) => unknown, FunctionSource> = new Map()
  protected readonly calledAt = new Map<unknown, acorn.Node>()

  protected sourceOf(fn: (...args: never[]) => unknown): FunctionSource {
    return this.bodies.get(fn) ?? functionSource(fn)
  }

  /** Turns a meaning into code, given what kind of value is wanted (for names), to be read. */
  protected asCode(meaning: Meaning, node: acorn.Node, hint?: ValueType): Code {
    return this.read(this.unread(meaning, node, hint), null)
  }

  /** The same to be handed on: of a name, what is made of it is noted where it ends up. */
  protected asName(meaning: Meaning, node: acorn.Node, hint?: ValueType): Code {
    const code = this.unread(meaning, node, hint)
    return code.type.kind === 'name' && code.origin ? code : this.read(code, null)
  }

  /**
   * Notes that the value is read.
   * @param values it is only asked whether it is one of these; null: anything may be made of it.
   */
  protected read({ unread, ...code }: Code, values: readonly number[] | null): Code {
    for (const leaf of unread ?? []) this.frame.read(leaf, values)
    return code
  }

  /** Turns a meaning into code; what is made of it has yet to be noted. */
  protected unread(meaning: Meaning, node: acorn.Node, hint?: ValueType): Code {
    switch (meaning.kind) {
      case 'code':
        if (meaning.type.kind === 'none')
          return this.refuse(node, 'is used as a value but returns none')
        return meaning
      case 'literal': {
        const { value } = meaning
        if (typeof value === 'number' && !Number.isInteger(value))
          return this.refuse(node, 'is no integer')
        const type = typeof value === 'boolean' ? BOOL : typeof value === 'number' ? INT : hint
        if (!type) return this.refuse(node, 'is a name, and what it is compared with has no names')
        const number = this.literalNumber(meaning, type, node)
        return {
          kind: 'code',
          code: number < 0 ? `(${number})` : String(number),
          type,
          low: number,
          high: number,
        }
      }
      case 'place':
        if (meaning.node.kind !== 'leaf')
          return this.refuse(node, 'is a group of variables, not a value')
        return this.load(meaning, meaning.node.leaf)
      case 'table':
        return this.lookUp(meaning, node, hint)
    }
  }

  protected literalNumber(literal: Literal, type: ValueType, node: acorn.Node): number {
    const { value } = literal
    if (typeof value === 'number') return value
    if (typeof value === 'boolean') return value ? 1 : 0
    const place = type.kind === 'name' ? type.names.indexOf(value) : -1
    if (place < 0 && !(type.kind === 'name' && type.open)) {
      const allowed = type.kind === 'name' ? type.names.join(' | ') : `${type.kind} values`
      this.refuse(node, `uses the name '${value}', allowed are ${allowed}`)
    }
    return place
  }

  protected load(place: Place, leaf: Leaf): Code {
    const declaration = this.declarationOf(leaf)
    const { min, max } = leaf.scalar
    const type = typeOfLeaf(leaf)
    const index = fixedIndex(place)
    const origin: Origin = { numbers: [], variables: [{ leaf: declaration, index }] }
    const named = type.kind === 'name' ? { origin } : {}
    const unread = [declaration]
    const result = { kind: 'code', type, low: min, high: max, unread, ...named } as const
    if (index === null) {
      const at = this.indexCode(place)
      return { ...result, code: `v${declaration.id}_get(a, o, ${at})`, check: at }
    }
    if (leaf.width === 0) return { ...result, code: String(min) }
    const [word, shift] = [openPlace(declaration, index, 'w'), openPlace(declaration, index, 's')]
    const bits = `(a[o + ${word}] >>> ${shift} & ${2 ** leaf.width - 1})`
    return { ...result, code: min === 0 ? bits : `(${bits} + ${min})` }
  }

  /** The flattened index of a place; its parts are checked where they were written (element). */
  protected indexCode(place: Place): string {
    const { dims } = (place.node as { leaf: Leaf }).leaf
    return dims.reduce((flat, length, i) => {
      const index = place.indices[i]
      const code = index.kind === 'literal' ? String(index.value) : index.code
      return flat === '0' ? code : `(${flat} * ${length} + ${code})`
    }, '0')
  }

  /** Reads a constant at indices known only at run time, by way of a table of its values. */
  protected lookUp(table: Table, node: acorn.Node, hint?: ValueType): Code {
    const { lengths, values, names } = this.unfolded(table)
    const sample = values.find((value) => value !== ABSENT)
    const type: ValueType | undefined =
      typeof sample === 'number'
        ? INT
        : typeof sample === 'boolean'
          ? BOOL
          : typeof sample === 'string'
            ? (hint ?? names ?? undefined)
            : undefined
    if (!type || sample === undefined)
      return this.refuse(node, `is not a number, truth value or name in ${table.path}`)
    const numbers = values.map((value) => {
      if (value === ABSENT) return MISSING
      if (typeof value !== typeof sample)
        return this.refuse(node, `mixes kinds of values in ${table.path}`)
      const number = this.literalNumber({ kind: 'literal', value: value as string }, type, node)
      if ((number | 0) !== number || number === MISSING)
        this.refuse(node, `is not always a small integer in ${table.path}`)
      return number
    })
    const name = this.library.table(numbers)
    let flat = '0'
    let dimension = 0
    for (const step of table.steps) {
      if (typeof step === 'string') continue
      const length = lengths[dimension++]
      const { code, low = -1, high = length } = step
      const safe = low >= 0 && high < length
      const checked = safe ? code : `at(${code}, ${length}, ${JSON.stringify(table.path)})`
      flat = flat === '0' ? checked : `(${flat} * ${length} + ${checked})`
    }
    const present = numbers.filter((n) => n !== MISSING)
    const found = [...new Set(present)].sort((x, y) => x - y)
    const origin: Origin = { numbers: found, variables: [] }
    const whole = present.length === numbers.length
    return {
      kind: 'code',
      code: whole ? `${name}[${flat}]` : `here(${name}[${flat}], ${JSON.stringify(table.path)})`,
      type,
      low: found[0],
      high: found[found.length - 1],
      origin,
      ...(whole ? { check: flat } : {}),
    }
  }

  protected refuse(node: acorn.Node, why = 'lies outside the rule subset'): never {
    throw new OutsideSubset(`\`${excerpt(this.frame.source.text, node)}\` ${why}`)
  }

  /** May running this code change the state? */
  protected changes(code: string): boolean {
    return /_set\(|\] = /.test(code) || callsOneOf(code, this.library.changing)
  }

  /** May running this code change the state or fail? Then it must be run, and just once. */
  protected acts(code: string): boolean {
    return this.changes(code) || /\b(at|here)\(/.test(code) || callsOneOf(code, this.library.acting)
  }
}
