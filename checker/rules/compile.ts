/**
 * From a model to fast functions on packed states: its actions, properties and final condition as
 * trees (model-reader.ts), printed and put together into one program.
 */

import { type Action, actionsOf, type Condition, type Model } from '../model.js'
import { AccessError, type Leaf, outOfRange } from '../state/layout.js'
import { validate } from '../validate.js'
import type { Hosted } from './determinism.js'
import { type CompileOptions, ModelReader, type ReadAction } from './model-reader.js'
import { Code, JAVASCRIPT } from './print/code.js'
import { dispatch } from './print/dispatch.js'
import {
  type PrintedFunctions,
  positionsIn,
  printFunctions,
  type Storage,
  withCallees,
} from './print/functions.js'
import { Inliner } from './print/inliner.js'
import { inspection } from './print/property-checks.js'
import type { Declaration, Expression, RuleFunction } from './tree.js'
import { forEach } from './visit.js'

/** A condition on the packed state at `a[o]`. */
export type PackedCondition = (a: Int32Array, o: number) => boolean

/** Code that a search runs for every state. Vectors have `layout.words` words, from an offset. */
export interface Expansion {
  /**
   * Writes all successors of the state at `source[from]` one after the other into `successors`
   * and the action numbers into `taken`, behind the `before` that are there; both are replaced by
   * larger ones when too small.
   * @returns how many there are, those before included.
   * @throws the error of a rule; `failingAction` then returns the action.
   */
  expand(source: Int32Array, from: number, before?: number): number
  readonly successors: Int32Array
  readonly taken: Int32Array
  /**
   * Looks at a state with the properties whose value can differ from that in another state, which
   * is known to be as expected: those whose source reads a variable in which the two differ (what
   * runs interpreted may read anything). Writes the numbers of `always` properties that are false
   * and of `sometimes` properties that are true into `found`, if they are `watched`.
   * @returns how many it wrote.
   */
  inspect(
    a: Int32Array,
    o: number,
    other: Int32Array,
    p: number,
    watched: Uint8Array,
    found: Int32Array,
  ): number
  readonly final: PackedCondition
}

/** A model ready to run. */
export interface CompiledModel<S> extends Expansion {
  readonly model: Model<S>
  readonly actions: readonly Action<S>[]
  /** The first action whose guard or effect throws in this state, with its error; null if none. */
  failingAction(source: Int32Array, from: number): { action: Action<S>; error: unknown } | null
  /** Actions that no reachable state enables, as their source shows: they are not compiled. */
  readonly dead: readonly Action<S>[]
  /** Guards by action number. The guard of a dead action is false in every state. */
  readonly enabled: readonly PackedCondition[]
  /** Effects by action number; they change the vector in place. Those of dead actions throw. */
  readonly apply: readonly ((a: Int32Array, o: number) => void)[]
  /** The values of properties, in the order of `model.properties`. */
  readonly holds: readonly PackedCondition[]
  /** The `from` conditions of `eventually` properties, likewise; null where there is none. */
  readonly from: readonly (PackedCondition | null)[]
  /** @throws NondeterminismError when an interpreted function gave different answers. */
  readonly confirmDeterminism: () => void
  /** Rules and functions that are interpreted, with the reason. */
  readonly interpreted: readonly { rule: string; reason: string }[]
  /** The generated program. */
  readonly program: ProgramText
}

/** Prepares a model for exploration. @throws ModelError when the model is malformed. */
export function compile<S>(model: Model<S>, options: CompileOptions = {}): CompiledModel<S> {
  validate(model)
  const { layout } = model
  const actions = actionsOf(model)
  const reader = new ModelReader(model, options)
  const read = reader.actions(actions)
  const live = new Set(read.filter(({ effect }) => effect).map(({ number }) => number))
  const condition = (name: string, fn: Condition<S>) => reader.function(name, fn, [], 'condition')
  const properties = model.properties.map(({ name, holds }) => condition(name, holds))
  const from = model.properties.map((p) => (p.from ? condition(p.name, p.from) : null))
  const final = condition('final', model.final)
  const buffers = newBuffers(layout.words)
  const { code: inspect, tables } = inspection(model, properties, reader.leafOf)
  const printer = new ProgramPrinter(reader)
  const { functions, body: actionFunctions } = printer.actions(actions.length, read)
  const positionOf = (variable: Declaration, index: number) =>
    reader.leafOf(variable).position[index]
  const body = [
    'const never = () => false',
    'const impossible = () => { throw new Error("no reachable state enables this action") }',
    expandBody(read, new Inliner(positionOf, layout.words), layout.words),
    inspect,
    'return {',
    '  expand,',
    `  ...${actionFunctions},`,
    `  holds: [${properties.map(packed).join(', ')}],`,
    `  from: [${from.map((fn) => (fn ? packed(fn) : 'null')).join(', ')}],`,
    '  inspect,',
    `  final: ${packed(final)},`,
    '}',
  ]
  const used = [...functions, ...properties, ...from.filter((fn) => fn !== null), final]
  const { made, program } = printer.link<Made>(used, body, { buffers, tables })
  return {
    model,
    actions,
    dead: actions.filter((_, number) => !live.has(number)),
    ...made,
    get successors() {
      return buffers.successors
    },
    get taken() {
      return buffers.taken
    },
    failingAction: (source, from) => failingAction(actions, layout, made, source, from),
    confirmDeterminism: () => reader.determinism.confirm(),
    interpreted: [...reader.reasons].map(([rule, reason]) => ({ rule, reason })),
    program,
  }
}

