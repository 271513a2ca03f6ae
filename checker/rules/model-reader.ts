/**
 * The actions, properties and other functions of a model as trees. Each rule is read (reading/)
 * with each combination of its parameters. If its text is outside the subset, it is interpreted
 * on a view of the packed state, and the reason is kept for the report.
 *
 * Most models use few of the rules they are given. An action is dead when its guard is false in
 * every state, or when no step leads to its place (passes/dead-rules.ts). Both are computed
 * alternately until nothing new can be reached. The effect of a dead action is dropped. Its guard
 * is kept only where it may fail, because an error of the model must not go unseen.
 */
import {
  type Action,
  type Condition,
  locationOf,
  type Model,
  ModelError,
  type Rule,
} from '../model.js'
import type { Layout, Leaf } from '../state/layout.js'
import type { ReadAction, Test } from './actions.js'
import { Determinism, type Hosted } from './determinism.js'
import { PossibleNames } from './passes/dead-rules.js'
import { compare, logical, not, outcome } from './passes/fold.js'
import { writesOf } from './passes/writes.js'
import type { Library } from './reading/library.js'
import { Reader } from './reading/reader.js'
import { meaningsIn } from './scopes.js'
import { type AnyFunction, OutsideSubset } from './source.js'
import {
  anyOf,
  BOOL,
  CHANGES,
  call,
  constant,
  type Declaration,
  type Expression,
  fixedIndex,
  isConstant,
  knownValue,
  type Load,
  NO_VALUE,
  PURE,
  type RuleFunction,
  truth,
} from './tree.js'

/** How rules are run: `compiled` where their text allows it, or all `interpreted`. */
export type Execution = 'compiled' | 'interpreted'

export interface CompileOptions {
  readonly execution?: Execution
  /** Print dead actions too: slower, and the same in every reachable state. For tests of that. */
  readonly keepDead?: boolean
  /**
   * Expand this many states by functions that models share, before the model gets a program of its
   * own. 0: it gets one at once. The result is the same.
   */
  readonly commonStates?: number
}

export class ModelReader<S> {
  /** The functions behind trees without a body, in the order of the numbers in their names. */
  readonly hosted = new Map<RuleFunction, Hosted>()
  readonly reasons = new Map<string, string>()
  readonly determinism: Determinism
  private readonly reader: Reader
  private readonly foreign: ReadonlySet<unknown>
  private view: ReturnType<Layout<S>['view']> | null = null

  constructor(
    readonly model: Model<S>,
    private readonly options: CompileOptions,
  ) {
    this.determinism = new Determinism(model.layout.words)
    this.reader = new Reader(model.layout as Layout<unknown>, meaningsIn(model))
    const parts = [...model.rules, ...model.properties]
    this.foreign = new Set(parts.flatMap(({ foreign = [] }) => [...foreign]))
  }

  /** The bits of a tree's variable. */
  readonly leafOf = (variable: Declaration): Leaf => this.reader.context.leafOf(variable)
  readonly declarationOf = (leaf: Leaf): Declaration => this.reader.context.declarationOf(leaf)

  /** Where the functions come from that have been read. */
  get library(): Library {
    return this.reader.context.library
  }

  /** All actions, in their order. */
  actions(actions: readonly Action<S>[]): readonly ReadAction[] {
    const { layout, init } = this.model
    const names = new PossibleNames(
      layout as Layout<never>,
      init.map((state) => layout.encode(state)),
    )
    if (this.options.keepDead) names.add(null)
    const read: ReadAction[] = []
    let waiting = actions.map((action, number) => ({ action, number, tests: this.tests(action) }))
    for (let before = -1; before !== read.length; ) {
      before = read.length
      const isReached = ({ tests }: (typeof waiting)[number]) =>
        tests.every(({ leaf: { path }, index, value }) => names.has({ path, index }, value))
      const reached = waiting.filter(isReached)
      waiting = waiting.filter((one) => !isReached(one))
      for (const { action, number, tests } of reached) {
        const one = this.action(action, number, tests)
        read.push(one)
        if (one.effect) names.add(one.effect.body && writesOf(one.effect))
      }
    }
    const out = waiting.map(({ number, tests }) => ({ number, tests, guard: null, effect: null }))
    return [...read, ...out].sort((one, other) => one.number - other.number)
  }

  private action(
    { rule, parameters }: Action<S>,
    number: number,
    tests: readonly Test[],
  ): ReadAction {
    const guard = this.guard(rule, parameters)
    if (outcome(guard) === false && !this.options.keepDead)
      return { number, guard: guard.effect === PURE ? null : guard, effect: null, tests }
    const effect = this.function(rule.name, rule.effect, parameters, 'effect')
    return { number, guard, effect, tests }
  }

  private guard(rule: Rule<S>, parameters: readonly number[]): Expression {
    const asked = (fn: Condition<S>) => this.condition(rule.name, fn, parameters)
    const conjuncts = [
      ...(rule.at === undefined ? [] : [this.isAt(rule, rule.at, parameters)]),
      ...(rule.guard ? [asked(rule.guard)] : []),
      ...(rule.unless ?? []).map((condition) => not(asked(condition))),
    ]
    return conjuncts.reduce((all, one) => logical('&&', all, one), truth(true) as Expression)
  }

