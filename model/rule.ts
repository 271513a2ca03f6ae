/**
 * The kinds of rules a system is put together from. Every rule is one atomic step; the comment
 * above it says which lock or which hardware guarantee makes it one.
 */
import type { Condition, Rule } from '../checker/model.js'
import type { AllocationPoint, Place, State } from './state.js'

/** A step of a thread (its first parameter, `t`), taken at one place. */
export interface Step extends Rule<State> {
  readonly at: Place
  readonly source: string
  /** Where memory is got for it, one of these; where it may run out. */
  readonly allocates?: readonly AllocationPoint[]
  /** With it the thread has copied a whole PTE table. */
  readonly copiesTable?: true
}

/** A step that is taken wherever the thread is, or belongs to no thread: somebody outside acts. */
export interface OutsideStep extends Rule<State> {
  readonly source: string
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
  readonly due: Condition<State>
  readonly effect: Rule<State>['effect']
  /** See Rule.foreign. */
  readonly foreign?: readonly unknown[]
}

/** The kernel's rules with a system's hooks put in front of them. */
export function withHooks(
  rules: readonly Rule<State>[],
  hooks: readonly Hook[],
): readonly Rule<State>[] {
  const hooked = rules.map((rule) => {
    const first = hooks.filter((hook) => hook.before === rule.at).map((hook) => hook.due)
    return first.length > 0 ? { ...rule, unless: [...(rule.unless ?? []), ...first] } : rule
  })
  return [...hooked, ...hooks.map(asStep)]
}

function asStep(hook: Hook, _: number, hooks: readonly Hook[]): Step {
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
