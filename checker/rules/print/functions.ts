/** The functions of a model as code, with the tables and accessors that they name. */
import type { Leaf } from '../../state/layout.js'
import type { ReadAction } from '../actions.js'
import type { Declaration, Expression, RuleFunction, Table } from '../tree.js'
import { forEach } from '../visit.js'
import { type Access, C, Code, JAVASCRIPT, type Language, minus, type Positions } from './code.js'
import { filled, printed } from './template.js'

/** The parts of a model that a printer needs. */
export interface Storage {
  leafOf(variable: Declaration): Leaf
  /** The name of a variable in reports of a value out of its range. */
  numberOf(leaf: Leaf): number
}

/** Text of function declarations, and the tables they name. */
export interface PrintedFunctions {
  readonly code: readonly string[]
  readonly tables: ReadonlyMap<string, Int32Array>
}

/** These functions and all that they call, each once. */
export function withCallees(functions: Iterable<RuleFunction>): readonly RuleFunction[] {
  const all = new Set<RuleFunction>()
  const include = (fn: RuleFunction): void => {
    if (fn.body === null || all.has(fn)) return
    all.add(fn)
    for (const callee of usesOf(fn).callees) include(callee)
  }
  for (const fn of functions) include(fn)
  return [...all]
}

/** The functions that an expression calls itself. */
function calledIn(node: Expression): readonly RuleFunction[] {
  const called: RuleFunction[] = []
  forEach(node, (one) => {
    if (one.kind === 'call') called.push(one.callee)
  })
  return called
}

/** The effects of actions, and the functions that their guards call. */
export function functionsIn(
  actions: readonly Pick<ReadAction, 'guard' | 'effect'>[],
): readonly RuleFunction[] {
  return actions.flatMap(({ guard, effect }) => [
    ...(guard ? calledIn(guard) : []),
    ...(effect ? [effect] : []),
  ])
}

/** The declarations and functions that a function names. */
export interface Uses {
  readonly callees: ReadonlySet<RuleFunction>
  readonly tables: ReadonlySet<Table>
}

const uses = new WeakMap<RuleFunction, Uses>()

export function usesOf(fn: RuleFunction): Uses {
  const known = uses.get(fn)
  if (known) return known
  const callees = new Set<RuleFunction>()
  const tables = new Set<Table>()
  for (const statement of fn.body ?? [])
    forEach(statement, (node) => {
      if (node.kind === 'call') callees.add(node.callee)
      if (node.kind === 'lookUp') tables.add(node.table)
    })
  const found = { callees, tables }
  uses.set(fn, found)
  return found
}

/** The functions as JavaScript. */
export function printFunctions(
  functions: readonly RuleFunction[],
  storage: Storage,
): PrintedFunctions {
  const positions = positionsIn(storage)
  const texts = functions.map((fn) => filled(fn, positions))
  const accessed = new Map<Declaration, Set<Access>>()
  for (const fn of functions)
    for (const [variable, kinds] of printed(fn).template.accessed)
      accessed.set(variable, new Set([...(accessed.get(variable) ?? []), ...kinds]))
  return withTables(functions, texts, accessed, storage, JAVASCRIPT)
}

/** The same in C. */
export function printFunctionsInC(
  functions: readonly RuleFunction[],
  storage: Storage,
): PrintedFunctions {
  const code = new Code(C, positionsIn(storage))
  const texts = functions.map((fn) => code.function(fn))
  return withTables(functions, texts, code.accessed, storage, C)
}

function withTables(
  functions: readonly RuleFunction[],
  texts: readonly string[],
  accessed: Code['accessed'],
  storage: Storage,
  language: Language,
): PrintedFunctions {
  const tables = new Map<string, Int32Array>()
  for (const fn of functions)
    for (const { name, numbers } of usesOf(fn).tables) tables.set(name, numbers)
  const accessors = [...accessed].flatMap(([variable, kinds]) => {
    const leaf = storage.leafOf(variable)
    const at = `v${variable.id}_at`
    tables.set(at, leaf.position)
    const texts = accessorsOf(variable, { at, number: storage.numberOf(leaf) }, language)
    return [...kinds].map((kind) => texts[kind])
  })
  return { code: [...accessors, ...texts], tables }
}

/** Words of the state at `a[o]`. */
export function positionsIn({ leafOf }: Storage): Positions {
  return {
    word: (variable, index) => `a[o + ${leafOf(variable).position[index] >> 5}]`,
    shift: (variable, index) => String(leafOf(variable).position[index] & 31),
  }
}

/**
 * The functions that read and write a variable at a computed index.
 * @param at the name of the table of its positions.
 * @param number its name in reports of a value out of its range.
 */
export function accessorsOf(
  { id, scalar, width }: Declaration,
  { at: table, number }: { readonly at: string; readonly number: number },
  { constant, right, head }: Language,
): Record<Access, string> {
  const name = `v${id}`
  const { min, max } = scalar
  const mask = 2 ** width - 1
  const check = `if (!(v >= ${min} && v <= ${max})) bad(${number}, v);`
  const place = `${constant} p = ${table}[i];`
  const read = `(a[o + (p >> 5)] ${right} (p & 31) & ${mask})`
  const others = `a[w] & ~(${mask} << h)`
  const bits = `(${minus('v', min)}) << h`
  const at = `${place} ${constant} w = o + (p >> 5); ${constant} h = p & 31;`
  const write = width === 0 ? 'return 0;' : `${at} a[w] = (${others}) | (${bits}); return 0;`
  const value = width === 0 ? String(min) : min === 0 ? read : `${read} + ${min}`
  return {
    get: `${head(`${name}_get`, ['i'])} { ${width === 0 ? '' : place} return ${value}; }`,
    set: `${head(`${name}_set`, ['i', 'v'])} { ${check} ${write} }`,
    put: `${head(`${name}_put`, ['i', 'v'])} { ${write} }`,
  }
}
