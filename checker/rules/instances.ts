/**
 * The actions of a model as printed code: each rule with each combination of its parameters,
 * translated (translate.ts), or run as it stands on a view of the packed state where its text lies
 * outside the subset, with the reason kept for the report.
 *
 * Most models use few of the rules they are given. An action is dead when its guard is false
 * whatever the state, or when it stands at a place that no step leads to (reach.ts); the two are
 * looked at in turn until nothing new can be reached. Of a dead action nothing is printed, but for
 * what of its guard may fail: an error of the model must not go unseen.
 */

import { type Action, type Condition, locationOf, type Model, type Rule } from '../model.js'
import type { Layout } from '../state/layout.js'
import type { Instance, Test } from './dispatch.js'
import { Reach } from './passes/dead-rules.js'
import { OutsideSubset } from './source.js'
import { type Program, programOf } from './translate/program.js'
import type { Helper, Reads } from './translate/types.js'
import { Translator } from './translate.js'

/** How rules are run: `compiled` where their text allows it, or all `interpreted`. */
export type Execution = 'compiled' | 'interpreted'

export interface CompileOptions {
  readonly execution?: Execution
  /** Print dead actions too: slower, and the same in every reachable state. For tests of that. */
  readonly keepDead?: boolean
}

type Hosted = (a: Int32Array, o: number) => unknown

/** A printed function `(a, o)`; what is not known of it may be anything. */
export interface Printed {
  readonly name: string
  /** The variables it may look at; null when that is not known. */
  readonly reads: Reads | null
  readonly writes: Helper['writes'] | null
  /** Its value as a condition, where that is known beforehand. */
  readonly is: boolean | null
  /** May it fail or change the state? */
  readonly acts: boolean
}

export class Instances<S> {
  readonly translator: Translator
  private readonly printed = new Set<string>()
  /** What the printed code calls `host`: functions that run as they stand. */
  readonly hosted: Hosted[] = []
  readonly reasons = new Map<string, string>()
  private readonly foreign: ReadonlySet<unknown>
  private view: ReturnType<Layout<S>['view']> | null = null

  constructor(
    private readonly model: Model<S>,
    private readonly options: CompileOptions,
  ) {
    this.translator = new Translator(model.layout as Layout<unknown>, model.vocabulary ?? {})
    this.foreign = new Set(model.rules.flatMap((rule) => [...(rule.foreign ?? [])]))
  }

  /** All actions, in their order. */
  of(actions: readonly Action<S>[]): readonly Instance[] {
    const { layout, init } = this.model
    const reach = new Reach(
      layout as Layout<never>,
      init.map((state) => layout.encode(state)),
    )
    if (this.options.keepDead) reach.add(null)
    const instances: Instance[] = []
    let waiting = actions.map((action, number) => ({ action, number, tests: this.tests(action) }))
    for (let met = -1; met !== instances.length; ) {
      met = instances.length
      waiting = waiting.filter(({ action, number, tests }) => {
        if (!tests.every((test) => reach.has(test, test.value))) return true
        const { writes, ...instance } = this.instance(action, number, tests)
        instances.push(instance)
        reach.add(writes)
        return false
      })
    }
    const out = waiting.map(({ number, tests }) => ({ number, tests, guard: null, effect: null }))
    return [...instances, ...out].sort((one, other) => one.number - other.number)
  }

  private instance(
    { rule, parameters }: Action<S>,
    number: number,
    tests: readonly Test[],
  ): Instance & { writes: Printed['writes'] } {
    const parts = this.guard(rule, parameters)
    const all = parts.map((part) => part.code).join(' && ')
    const last = parts.findIndex(({ is }) => is === false)
    if (last >= 0 && !this.options.keepDead) {
      // What is false for sure is asked only for what may fail on the way there.
      const asked = parts.slice(0, last + 1).filter(({ is, acts }) => is === null || acts)
      const code = asked.map((part) => `${part.code} && `).join('')
      const guard = asked.some(({ acts }) => acts) ? `${code}false` : null
      return { number, guard, effect: null, tests, writes: [] }
    }
    const { name, writes } = this.function(rule.name, rule.effect, parameters, 'effect')
    return { number, guard: all || 'true', effect: name, tests, writes }
  }

