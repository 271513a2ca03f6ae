/**
 * Which properties need a look in a state that differs from another one, in which they were as
 * expected: those that read a variable in which the two differ. A variable that a property does no
 * more than compare with certain values (where a thread is, mostly) differs to it only if it was,
 * or is, one of these.
 */
import type { Property } from '../../model.js'
import type { Leaf } from '../../state/layout.js'
import type { Declaration, RuleFunction } from '../tree.js'
import { readsOf } from './reads.js'

/** Wider variables always count as read, because their tables would be long. */
const WIDEST = 8

/** A property that is looked at in every state, unless nothing that it reads differs. */
export interface Look {
  /** The property's number. */
  readonly number: number
  readonly fn: RuleFunction
  /** The value that is news: false of an `always` property, true of a `sometimes` property. */
  readonly news: boolean
  /** Null: it may read anything. */
  readonly reads: Reads | null
}

/** What a property reads: bits of words, and variables that it only compares. */
export interface Reads {
  /** By the number of the word. */
  readonly masks: ReadonlyMap<number, number>
  readonly compared: readonly Compared[]
}

/** An element of a variable, of which a property can tell apart only some values. */
export interface Compared {
  readonly word: number
  readonly shift: number
  /** The bits of the variable, before they are shifted. */
  readonly mask: number
  /** Equal numbers for values that the property cannot tell apart. */
  readonly classes: Int32Array
}

/** The looks at the properties of a model. @param holds their functions, in their order. */
export function looksOf(
  properties: readonly Pick<Property<never>, 'kind'>[],
  holds: readonly RuleFunction[],
  leafOf: (variable: Declaration) => Leaf,
): readonly Look[] {
  return holds.flatMap((fn, number) => {
    const { kind } = properties[number]
    if (kind === 'eventually') return []
    return [{ number, fn, news: kind === 'sometimes', reads: fn.body && readsIn(fn, leafOf) }]
  })
}

function readsIn(fn: RuleFunction, leafOf: (variable: Declaration) => Leaf): Reads {
  const masks = new Map<number, number>()
  const compared: Compared[] = []
  for (const [declaration, values] of readsOf(fn)) {
    const leaf = leafOf(declaration)
    if (leaf.width === 0) continue
    if (values === null || leaf.width > WIDEST) addMasks(leaf, masks)
    else compared.push(...comparedIn(leaf, values))
  }
  return { masks, compared }
}

function addMasks({ width, position }: Leaf, masks: Map<number, number>): void {
  for (const bit of position) {
    const mask = (2 ** width - 1) << (bit & 31)
    masks.set(bit >> 5, (masks.get(bit >> 5) ?? 0) | mask)
  }
}

function comparedIn({ width, position, scalar }: Leaf, values: ReadonlySet<number>): Compared[] {
  const classes = new Int32Array(2 ** width)
  for (const [i, value] of [...values].entries()) {
    const bits = value - scalar.min
    if (bits >= 0 && bits < classes.length) classes[bits] = 1 + i
  }
  const mask = 2 ** width - 1
  return Array.from(position, (bit) => ({ word: bit >> 5, shift: bit & 31, mask, classes }))
}
