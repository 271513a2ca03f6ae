/**
 * The program of one model: its actions, properties and final condition printed and put together,
 * with the places of its variables and short rules written out. It runs fastest, and takes some
 * time to print and to compile: it is for many states, and for other threads.
 */
import type { Model } from '../model.js'
import { AccessError, type Leaf, outOfRange } from '../state/layout.js'
import type { ReadAction } from './actions.js'
import type { CompiledModel, ProgramText } from './compiled-model.js'
import type { Hosted } from './determinism.js'
import { type Buffers, type Expansion, newBuffers, type Program } from './expansion.js'
import type { ModelReader } from './model-reader.js'
import { looksOf } from './passes/looks.js'
import { dispatch } from './print/dispatch.js'
import { functionsIn, printFunctions, type Storage, withCallees } from './print/functions.js'
import { Inliner } from './print/inliner.js'
import { ARITHMETIC, checkIndex, checkPresent } from './print/prelude.js'
import { inspection } from './print/property-checks.js'
import type { Declaration, RuleFunction } from './tree.js'

/** A model that has been read. */
export interface ReadModel<S> {
  readonly reader: ModelReader<S>
  readonly actions: readonly ReadAction[]
  /** The properties, in the order of `model.properties`. */
  readonly holds: readonly RuleFunction[]
  /** Their `from` conditions, likewise. */
  readonly from: readonly (RuleFunction | null)[]
  readonly final: RuleFunction
}

/** Prints the program of a model. */
export function printProgram<S>({
  reader,
  actions,
  holds,
  from,
  final,
}: ReadModel<S>): ProgramText {
  const { model, leafOf } = reader
  const { leaves, words } = model.layout
  const storage: Storage = { leafOf, numberOf: (leaf: Leaf) => leaves.indexOf(leaf) }
  const asked = [...holds, ...from.flatMap((fn) => (fn ? [fn] : [])), final]
  const used = withCallees([...functionsIn(actions), ...asked])
  const functions = printFunctions(used, storage)
  const inspect = inspection(looksOf(model.properties, holds, leafOf), words)
  const positionOf = (variable: Declaration, index: number) => leafOf(variable).position[index]
  const code = [
    '"use strict"',
    ...ARITHMETIC,
    ...functions.code,
    expandBody(actions, new Inliner(positionOf, words), words),
    inspect.code,
    'return { expand, inspect,',
    `final: ${condition(final)},`,
    `holds: [${holds.map(condition).join(', ')}],`,
    `from: [${from
      .map((fn) => (fn ? condition(fn) : null))
      .map(String)
      .join(', ')}]`,
    '}',
  ]
  return { code: code.join('\n'), tables: new Map([...functions.tables, ...inspect.tables]) }
}

function condition({ name }: RuleFunction): string {
  return `(a, o) => !!${name}(a, o)`
}

function expandBody(actions: readonly ReadAction[], inliner: Inliner, words: number): string {
  const most = actions.filter(({ effect }) => effect !== null).length
  const copy = Array.from({ length: words }, (_, i) => `b[p + ${i}] = a[o + ${i}]`)
  // One function for each group: none of them becomes too large to be compiled well.
  const groups = dispatch(actions, inliner, words).map(({ code, words: used }, i) => [
    `function group${i}(a, o, n) {`,
    'const b = buffers.successors, taken = buffers.taken',
    ...used.map((word) => `const s${word} = a[o + ${word}];`),
    `let p = n * ${words};`,
    code,
    'return n',
    '}',
  ])
  return [
    `function copy(a, o, b, p) {\n${copy.join('\n')}\n}`,
    ...groups.flat(),
    'function expand(a, o, n = 0) {',
    `while (n + ${most} > buffers.taken.length) buffers.grow()`,
    ...groups.map((_, i) => `n = group${i}(a, o, n)`),
    'return n',
    '}',
  ].join('\n')
}

/** A program with the conditions of its model's properties; see CompiledModel. */
export type OwnProgram = Program & Pick<CompiledModel<never>, 'holds' | 'from'>

/**
 * Makes a program of its text: ready to run, on the thread of its model.
 * @param hosted what of it runs as it stands.
 */
export function linked<S>(
  text: ProgramText,
  { layout }: Model<S>,
  buffers: Buffers,
  hosted: readonly Hosted[] = [],
): OwnProgram {
  const bad = (leaf: number, value: number) => {
    throw outOfRange(layout.leaves[leaf], value)
  }
  return run(text, bad, buffers, hosted)
}

/** The parts of a fully compiled model that another thread needs. */
export function expansionOf(program: ProgramText, words: number): Expansion {
  const buffers = newBuffers(words)
  const bad = () => {
    throw new AccessError('a value out of its range')
  }
  const { expand, inspect, final } = run(program, bad, buffers)
  return {
    expand,
    inspect,
    final,
    get successors() {
      return buffers.successors
    },
    get taken() {
      return buffers.taken
    },
  }
}

function run(
  { code, tables }: ProgramText,
  bad: (leaf: number, value: number) => never,
  buffers: Buffers,
  hosted?: readonly Hosted[],
): OwnProgram {
  const names = ['buffers', 'host', 'at', 'here', 'bad']
  const make = new Function(...names, ...tables.keys(), code)
  const own = [buffers, hosted, checkIndex, checkPresent, bad]
  return make(...own, ...tables.values())
}