  /** The conjuncts of an action's guard, as expressions over `a` and `o`. */
  private guard(rule: Rule<S>, parameters: readonly number[]): GuardPart[] {
    const call = (fn: Condition<S>, expected: boolean): GuardPart => {
      const { name, is, acts } = this.function(rule.name, fn, parameters, 'condition')
      return {
        code: `${expected ? '' : '!'}${name}(a, o)`,
        is: is === null ? is : is === expected,
        acts,
      }
    }
    return [
      ...(rule.at === undefined ? [] : [this.locationTest(rule, rule.at, parameters)]),
      ...(rule.guard ? [call(rule.guard, true)] : []),
      ...(rule.unless ?? []).map((condition) => call(condition, false)),
    ]
  }

  private locationTest(rule: Rule<S>, at: string, parameters: readonly number[]): GuardPart {
    const location = locationOf(this.model, rule)
    if (this.options.execution !== 'interpreted') {
      try {
        const code = this.translator.locationTest(location, parameters, at)
        return { code, is: null, acts: false }
      } catch (error) {
        if (!(error instanceof OutsideSubset)) throw error
        this.reasons.set('location', error.message)
      }
    }
    const code = `${this.host((s) => location(s, ...parameters) === at, 'condition')}(a, o)`
    return { code, is: null, acts: true }
  }

  /** What the dispatcher may switch on; nothing when rules are to run as they stand. */
  private tests({ rule, parameters }: Action<S>): readonly Test[] {
    if (this.options.execution === 'interpreted') return []
    // Where the actor is says enough: what else a guard begins with need not be looked for.
    const at = rule.at === undefined ? [] : this.locationTests(rule, rule.at, parameters)
    if (at.length > 0 || !rule.guard || this.foreign.has(rule.guard)) return at
    return this.translator.discriminators(rule.guard, parameters)
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

  /** Prints a function that does what `fn` does to a state. */
  function(
    name: string,
    fn: (s: S, ...parameters: number[]) => unknown,
    parameters: readonly number[],
    as: 'condition' | 'effect',
  ): Printed {
    if (this.options.execution !== 'interpreted') {
      try {
        if (this.foreign.has(fn)) throw new OutsideSubset('comes from outside the model')
        const helper = this.translator.translate(fn as never, parameters, as)
        const { name, reads, writes, acts, low, high } = helper
        this.printed.add(name)
        const is = low !== undefined && low === high ? low !== 0 : null
        return { name, reads, writes, acts, is }
      } catch (error) {
        if (!(error instanceof OutsideSubset)) throw error
        this.reasons.set(name, error.message)
      }
    }
    const hosted = this.host((s) => fn(s, ...parameters), as)
    return { name: hosted, reads: null, writes: null, is: null, acts: true }
  }

  /** All that was printed. */
  program(): Program {
    const { translator, printed } = this
    const { leaves } = this.model.layout
    return programOf(
      printed,
      translator.library,
      (declaration) => translator.leafOf(declaration),
      (leaf) => leaves.indexOf(leaf),
    )
  }

  /**
   * The name of a function `(a, o)` that runs `fn` as it stands on a view of the state. A condition
   * that changes the state would change what is being expanded: it gets a view that refuses.
   */
  private host(fn: (s: S) => unknown, as: 'condition' | 'effect'): string {
    this.view ??= this.model.layout.view()
    const { view } = this
    this.hosted.push((a, o) => {
      view.bind(a, o, as === 'condition')
      return fn(view.state)
    })
    return `host[${this.hosted.length - 1}]`
  }
}

/** One conjunct of a guard: an expression, and what is known of it beforehand. */
interface GuardPart {
  readonly code: string
  readonly is: boolean | null
  readonly acts: boolean
}
