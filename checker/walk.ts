/**
 * One path through a state graph that may be too large to see whole: at every state a choice picks
 * one of the enabled steps. Nothing is drawn here: the choices are data, so equal choices give
 * equal walks, and whoever draws them (a seeded generator, fast-check) can record and shrink them.
 */
import { type CompiledModel, compile } from './compile.js'
import { type Model, NO_DEADLOCK, NO_RULE_ERROR } from './model.js'

/**
 * Where to go: a list of integers, used up one a step, or a function that is asked at each step
 * with the number of enabled steps. Choice `i` takes step number `i` modulo that number.
 */
export type Choices = readonly number[] | ((enabled: number) => number)

export interface Walk {
  /** The steps taken; replayable. Ends with the failing step when the violation is noRuleError. */
  readonly schedule: readonly string[]
  readonly violation: { readonly property: string; readonly explanation: string } | null
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
  const compiled = 'expand' in target ? target : compile(target)
  const { model, actions, enabled, apply, holds, final } = compiled
  const { init, layout, properties } = model
  const schedule: string[] = []
  let used = 0
  const choose = (count: number): number | null => {
    if (typeof choices !== 'function' && used >= choices.length) return null
    const choice = typeof choices === 'function' ? choices(count) : choices[used++]
    if (!Number.isInteger(choice)) throw new RangeError(`choice ${choice} is no integer`)
    return ((choice % count) + count) % count
  }
  const stop = (ended: Walk['ended'], violation: Walk['violation'] = null): Walk => ({
    schedule,
    violation,
    ended,
  })
  const violated = (property: string, explanation: string) =>
    stop('violation', { property, explanation })
  const failed = (label: string, error: unknown) => {
    schedule.push(label)
    return violated(NO_RULE_ERROR, `${label}: ${(error as Error).message}`)
  }

  const first = init.length > 1 ? choose(init.length) : 0
  if (first === null) return stop('choices')
  const state = layout.encode(init[first])
  for (;;) {
    const broken = properties.find(({ kind }, i) => kind === 'always' && !holds[i](state, 0))
    if (broken) {
      const explanation = broken.explain?.(layout.decode(state)) ?? `not so: ${broken.says}`
      return violated(broken.name, explanation)
    }
    let possible: number[]
    let asked = 0
    try {
      possible = enabled.flatMap((isEnabled, i) => {
        asked = i
        return isEnabled(state, 0) ? [i] : []
      })
    } catch (error) {
      return failed(actions[asked].label, error)
    }
    if (possible.length === 0 && final(state, 0)) return stop('final')
    if (possible.length === 0)
      return violated(NO_DEADLOCK, 'no step is enabled, and the state is not final')
    if (schedule.length >= bound) return stop('bound')
    const choice = choose(possible.length)
    if (choice === null) return stop('choices')
    const { label } = actions[possible[choice]]
    try {
      apply[possible[choice]](state, 0)
    } catch (error) {
      return failed(label, error)
    }
    schedule.push(label)
  }
}
