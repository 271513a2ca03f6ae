/**
 * One path through a state graph that may be too large to explore: at every state a choice picks
 * one of the enabled steps. Choices are data, so equal choices give equal walks. They come from
 * outside (a seeded generator, fast-check), where they can be recorded and made fewer.
 */

import type { Model } from '../model.js'
import { type CompiledModel, compile } from '../rules/compile.js'
import { DEADLOCK, type Failure, Judge, type JudgeOptions } from '../search/judge.js'

/**
 * Where to go: a list of integers, used up one a step, or a function that is asked at each step
 * with the number of enabled steps. Choice `i` takes step number `i` modulo that number.
 */
export type Choices = readonly number[] | ((enabled: number) => number)

export interface Walk {
  /** The steps taken; replayable. Ends with the failing step when the violation is noRuleError. */
  readonly schedule: readonly string[]
  readonly violation: Failure | null
  /**
   * Why it went no further: a `violation` (a deadlock and a failing rule are violations too), a
   * `final` state without steps, no more `choices`, or the `bound` on steps.
   */
  readonly ended: 'violation' | 'final' | 'choices' | 'bound'
}

/**
 * Walks from an initial state and looks at every `always` property in every state on the way.
 * When there are several initial states the first choice picks one.
 * @param bound most steps to take.
 * @throws RangeError on a choice that is no integer.
 */
export function walk<S>(
  target: Model<S> | CompiledModel<S>,
  choices: Choices,
  bound = Number.POSITIVE_INFINITY,
): Walk {
  const walker = new Walker('expand' in target ? target : compile(target))
  let used = 0
  return walker.walk((count) => {
    if (typeof choices !== 'function' && used >= choices.length) return null
    const choice = typeof choices === 'function' ? choices(count) : choices[used++]
    if (!Number.isInteger(choice)) throw new RangeError(`choice ${choice} is no integer`)
    return ((choice % count) + count) % count
  }, bound)
}

/** Walks a compiled model any number of times. */
export class Walker<S> {
  /** How many steps are enabled where it stands. */
  count = 0
  /** Where it stands: `layout.words` words. */
  readonly state: Int32Array
  /** Actions taken so far. */
  readonly taken: number[] = []
  private readonly before: Int32Array
  /** For each enabled step, in the order of the actions, its place among the successors. */
  private order = new Int32Array(64)
  private readonly judge: Judge<S>

  /**
   * @param options which properties are looked at; default: all.
   * @param reached is called with the number of each `sometimes` property that holds on a walk.
   */
  constructor(
    readonly compiled: CompiledModel<S>,
    options: JudgeOptions = {},
    private readonly reached: (property: number) => void = () => {},
  ) {
    const { layout } = compiled.model
    this.state = new Int32Array(layout.words)
    this.before = new Int32Array(layout.words)
    this.judge = new Judge(compiled, options)
  }

  /**
   * One walk, from an initial state to where it ends.
   * @param choose is asked with the number of possibilities and answers which, or null to stop.
   * @param visit is called in every state, after the properties have been looked at.
   */
  walk(choose: (count: number) => number | null, bound: number, visit?: () => void): Walk {
    const { init } = this.compiled.model
    const first = init.length > 1 ? choose(init.length) : 0
    this.taken.length = 0
    if (first === null) return this.end('choices')
    for (let violated = this.begin(init[first]); ; violated = this.look()) {
      if (violated) return this.end('violation', violated)
      visit?.()
      const failing = this.expand()
      if (failing) return failing
      if (this.count === 0) return this.endWithoutSteps()
      if (this.taken.length >= bound) return this.end('bound')
      const choice = choose(this.count)
      if (choice === null) return this.end('choices')
      this.take(choice)
    }
  }

  /** The number of the action that is the enabled step number `i`. */
  actionAt(i: number): number {
    return this.compiled.taken[this.order[i]]
  }

  /** Goes to an initial state. @returns the violation in it, or null. */
  private begin(initial: S): Failure | null {
    const { judge, state, compiled } = this
    compiled.model.layout.encode(initial, state)
    judge.watchAll()
    return this.violationAmong(judge.inspectInitial(state, 0))
  }

  /** Looks at the properties that the last step can have changed. */
  private look(): Failure | null {
    const { judge, state, before } = this
    return this.violationAmong(judge.inspect(state, 0, before, 0, () => this.labels()))
  }

  private violationAmong(news: number): Failure | null {
    const { judge, compiled, state } = this
    const { properties, layout } = compiled.model
    for (let i = 0; i < news; i++) {
      const number = judge.found[i]
      const property = properties[number]
      if (judge.settle(number))
        return {
          property: property.name,
          explanation: judge.explain(property, layout.decode(state)),
        }
      this.reached(number)
    }
    return null
  }

  /** Finds the enabled steps. A rule that fails ends the walk, whether or not it is chosen. */
  private expand(): Walk | null {
    const { compiled, state } = this
    try {
      this.count = compiled.expand(state, 0)
    } catch {
      const { label, ...violation } = this.judge.failureIn(state, 0)
      const { schedule } = this.end('violation')
      return { schedule: [...schedule, label], violation, ended: 'violation' }
    }
    if (this.count > this.order.length) this.order = new Int32Array(2 * this.count)
    this.sort()
    return null
  }

  /** By insertion: there are few, and they are nearly in order. */
  private sort(): void {
    const { order, count, compiled } = this
    const { taken } = compiled
    for (let i = 0; i < count; i++) {
      let at = i
      for (; at > 0 && taken[order[at - 1]] > taken[i]; at--) order[at] = order[at - 1]
      order[at] = i
    }
  }

  private take(choice: number): void {
    const { state, before, compiled } = this
    const from = this.order[choice] * state.length
    for (let i = 0; i < state.length; i++) {
      before[i] = state[i]
      state[i] = compiled.successors[from + i]
    }
    this.taken.push(this.actionAt(choice))
  }

  private endWithoutSteps(): Walk {
    const { judge, state } = this
    const isViolated = judge.watchesDeadlocks && judge.isDeadlock(state, 0)
    return isViolated ? this.end('violation', DEADLOCK) : this.end('final')
  }

  private labels(): string[] {
    return this.taken.map((action) => this.compiled.actions[action].label)
  }

  private end(ended: Walk['ended'], violation: Walk['violation'] = null): Walk {
    return { schedule: this.labels(), violation, ended }
  }
}
