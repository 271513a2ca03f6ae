/**
 * The kinds of rules a system is put together from. Every rule is one atomic step; the comment
 * above it says which lock or which hardware guarantee makes it one.
 */
import type { Node } from 'acorn'
import { base, simple } from 'acorn-walk'
import type { Condition, Rule } from '../checker/model.js'
import { functionIn } from '../checker/rules/source.js'
import type { AllocationPoint, Place, State } from './state.js'

type Effect = Rule<State>['effect']

/** A step of a thread, taken at one place. */
export interface Step extends Omit<Rule<State>, 'effect'> {
  readonly at: Place
  /** Default: `['thread']`. The first parameter is the thread, `t`. */
  readonly for?: readonly string[]
  /**
   * The next place of the thread, where there is only one. The effect does not set it again.
   * Without it the effect chooses between places, or the thread stays where it is.
   */
  readonly to?: Place
  readonly source: string
  /** Default: nothing but the way to the next place. */
  readonly effect?: Effect
  /** Where memory is got for it, one of these; where it may run out. */
  readonly allocates?: readonly AllocationPoint[]
  /** With it the thread has copied a whole PTE table. */
  readonly copiesTable?: true
  /** Why it is believed to be there, where no source that was seen has it (assumed.ts). */
  readonly assumed?: string
}

/** A step that is taken wherever the thread is, or belongs to no thread: somebody outside acts. */
export interface OutsideStep extends Rule<State> {
  readonly at?: undefined
  readonly to?: undefined
  readonly source: string
}

/** A rule of a system. */
export type SystemRule = Step | OutsideStep

/** What has been completed already: a rule is completed once, so that its text is read once. */
const completedRules = new WeakMap<SystemRule, Rule<State>>()

/** The effects that others were made of, by those: names mean the same in both (scopes.ts). */
export const madeOf = new WeakMap<object, Effect>()

/** The rule as the engine takes it: with its parameters, and with the next place in its effect. */
export function completed(rule: SystemRule): Rule<State> {
  const known = completedRules.get(rule)
  if (known) return known
  const { to, effect = () => {}, ...rest } = rule
  const whole = to === undefined ? effect : goingTo(to, rule.effect)
  const isForeign = rule.foreign?.includes(rule.effect) ?? false
  const made: Rule<State> = {
    ...rest,
    ...(rule.at === undefined ? {} : { for: rule.for ?? ['thread'] }),
    effect: whole,
    ...(isForeign ? { foreign: [...(rule.foreign ?? []), whole] } : {}),
  }
  completedRules.set(rule, made)
  return made
}

/** An effect that sets the next place at its end. Its text says so too, as rules are read. */
function goingTo(to: Place, effect?: Effect): Effect {
  const whole: Effect = (s, ...parameters) => {
    effect?.(s, ...parameters)
    s.thread[parameters[0]].pc = to
  }
  const text = effect ? textGoingTo(to, String(effect)) : `(s, t) => { s.thread[t].pc = '${to}' }`
  if (effect) madeOf.set(whole, effect)
  return Object.assign(whole, { toString: () => text })
}

function textGoingTo(to: Place, text: string): string {
  const { params, body } = functionIn(text)
  const names = params.map((parameter) => text.slice(parameter.start, parameter.end))
  const [s = 's', t = 't', ...others] = names
  const going = `${s}.thread[${t}].pc = '${to}'`
  const [start, end] =
    body.type === 'BlockStatement' ? [body.start + 1, body.end - 1] : [body.start, body.end]
  let inner = ''
  let from = start
  for (const at of returnsIn(body)) {
    inner += `${text.slice(from, at)}{${going}; return}`
    from = at + 'return'.length
  }
  return `(${[s, t, ...others].join(', ')}) => {${inner}${text.slice(from, end)}; ${going} }`
}

/** Where the text of an effect returns before its end. It returns nothing. */
function returnsIn(body: Node): readonly number[] {
  const found: number[] = []
  // What a function within it returns is its own.
  const outside = { ...base, Function: () => undefined }
  simple(body, { ReturnStatement: ({ start }) => found.push(start) }, outside)
  return found
}

/**
 * A detour a system adds before what the kernel does at a place. While it is due, the kernel's own
 * steps there wait; so a hook is added or dropped by one line, and the kernel knows of none.
 *
 * Test and detour are one step because what is tested cannot become true in between: pointers and
 * markers are set only by fork, which holds mmap_lock for writing, and the tester holds that lock.
 */
export interface Hook {
  readonly name: string
  readonly before: Place
  /**
   * Where the kernel goes on after the detour, without another test. Left out where the detour
   * itself sees to it that the test is not true again: then it goes on at `before`.
   */
  readonly resume?: Place
  readonly source: string
  /** Why it is believed to be there, where no source that was seen has it (assumed.ts). */
  readonly assumed?: string
  readonly due: Condition<State>
  readonly effect: Rule<State>['effect']
  /** See Rule.foreign. */
  readonly foreign?: readonly unknown[]
}

/** The kernel's rules with a system's hooks put in front of them. */
export function withHooks(
  rules: readonly SystemRule[],
  hooks: readonly Hook[],
): readonly Rule<State>[] {
  const hooked = rules.map(completed).map((rule) => {
    const first = hooks.filter((hook) => hook.before === rule.at).map((hook) => hook.due)
    return first.length > 0 ? { ...rule, unless: [...(rule.unless ?? []), ...first] } : rule
  })
  return [...hooked, ...hooks.map(asStep)]
}

function asStep(hook: Hook, _: number, hooks: readonly Hook[]): Rule<State> {
  const earlier = hooks.slice(0, hooks.indexOf(hook)).filter((h) => h.before === hook.before)
  return {
    name: hook.name,
    for: ['thread'],
    at: hook.before,
    source: hook.source,
    guard: hook.due,
    unless: earlier.map((h) => h.due),
    effect: hook.effect,
    foreign: hook.foreign ?? [],
  }
}
