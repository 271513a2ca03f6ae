/**
 * From a model to fast functions on packed states.
 *
 * Every rule, property and final condition is translated (translate.ts); what lies outside the
 * subset runs as it stands on a view of the packed state, with the reason kept for the report.
 * Guards are reached through a switch on the variable that most of them test first (a program
 * counter, usually), so that a state is asked only about steps its threads may be at.
 */
import { dispatch, type Instance, type Test } from './dispatch.js'
import { AccessError, type Layout, type Leaf, outOfRange } from './layout.js'
import {
  type Action,
  actionsOf,
  type Condition,
  locationOf,
  type Model,
  type Rule,
} from './model.js'
import { OutsideSubset } from './source.js'
import { Translator } from './translate.js'

/** A model ready to run. Vectors are `layout.words` long and start at the given offset. */
export interface CompiledModel<S> {
  readonly model: Model<S>
  readonly actions: readonly Action<S>[]
  /**
   * Writes all successors of the state at `source[from]` one after the other into `successors`
   * and the action numbers into `taken`; both are replaced by larger ones when too small.
   * @returns how many there are.
   * @throws whatever a rule throws; `failingAction` then tells which action it is.
   */
  expand(source: Int32Array, from: number): number
  readonly successors: Int32Array
  readonly taken: Int32Array
  /** The first action whose guard or effect throws in this state, with its error; null if none. */
  failingAction(source: Int32Array, from: number): { action: Action<S>; error: unknown } | null
  /** Guards by action number. */
  readonly enabled: readonly ((a: Int32Array, o: number) => boolean)[]
  /** Effects by action number; they change the vector in place. */
  readonly apply: readonly ((a: Int32Array, o: number) => void)[]
  /** The values of properties, in the order of `model.properties`. */
  readonly holds: readonly ((a: Int32Array, o: number) => boolean)[]
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
  readonly final: (a: Int32Array, o: number) => boolean
  /** What runs as it stands, with the reason. */
  readonly interpreted: readonly { rule: string; reason: string }[]
  /** The generated program, for reading. */
  readonly code: string
}

type Packed<R> = (a: Int32Array, o: number) => R

/** How rules are run: `compiled` where their text allows it, or all `interpreted`. */
export type Execution = 'compiled' | 'interpreted'

/** Prepares a model for exploration. @throws Error when the model is malformed. */
export function compile<S>(model: Model<S>, execution: Execution = 'compiled'): CompiledModel<S> {
  return new Compiler(model, execution).result()
}

class Compiler<S> {
  private readonly translator: Translator
  private readonly view: ReturnType<Layout<S>['view']>
  private readonly hosted: Packed<unknown>[] = []
  private readonly reasons = new Map<string, string>()
  private readonly actions: Action<S>[]
  private readonly foreign: ReadonlySet<unknown>

  constructor(
    private readonly model: Model<S>,
    private readonly execution: Execution,
  ) {
    this.translator = new Translator(model.layout as Layout<unknown>, model.vocabulary ?? {})
    this.view = model.layout.view()
    this.actions = actionsOf(model)
    this.foreign = new Set(model.rules.flatMap((rule) => [...(rule.foreign ?? [])]))
  }

  result(): CompiledModel<S> {
    const { model, actions } = this
    const instances = actions.map((action, number) => this.instance(action, number))
    const properties = model.properties.map(({ name, holds }) =>
      this.function(name, holds, [], 'condition'),
    )
    const final = this.function('final', model.final, [], 'condition').name
    const body = this.expandBody(instances)
    const { functions, accessorFunctions, tables } = this.translator
    const list = (names: readonly string[]) => `[${names.join(', ')}]`
    const predicates = (names: readonly string[]) =>
      list(names.map((f) => `(a, o) => !!${f}(a, o)`))
    const code = [
      '"use strict"',
      ...accessorFunctions,
      ...functions,
      body,
      this.inspectBody(properties),
      'return {',
      '  expand,',
      `  enabled: ${list(instances.map((i) => `(a, o) => !!(${i.guard})`))},`,
      `  apply: ${list(instances.map((i) => i.effect))},`,
      `  holds: ${predicates(properties.map((p) => p.name))},`,
      '  inspect,',
      `  final: (a, o) => !!${final}(a, o),`,
      '}',
    ].join('\n')
    const { layout } = model
    const buffers: Buffers = {
      successors: new Int32Array(64 * layout.words),
      taken: new Int32Array(64),
      grow() {
        buffers.successors = doubled(buffers.successors)
        buffers.taken = doubled(buffers.taken)
      },
    }
    const make = new Function('buffers', 'host', 'at', 'here', 'bad', ...tables.keys(), code)
    const made: Made = make(
      buffers,
      this.hosted,
      checkIndex,
      checkPresent,
      (leaf: number, value: number) => {
        throw outOfRange(layout.leaves[leaf], value)
      },
      ...tables.values(),
    )
    return {
      model,
      actions,
      ...made,
      get successors() {
        return buffers.successors
      },
      get taken() {
        return buffers.taken
      },
      failingAction: (source, from) => failingAction(actions, layout, made, source, from),
      interpreted: [...this.reasons].map(([rule, reason]) => ({ rule, reason })),
      code,
    }
  }

  private instance(action: Action<S>, number: number): Instance {
    const { rule, parameters } = action
    return {
      number,
      guard: this.guard(rule, parameters),
      effect: this.function(rule.name, rule.effect, parameters, 'effect').name,
      tests: this.tests(rule, parameters),
    }
  }