  /** The value of a condition. */
  private condition(name: string, fn: Condition<S>, parameters: readonly number[]): Expression {
    const { callee, result } = this.read(name, fn, parameters, 'condition')
    const value = knownValue(result)
    return value !== null && callee.effect === PURE ? truth(value === 1) : call(callee, result, [])
  }

  /** Is the model's location, for these parameters, this one? */
  private isAt(rule: Rule<S>, at: string, parameters: readonly number[]): Expression {
    const location = locationOf(this.model, rule)
    if (this.options.execution !== 'interpreted') {
      try {
        return this.locationTest(location, at, parameters)
      } catch (error) {
        if (!(error instanceof OutsideSubset)) throw error
        this.reasons.set('location', error.message)
      }
    }
    const isAt = (s: S) => location(s, ...parameters) === at
    return call(this.host('location', isAt, 'condition'), anyOf(BOOL), [])
  }

  /** @throws ModelError when `at` is not among the names of the location. */
  private locationTest(location: AnyFunction, at: string, parameters: readonly number[]) {
    const { fn, result } = this.reader.readName(location, parameters)
    const { type } = result
    const names = type.kind === 'name' ? type.names : []
    const [only] = fn.body ?? []
    const variable = only?.kind === 'return' && only.value?.kind === 'load' ? only.value : null
    const value = names.indexOf(at)
    if (value < 0) {
      const where = variable?.variable.path ?? 'the location'
      throw new ModelError(`\`at: '${at}'\` is no place: ${where} is ${names.join(' | ')}`)
    }
    return compare('===', variable ?? call(fn, result, []), constant(value, type))
  }

  /** The variables that the dispatcher may switch on; none when rules are interpreted. */
  private tests({ rule, parameters }: Action<S>): readonly Test[] {
    const { at, guard } = rule
    if (this.options.execution === 'interpreted') return []
    // Where the actor is says enough: what else a guard begins with need not be looked for.
    const location =
      at === undefined ? [] : this.testsIn(() => this.locationOf(rule, at, parameters))
    if (location.length > 0 || !guard || this.foreign.has(guard)) return location
    return this.testsIn(() => this.returnedBy(guard, parameters))
  }

  private locationOf(rule: Rule<S>, at: string, parameters: readonly number[]): Expression {
    return this.locationTest(locationOf(this.model, rule), at, parameters)
  }

  /** The value of a condition, if no code that runs before it can fail. */
  private returnedBy(fn: Condition<S>, parameters: readonly number[]): Expression | null {
    const { body } = this.reader.read(fn, parameters, 'condition').fn
    const last = body?.find(({ kind, effect }) => kind !== 'define' || effect !== PURE)
    return last?.kind === 'return' ? last.value : null
  }

  private testsIn(read: () => Expression | null): readonly Test[] {
    try {
      const condition = read()
      return condition ? this.equalities(condition) : []
    } catch (error) {
      if (error instanceof OutsideSubset) return []
      throw error
    }
  }

  /**
   * The conjuncts that compare a variable at a known place with a known value. Only those that are
   * reached before anything can fail: a failing guard is an error of the model.
   */
  private equalities(node: Expression): readonly Test[] {
    if (node.kind !== 'operation') return []
    const [left, right] = node.operands
    if (node.operator === '&&') {
      const first = this.equalities(left)
      return left.effect === PURE ? [...first, ...this.equalities(right)] : first
    }
    if (node.operator !== '===' || left.kind !== 'load' || !isConstant(right)) return []
    const index = fixedIndex(left.variable, left.indices)
    if (index === null) return []
    return [{ leaf: this.leafOf((left as Load).variable), index, value: right.value }]
  }

  /**
   * The tree of a function that does what `fn` does to a state.
   * @param name what the report calls it.
   */
  function(
    name: string,
    fn: AnyFunction,
    parameters: readonly number[],
    as: 'condition' | 'effect',
  ): RuleFunction {
    return this.read(name, fn, parameters, as).callee
  }

  private read(
    name: string,
    fn: AnyFunction,
    parameters: readonly number[],
    as: 'condition' | 'effect',
  ) {
    if (this.options.execution !== 'interpreted') {
      try {
        if (this.foreign.has(fn)) throw new OutsideSubset('comes from outside the model')
        const { fn: callee, result } = this.reader.read(fn, parameters, as)
        return { callee, result }
      } catch (error) {
        if (!(error instanceof OutsideSubset)) throw error
        this.reasons.set(name, error.message)
      }
    }
    const callee = this.host(name, (s) => fn(s, ...parameters), as)
    return { callee, result: anyOf(callee.type) }
  }

  /**
   * A function that runs `fn` as it stands on a view of the state. A condition that changes the
   * state would change what is being expanded: it gets a view that refuses.
   */
  private host(name: string, fn: (s: S) => unknown, as: 'condition' | 'effect'): RuleFunction {
    this.view ??= this.model.layout.view()
    const { view } = this
    const isCondition = as === 'condition'
    const run: Hosted = (a, o) => {
      view.bind(a, o, isCondition)
      const result = fn(view.state)
      return isCondition ? (result ? 1 : 0) : undefined
    }
    const made: RuleFunction = {
      name: `host[${this.hosted.size}]`,
      called: fn.name,
      parameters: [],
      body: null,
      type: isCondition ? BOOL : NO_VALUE,
      effect: CHANGES,
    }
    this.hosted.set(made, this.determinism.checked(name, run))
    return made
  }
}
