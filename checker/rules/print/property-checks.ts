/** The looks at properties (passes/looks.ts) as code. */
import type { Compared, Look } from '../passes/looks.js'

/** The code of `inspect` (compile.ts), and the tables it uses. */
export interface Inspection {
  readonly code: string
  readonly tables: ReadonlyMap<string, Int32Array>
}

/** @param words the length of a state. */
export function inspection(looks: readonly Look[], words: number): Inspection {
  const tables = new Tables()
  const printed = looks.map(({ number, fn, news, reads }) => {
    const touched = reads ? maskTest(reads.masks) : []
    const compared = reads ? reads.compared.map((one) => tables.differ(one)) : []
    const seen = reads ? ['isFirst', ...touched, ...compared].join(' || ') : 'true'
    const isNews = `${news ? '' : '!'}${fn.name}(a, o)`
    return `if (watched[${number}] === 1 && (${seen}) && ${isNews}) found[n++] = ${number}`
  })
  const code = [
    'function inspect(a, o, other, p, watched, found) {',
    'let n = 0',
    ...Array.from({ length: words }, (_, i) => `const x${i} = a[o + ${i}] ^ other[p + ${i}]`),
    // Initial states are compared with their complements; no other two differ in the highest bit.
    'const isFirst = x0 < 0',
    ...printed,
    'return n',
    '}',
  ]
  return { code: code.join('\n'), tables: tables.byName }
}

/** An expression: do the words `x0, x1 ...`, the differences of two states, have these bits? */
function maskTest(masks: ReadonlyMap<number, number>): string[] {
  const words = [...masks].map(([word, mask]) => `x${word} & ${mask}`)
  return words.length > 0 ? [`(${words.join(' | ')}) !== 0`] : []
}

class Tables {
  readonly byName = new Map<string, Int32Array>()
  private readonly names = new Map<string, string>()

  /** An expression: are the values of an element in the two states told apart? */
  differ({ word, shift, mask, classes }: Compared): string {
    const table = this.name(classes)
    const bitsOf = (state: string) => `${table}[${state} + ${word}] >>> ${shift} & ${mask}]`
    const isChanged = `(x${word} & ${mask << shift}) !== 0`
    return `${isChanged} && ${bitsOf('a[o')} !== ${bitsOf('other[p')}`
  }

  private name(table: Int32Array): string {
    const key = table.join()
    const known = this.names.get(key)
    if (known) return known
    const name = `classes${this.byName.size}`
    this.names.set(key, name)
    this.byName.set(name, table)
    return name
  }
}
