/** From printed functions to the text of a program for one layout: every bit gets its place. */
import type { Leaf } from '../../state/layout.js'
import { minus } from './abstract-values.js'
import type { Library, PrintedFunction } from './library.js'
import type { Declaration } from './types.js'

/** Text of function declarations, and the tables they name. */
export interface Program {
  readonly code: readonly string[]
  /** The same for each function by its name, without those that read and write variables. */
  readonly functions: ReadonlyMap<string, string>
  readonly tables: ReadonlyMap<string, Int32Array>
  /** What functions are called in their source. */
  readonly called: ReadonlyMap<string, string>
}

/**
 * The functions of these names, and all that they use.
 * @param leafOf where the variables lie.
 * @param number what the program calls a variable when it reports a value out of its range.
 * @param elements for a program that tells what it does (`read` and `wrote`, each with the number
 *   of an element and the word that is to be returned): the number of a variable's first element.
 */
export function programOf(
  names: Iterable<string>,
  library: Library,
  leafOf: (declaration: Declaration) => Leaf,
  number: (leaf: Leaf) => number,
  elements?: (leaf: Leaf) => number,
): Program {
  const functions = new Set<PrintedFunction>()
  const include = (name: string): void => {
    const printed = library.functions.get(name)
    if (!printed || functions.has(printed)) return
    functions.add(printed)
    printed.calls.forEach(include)
  }
  for (const name of names) include(name)
  const used = [...functions]
  const tables = new Map<string, Int32Array>()
  for (const name of new Set(used.flatMap((printed) => printed.tables))) {
    const table = library.tables.get(name)
    if (table) tables.set(name, table)
  }
  const accessors = [...new Set(used.flatMap((printed) => printed.variables))].map((id) => {
    const leaf = leafOf(library.declarations[id])
    tables.set(`v${id}_at`, leaf.position)
    return accessor(`v${id}`, leaf, number(leaf), elements?.(leaf))
  })
  const variable = (id: number) => leafOf(library.declarations[id])
  const texts = new Map(used.map((printed) => [printed.name, textOf(printed, variable, elements)]))
  const called = new Map(used.map((printed) => [printed.name, printed.called]))
  return { code: [...accessors, ...texts.values()], functions: texts, tables, called }
}

function textOf(
  { name, pieces }: PrintedFunction,
  leafOf: (id: number) => Leaf,
  elements?: (leaf: Leaf) => number,
): string {
  let text = `function ${name}${pieces[0]}`
  for (let i = 1; i < pieces.length; i += 4) {
    const [leaf, index, next] = [leafOf(Number(pieces[i])), Number(pieces[i + 1]), pieces[i + 3]]
    const position = leaf.position[index]
    const told =
      pieces[i + 2] === 'w' && elements ? TOLD.find(([after]) => next.startsWith(after)) : null
    const place = pieces[i + 2] === 'w' ? position >> 5 : position & 31
    text += (told && elements ? `${told[1]}(${elements(leaf) + index}, ${place})` : place) + next
  }
  return text
}

/** What stands behind the word of a variable that is read (storage.ts) or written (statements). */
const TOLD = [
  ['] >>> ', 'read'],
  ['] = ', 'wrote'],
] as const

/** The functions that read and write a variable at a computed index. */
function accessor(name: string, { scalar, width }: Leaf, number: number, element?: number): string {
  const { min, max } = scalar
  const mask = 2 ** width - 1
  const check = `if (!(v >= ${min} && v <= ${max})) bad(${number}, v)`
  if (width === 0)
    return [
      `function ${name}_get(a, o, i) { return ${min}; }`,
      `function ${name}_set(a, o, i, v) { ${check}; }`,
    ].join('\n')
  const word = (told: string) =>
    element === undefined ? 'p >> 5' : `${told}(${element} + i, p >> 5)`
  const read = `(a[o + (${word('read')})] >>> (p & 31) & ${mask})${min === 0 ? '' : ` + ${min}`}`
  const others = `a[w] & ~(${mask} << h)`
  const bits = `(${minus('v', min)}) << h`
  const write = `const w = o + (${word('wrote')}), h = p & 31; a[w] = (${others}) | (${bits})`
  return [
    `function ${name}_get(a, o, i) { const p = ${name}_at[i]; return ${read}; }`,
    `function ${name}_set(a, o, i, v) { ${check}; const p = ${name}_at[i]; ${write}; }`,
  ].join('\n')
}