/** A condition that is not part of a model, on its packed states. */
export function compileCondition<S>(
  model: Model<S>,
  condition: Condition<S>,
  parameters: readonly number[],
): PackedCondition {
  const reader = new ModelReader(model, {})
  const fn = reader.function('condition', condition, parameters, 'condition')
  const body = [`return ${packed(fn)}`]
  return new ProgramPrinter(reader).link<PackedCondition>([fn], body).made
}

function packed({ name }: RuleFunction): string {
  return `(a, o) => !!${name}(a, o)`
}

/** Functions that printed code calls. They have these names in every language. */
const ARITHMETIC = [
  'const quotient = (x, y) => Math.floor(x / y)',
  'const smaller = (x, y) => Math.min(x, y)',
  'const larger = (x, y) => Math.max(x, y)',
]

/** A program as data: it can be handed to another thread. */
export interface ProgramText {
  readonly code: string
  readonly tables: ReadonlyMap<string, Int32Array>
}

/** Makes programs of the functions of a model. */
export class ProgramPrinter<S> {
  private readonly storage: Storage
  private readonly javascript: Code

  constructor(private readonly reader: ModelReader<S>) {
    const { leafOf, model } = reader
    const { leaves } = model.layout
    this.storage = { leafOf, numberOf: (leaf: Leaf) => leaves.indexOf(leaf) }
    this.javascript = new Code(JAVASCRIPT, positionsIn(this.storage))
  }

  /** An object of guards and effects by action number, and the functions that it calls. */
  actions(
    count: number,
    actions: readonly ReadAction[],
  ): { readonly functions: readonly RuleFunction[]; readonly body: string } {
    const functions: RuleFunction[] = []
    const enabled = new Array(count).fill('never')
    const apply = new Array(count).fill('impossible')
    for (const { number, guard, effect } of actions) {
      if (guard) {
        enabled[number] = `(a, o) => ${this.javascript.condition(guard)}`
        functions.push(...calledIn(guard))
      }
      if (!effect) continue
      apply[number] = effect.name
      functions.push(effect)
    }
    return { functions, body: `{ enabled: [${enabled.join(', ')}], apply: [${apply.join(', ')}] }` }
  }

  /** Makes a program of functions and a body that uses them, and returns what the body does. */
  link<R>(
    functions: readonly RuleFunction[],
    body: readonly string[],
    own: { buffers?: Buffers; tables?: ReadonlyMap<string, Int32Array> } = {},
  ): { made: R; program: ProgramText } {
    const { hosted, model } = this.reader
    const { tables, code: texts } = this.print(functions)
    const code = ['"use strict"', ...ARITHMETIC, ...texts, ...body].join('\n')
    const program = { code, tables: new Map([...tables, ...(own.tables ?? [])]) }
    const bad = (leaf: number, value: number) => {
      throw outOfRange(model.layout.leaves[leaf], value)
    }
    return { made: run(program, bad, own.buffers, hosted), program }
  }

  private print(functions: readonly RuleFunction[]): PrintedFunctions {
    return printFunctions(withCallees(functions), this.storage)
  }
}

/** The functions that an expression calls itself. */
export function calledIn(node: Expression): readonly RuleFunction[] {
  const called: RuleFunction[] = []
  forEach(node, (one) => {
    if (one.kind === 'call') called.push(one.callee)
  })
  return called
}

/** The parts of a fully compiled model that another thread needs. */
export function expansionOf(program: ProgramText, words: number): Expansion {
  const buffers = newBuffers(words)
  const bad = () => {
    throw new AccessError('a value out of its range')
  }
  const { expand, inspect, final } = run<Expansion>(program, bad, buffers)
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

function run<R>(
  { code, tables }: ProgramText,
  bad: (leaf: number, value: number) => never,
  buffers?: Buffers,
  hosted?: readonly Hosted[],
): R {
  const names = ['buffers', 'host', 'at', 'here', 'bad']
  const make = new Function(...names, ...tables.keys(), code)
  const own = [buffers, hosted, checkIndex, checkPresent, bad]
  return make(...own, ...tables.values())
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

interface Buffers {
  successors: Int32Array
  taken: Int32Array
  grow(): void
}

function newBuffers(words: number): Buffers {
  const buffers = {
    successors: new Int32Array(64 * words),
    taken: new Int32Array(64),
    grow() {
      buffers.successors = doubled(buffers.successors)
      buffers.taken = doubled(buffers.taken)
    },
  }
  return buffers
}

/** The result of the generated program. */
type Made = Pick<
  CompiledModel<unknown>,
  'expand' | 'enabled' | 'apply' | 'holds' | 'from' | 'inspect' | 'final'
>

function failingAction<S>(
  actions: readonly Action<S>[],
  { words }: { readonly words: number },
  made: Made,
  source: Int32Array,
  from: number,
): { action: Action<S>; error: unknown } | null {
  for (const [i, action] of actions.entries()) {
    const scratch = source.slice(from, from + words)
    try {
      if (made.enabled[i](scratch, 0)) made.apply[i](scratch, 0)
    } catch (error) {
      return { action, error }
    }
  }
  return null
}

function doubled(old: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(old.length * 2)
  larger.set(old)
  return larger
}

function checkIndex(index: number, length: number, path: string): number {
  if (index >= 0 && index < length) return index
  throw new AccessError(`${path} has no element ${index}: it has ${length}`)
}

function checkPresent(value: number, path: string): number {
  if (value !== -(2 ** 31)) return value
  throw new AccessError(`${path} has no such element`)
}