  /** An expression over `a` and `o`. */
  private guard(rule: Rule<S>, parameters: readonly number[]): string {
    const call = (fn: Condition<S>) =>
      `${this.function(rule.name, fn, parameters, 'condition').name}(a, o)`
    const conditions = [
      ...(rule.at === undefined ? [] : [this.locationTest(rule, rule.at, parameters)]),
      ...(rule.guard ? [call(rule.guard)] : []),
      ...(rule.unless ?? []).map((condition) => `!${call(condition)}`),
    ]
    return conditions.join(' && ') || 'true'
  }

  private locationTest(rule: Rule<S>, at: string, parameters: readonly number[]): string {
    const location = locationOf(this.model, rule)
    if (this.execution === 'compiled') {
      try {
        return this.translator.locationTest(location, parameters, at)
      } catch (error) {
        if (!(error instanceof OutsideSubset)) throw error
        this.reasons.set('location', error.message)
      }
    }
    return `${this.host((s) => location(s, ...parameters) === at, 'condition')}(a, o)`
  }

  /** What the dispatcher may switch on; nothing when rules are to run as they stand. */
  private tests(rule: Rule<S>, parameters: readonly number[]): readonly Test[] {
    if (this.execution === 'interpreted') return []
    const at = rule.at === undefined ? [] : this.locationTests(rule, rule.at, parameters)
    return rule.guard && !rule.foreign
      ? [...at, ...this.translator.discriminators(rule.guard, parameters)]
      : at
  }

  private locationTests(rule: Rule<S>, at: string, parameters: readonly number[]): readonly Test[] {
    const location = locationOf(this.model, rule)
    try {
      return this.translator.locationDiscriminators(location, parameters, at)
    } catch (error) {
      if (!(error instanceof OutsideSubset)) throw error
      return []
    }
  }

  /**
   * The name of a function `(a, o)` that does what `fn` does to a state, and the variables it may
   * look at; null when that is not known.
   */
  private function(
    name: string,
    fn: (s: S, ...parameters: number[]) => unknown,
    parameters: readonly number[],
    as: 'condition' | 'effect',
  ): { name: string; reads: ReadonlySet<Leaf> | null } {
    if (this.execution === 'compiled') {
      try {
        if (this.foreign.has(fn)) throw new OutsideSubset('comes from outside the model')
        return this.translator.translate(fn as never, parameters, as)
      } catch (error) {
        if (!(error instanceof OutsideSubset)) throw error
        this.reasons.set(name, error.message)
      }
    }
    return { name: this.host((s) => fn(s, ...parameters), as), reads: null }
  }

  /**
   * The name of a function `(a, o)` that runs `fn` as it stands on a view of the state. A condition
   * that changes the state would change what is being expanded: it gets a view that refuses.
   */
  private host(fn: (s: S) => unknown, as: 'condition' | 'effect'): string {
    const { view } = this
    this.hosted.push((a, o) => {
      view.bind(a, o, as === 'condition')
      return fn(view.state)
    })
    return `host[${this.hosted.length - 1}]`
  }

  private inspectBody(
    properties: readonly { name: string; reads: ReadonlySet<Leaf> | null }[],
  ): string {
    const { layout, properties: declared } = this.model
    const differences = Array.from(
      { length: layout.words },
      (_, i) => `const x${i} = a[o + ${i}] ^ other[p + ${i}]`,
    )
    const looks = properties.map(({ name, reads }, i) => {
      const news = `${declared[i].kind === 'always' ? '!' : ''}${name}(a, o)`
      return `if (watched[${i}] === 1 && (${touches(reads)}) && ${news}) found[n++] = ${i}`
    })
    return [
      'function inspect(a, o, other, p, watched, found) {',
      'let n = 0',
      ...differences,
      ...looks,
      'return n',
      '}',
    ].join('\n')
  }

  private expandBody(instances: readonly Instance[]): string {
    const { words } = this.model.layout
    const copy = Array.from({ length: words }, (_, i) => `b[p + ${i}] = a[o + ${i}]`)
    return [
      'let n = 0, p = 0, b = buffers.successors, taken = buffers.taken',
      'function next(a, o, action) {',
      'if (n === taken.length) { buffers.grow(); b = buffers.successors; taken = buffers.taken }',
      `p = n * ${words}`,
      ...copy,
      'taken[n++] = action',
      '}',
      'function expand(a, o) {',
      'n = 0',
      dispatch(instances),
      'return n',
      '}',
    ].join('\n')
  }
}

interface Buffers {
  successors: Int32Array
  taken: Int32Array
  grow(): void
}

/** What the generated program returns. */
type Made = Pick<
  CompiledModel<unknown>,
  'expand' | 'enabled' | 'apply' | 'holds' | 'inspect' | 'final'
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

/** Code for: do the words `x0, x1 ...`, the differences of two states, touch these variables? */
function touches(reads: ReadonlySet<Leaf> | null): string {
  if (reads === null) return 'true'
  const masks = new Map<number, number>()
  for (const { width, position } of reads)
    if (width > 0)
      for (const bit of position) {
        const mask = (2 ** width - 1) << (bit & 31)
        masks.set(bit >> 5, (masks.get(bit >> 5) ?? 0) | mask)
      }
  // What reads nothing is looked at once, in the initial states: those differ in all bits.
  return [...masks].map(([word, mask]) => `x${word} & ${mask}`).join(' | ') || 'x0 === -1'
}

function checkIndex(index: number, length: number, path: string): number {
  if (index >= 0 && index < length) return index
  throw new AccessError(`${path} has no element ${index}: it has ${length}`)
}

function checkPresent(value: number, path: string): number {
  if (value !== -(2 ** 31)) return value
  throw new AccessError(`${path} has no such element`)
}
