/**
 * Which properties need a look in a state that differs from another one, in which they were as
 * expected: those that read a variable in which the two differ. A variable that a property does no
 * more than compare with certain values (where a thread is, mostly) differs to it only if it was,
 * or is, one of these.
 */

import type { Model } from '../../model.js'
import type { Leaf } from '../../state/layout.js'
import { readsOf } from '../passes/reads.js'
import type { Declaration, RuleFunction } from '../tree.js'

/** Wider variables always count as read, because their tables would be long. */
const WIDEST = 8

/** The code of `inspect` (compile.ts), and the tables it uses. */
export interface Inspection {
  readonly code: string
  readonly tables: ReadonlyMap<string, Int32Array>
}

/** @param holds the properties of the model, in their order. */
export function inspection<S>(
  { layout, properties }: Model<S>,
  holds: readonly RuleFunction[],
  leafOf: (variable: Declaration) => Leaf,
): Inspection {
  const classes = new Classes()
  const looks = holds.flatMap((fn, i) => {
    const { name, body } = fn
    const reads = body && readsOf(fn)
    const { kind } = properties[i]
    if (kind === 'eventually') return []
    const read: Leaf[] = []
    const compared: string[] = []
    for (const [declaration, values] of reads ?? []) {
      const leaf = leafOf(declaration)
      if (values === null || leaf.width > WIDEST) read.push(leaf)
      else if (leaf.width > 0) compared.push(...classes.differ(leaf, values))
    }
    const seen = reads ? ['isFirst', ...touched(read), ...compared].join(' || ') : 'true'
    const news = `${kind === 'always' ? '!' : ''}${name}(a, o)`
    return [`if (watched[${i}] === 1 && (${seen}) && ${news}) found[n++] = ${i}`]
  })
  const code = [
    'function inspect(a, o, other, p, watched, found) {',
    'let n = 0',
    ...Array.from(
      { length: layout.words },
      (_, i) => `const x${i} = a[o + ${i}] ^ other[p + ${i}]`,
    ),
    // Initial states are compared with their complements; no other two differ in the highest bit.
    'const isFirst = x0 < 0',
    ...looks,
    'return n',
    '}',
  ]
  return { code: code.join('\n'), tables: classes.tables }
}

/** Expressions: do the words `x0, x1 ...`, the differences of two states, touch these variables? */
function touched(leaves: readonly Leaf[]): string[] {
  const masks = new Map<number, number>()
  for (const { width, position } of leaves)
    if (width > 0)
      for (const bit of position) {
        const mask = (2 ** width - 1) << (bit & 31)
        masks.set(bit >> 5, (masks.get(bit >> 5) ?? 0) | mask)
      }
  const words = [...masks].map(([word, mask]) => `x${word} & ${mask}`)
  return words.length > 0 ? [`(${words.join(' | ')}) !== 0`] : []
}

/** Tables that map values to equal numbers where a property cannot distinguish them. */
class Classes {
  readonly tables = new Map<string, Int32Array>()
  private readonly names = new Map<string, string>()

  /** Expressions: is an element of the variable, or was it, one of the values, and no longer is? */
  differ({ width, position, scalar }: Leaf, values: ReadonlySet<number>): string[] {
    const ofValue = new Int32Array(2 ** width)
    for (const [i, value] of [...values].entries()) {
      const bits = value - scalar.min
      if (bits >= 0 && bits < ofValue.length) ofValue[bits] = 1 + i
    }
    const table = this.name(ofValue)
    const mask = 2 ** width - 1
    return [...position].map((bit) => {
      const [word, shift] = [bit >> 5, bit & 31]
      const bitsOf = (state: string) => `${table}[${state} + ${word}] >>> ${shift} & ${mask}]`
      const isChanged = `(x${word} & ${mask << shift}) !== 0`
      return `${isChanged} && ${bitsOf('a[o')} !== ${bitsOf('other[p')}`
    })
  }

  private name(table: Int32Array): string {
    const key = table.join()
    const known = this.names.get(key)
    if (known) return known
    const name = `classes${this.tables.size}`
    this.names.set(key, name)
    this.tables.set(name, table)
    return name
  }
}
