/**
 * From a model to fast functions on packed states: the printed actions (instances.ts), properties
 * and final condition put together into one program.
 */

import { type Action, actionsOf, type Condition, type Model } from '../model.js'
import { AccessError, type Layout, outOfRange } from '../state/layout.js'
import { validate } from '../validate.js'
import { dispatch, type Instance } from './dispatch.js'
import { Inliner, wordsIn } from './inline.js'
import { inspection } from './inspect.js'
import { type CompileOptions, Instances, type Printed } from './instances.js'

/** A condition on the packed state at `a[o]`. */
export type PackedCondition = (a: Int32Array, o: number) => boolean

/** What a search runs for every state. Vectors are `layout.words` long, at the given offset. */
export interface Expansion {
  /**
   * Writes all successors of the state at `source[from]` one after the other into `successors`
   * and the action numbers into `taken`, behind the `before` that are there; both are replaced by
   * larger ones when too small.
   * @returns how many there are, those before included.
   * @throws whatever a rule throws; `failingAction` then tells which action it is.
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
  /** Guards by action number; false for dead actions, whatever the state. */
  readonly enabled: readonly PackedCondition[]
  /** Effects by action number; they change the vector in place. Those of dead actions throw. */
  readonly apply: readonly ((a: Int32Array, o: number) => void)[]
  /** The values of properties, in the order of `model.properties`. */
  readonly holds: readonly PackedCondition[]
  /** Where `eventually` properties ask for it, likewise; null where a property does not say. */
  readonly from: readonly (PackedCondition | null)[]
  /** What runs as it stands, with the reason. */
  readonly interpreted: readonly { rule: string; reason: string }[]
  /** The generated program. */
  readonly program: ProgramText
}

/** Prepares a model for exploration. @throws ModelError when the model is malformed. */
export function compile<S>(model: Model<S>, options: CompileOptions = {}): CompiledModel<S> {
  validate(model)
  const { layout } = model
  const actions = actionsOf(model)
  const printer = new Instances(model, options)
  const instances = printer.of(actions)
  const live = new Set(instances.filter(({ effect }) => effect).map(({ number }) => number))
  const condition = (name: string, fn: Condition<S>) => printer.function(name, fn, [], 'condition')
  const properties = model.properties.map(({ name, holds }) => condition(name, holds))
  const from = model.properties.map((p) => (p.from ? condition(p.name, p.from) : null))
  const final = condition('final', model.final)
  const buffers = newBuffers(layout.words)
  const { code: inspect, tables } = inspection(model, properties, printer)
  const body = [
    'const never = () => false',
    'const impossible = () => { throw new Error("no reachable state enables this action") }',
    expandBody(instances, new Inliner(printer.program().functions, layout.words), layout.words),
    inspect,
    'return {',
    '  expand,',
    `  ...${actionFunctions(actions.length, instances)},`,
    `  holds: [${properties.map(packed).join(', ')}],`,
    `  from: [${from.map((printed) => (printed ? packed(printed) : 'null')).join(', ')}],`,
    '  inspect,',
    `  final: ${packed(final)},`,
    '}',
  ]
  const { made, program } = link<Made, S>(printer, layout, body, { buffers, tables })
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
    interpreted: [...printer.reasons].map(([rule, reason]) => ({ rule, reason })),
    program,
  }
}

/** A condition that is not part of a model, on its packed states. */
export function compileCondition<S>(
  model: Model<S>,
  condition: Condition<S>,
  parameters: readonly number[],
): PackedCondition {
  const printer = new Instances(model, {})
  const printed = printer.function('condition', condition, parameters, 'condition')
  return link<PackedCondition, S>(printer, model.layout, [`return ${packed(printed)}`]).made
}

function packed({ name }: Printed): string {
  return `(a, o) => !!${name}(a, o)`
}

/** What printed functions call by these names in every language they are printed in. */
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

/** Makes a program of what was printed and a body that uses it, and returns what the body does. */
export function link<R, S>(
  printer: Instances<S>,
  layout: Layout<S>,
  body: readonly string[],
  own: { buffers?: Buffers; tables?: ReadonlyMap<string, Int32Array> } = {},
): { made: R; program: ProgramText } {
  const { tables, code: functions } = printer.program()
  const code = ['"use strict"', ...ARITHMETIC, ...functions, ...body].join('\n')
  const program = { code, tables: new Map([...tables, ...(own.tables ?? [])]) }
  const bad = (leaf: number, value: number) => {
    throw outOfRange(layout.leaves[leaf], value)
  }
  return { made: run(program, bad, own.buffers, printer.hosted), program }
}

/** What another thread needs of a model of which nothing runs as it stands. */
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
  hosted?: readonly unknown[],
): R {
  const names = ['buffers', 'host', 'at', 'here', 'bad']
  const make = new Function(...names, ...tables.keys(), code)
  const own = [buffers, hosted, checkIndex, checkPresent, bad]
  return make(...own, ...tables.values())
}

/** Guards and effects by action number. */
function actionFunctions(count: number, instances: readonly Instance[]): string {
  const enabled = new Array(count).fill('never')
  const apply = new Array(count).fill('impossible')
  for (const { number, guard, effect } of instances) {
    if (guard) enabled[number] = `(a, o) => !!(${guard})`
    if (effect) apply[number] = effect
  }
  return `{ enabled: [${enabled.join(', ')}], apply: [${apply.join(', ')}] }`
}

function expandBody(instances: readonly Instance[], inliner: Inliner, words: number): string {
  const most = instances.filter(({ effect }) => effect !== null).length
  const copy = Array.from({ length: words }, (_, i) => `b[p + ${i}] = a[o + ${i}]`)
  // One function for each group: none of them becomes too large to be compiled well.
  const groups = dispatch(instances, inliner, words).map((code, i) => [
    `function group${i}(a, o, n) {`,
    'const b = buffers.successors, taken = buffers.taken',
    ...wordsIn(code).map((word) => `const s${word} = a[o + ${word}];`),
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

/** What the generated program returns. */
type Made = Pick<
  CompiledModel<unknown>,
  'expand' | 'enabled' | 'apply' | 'holds' | 'from' | 'inspect' | 'final'
>

function failingAction<S>(
  actions: readonly Action<S>[],
  layout: Layout<S>,
  made: Made,
  source: Int32Array,
  from: number,
): { action: Action<S>; error: unknown } | null {
  for (const [i, action] of actions.entries()) {
    const scratch = source.slice(from, from + layout.words)
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
