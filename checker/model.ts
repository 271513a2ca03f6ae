/**
 * The nouns of the engine: what a model is made of and what a check answers.
 * Nothing here knows what is being modelled.
 */
import { InputError } from './input-error.js'
import type { Layout } from './state/layout.js'

/**
 * One atomic step, as source: `guard` and `effect` are ordinary functions on named fields, written
 * in the subset that the design lists. The same text is interpreted, compiled and analysed.
 */
export interface Rule<S> {
  /** Names the step, as `verbObject`. Unique in its model. */
  readonly name: string
  /** Where the step is taken from: a kernel function, a paper section. For people. */
  readonly source?: string
  /** Names of the model's parameter ranges; the rule exists once for each combination. */
  readonly for?: readonly string[]
  /** The step is enabled only where the model's `location` has this value (a program counter). */
  readonly at?: string
  /** The guard: may the step be taken? Must not change the state. Default: always. */
  readonly guard?: Condition<S>
  /** Conditions that come first: while one of them holds, another step is due here. */
  readonly unless?: readonly Condition<S>[]
  /** The effect, applied to a scratch copy of a state in which the guard holds. */
  readonly effect: (s: S, ...parameters: number[]) => void
  /**
   * Functions of this rule that were written outside the model's own source. They are run as they
   * stand, never read: a name in their text may mean something else than in the vocabulary.
   */
  readonly foreign?: readonly unknown[]
}

/** A truth about a state, for given parameters. */
export type Condition<S> = (s: S, ...parameters: number[]) => boolean

/** Values a rule parameter takes. */
export interface ParameterRange {
  readonly values: readonly number[]
  /** Shown instead of the numbers. An actor range stands before the dot: `parent.write(2)`. */
  readonly labels?: readonly string[]
  readonly actor?: boolean
}

/**
 * A property of a model: `always` must hold in every reachable state, `sometimes` in at least
 * one, and `eventually` sooner or later on every fair run, again and again wherever `from` holds.
 */
export interface Property<S> {
  readonly name: string
  readonly kind: 'always' | 'sometimes' | 'eventually'
  /** The property as a sentence. */
  readonly says: string
  /**
   * Is it a failure when a search that saw everything never met what the property is about: a
   * state of a `sometimes` property (default true), a `from` state of an `eventually` property
   * (default false)?
   */
  readonly required?: boolean
  /**
   * It is a promise to those who use what is modelled, and not only a discipline inside it. A story
   * leads with a promise. Default false.
   */
  readonly promise?: boolean
  readonly holds: (s: S) => boolean
  /**
   * For `eventually`: whenever this holds, now or later `holds` does (P leads to Q). Default: in
   * every state.
   */
  readonly from?: (s: S) => boolean
  /** Why it fails in this state, for a person. Plain TypeScript, run on a plain state. */
  readonly explain?: (s: S) => string
  /** See Rule.foreign. */
  readonly foreign?: readonly unknown[]
}

/** A system to explore. All functions must be pure: no clock, no randomness, no outside state. */
export interface Model<S> {
  readonly name: string
  readonly layout: Layout<S>
  /** Initial states, at least one. */
  readonly init: readonly S[]
  readonly ranges?: Readonly<Record<string, ParameterRange>>
  readonly rules: readonly Rule<S>[]
  /** Where a rule's actor is, for rules with `at`; called with the rule's parameters. */
  readonly location?: (s: S, ...parameters: number[]) => string
  readonly properties: readonly Property<S>[]
  /** States in which it is fine that nothing can happen any more. */
  readonly final: (s: S) => boolean
  /**
   * The weakly fair group of an action; null for an action that is never forced. `eventually`
   * properties rely on it: a group that is enabled for ever from some moment on takes a step.
   * Default: the action's actor. A run may also do nothing for ever in a state where no group is
   * enabled, for example at the end.
   */
  readonly fairness?: (action: Action<S>) => string | null
  /** Fields of rules and properties that the engine does not know: others read them. */
  readonly notes?: readonly string[]
  /**
   * Functions and constants that the rules' text may name, by the names it uses. They mean the same
   * in every function.
   */
  readonly vocabulary?: Readonly<Record<string, unknown>>
  /** Modules: what a name that is not in the vocabulary means in the text of their functions. */
  readonly scopes?: readonly Scope[]
}

/** A module: its functions, and the functions and constants that it names. */
export interface Scope {
  readonly functions: ReadonlySet<unknown>
  readonly names: Readonly<Record<string, unknown>>
}

/** Raised for a model whose own text is wrong: it names something that does not exist. */
export class ModelError extends InputError {
  override readonly name = 'ModelError'
}

/** Raised when the same step has two results, or a violation cannot be found again by its steps. */
export class NondeterminismError extends Error {
  override readonly name = 'NondeterminismError'
}

/** A rule with its parameters filled in. `label` is the name used in schedules. */
export interface Action<S> {
  readonly label: string
  /** The actor that takes the step; see `actorOf`. */
  readonly actor: string
  readonly rule: Rule<S>
  readonly parameters: readonly number[]
}

/** Properties the engine itself adds to every model. */
export const NO_DEADLOCK = 'noDeadlock'
export const NO_RULE_ERROR = 'noRuleError'

export const BUILT_IN_PROPERTIES: readonly { name: string; kind: 'always'; says: string }[] = [
  {
    name: NO_DEADLOCK,
    kind: 'always',
    says: 'In every state some step is enabled, unless the state is final.',
  },
  {
    name: NO_RULE_ERROR,
    kind: 'always',
    says: 'No rule writes a value outside its range or touches an element that does not exist.',
  },
]

/**
 * A path through the state graph: `states[0]` is initial, `schedule[i]` leads to `states[i + 1]`.
 * Only when a rule fails (NO_RULE_ERROR) does the last step lead nowhere.
 */
export interface Trace<S> {
  readonly schedule: readonly string[]
  readonly states: readonly S[]
  /**
   * Only of a run that goes on for ever: its last state is `states[loopStart]` again, and the steps
   * from `schedule[loopStart]` on are repeated. When it is the length of the schedule, nothing
   * happens any more.
   */
  readonly loopStart?: number
}

export type Verdict = 'holds' | 'violated' | 'incomplete'

export interface PropertyResult {
  readonly name: string
  readonly kind: 'always' | 'sometimes' | 'eventually'
  readonly verdict: 'holds' | 'violated' | 'unreached' | 'unchecked'
  readonly explanation?: string
}

/**
 * A violation with the shortest schedule that leads to it; for `eventually`, with the shortest fair
 * run that was found.
 */
export interface Counterexample<S> {
  readonly property: string
  readonly explanation: string
  readonly trace: Trace<S>
}

/** The shortest way to a state in which a `sometimes` property holds. */
export interface Witness<S> {
  readonly property: string
  readonly trace: Trace<S>
}

/** The result of a search. Counts cover the explored states: all states if it is complete. */
export interface CheckResult<S> {
  readonly verdict: Verdict
  /** Why the search ended early, or null when it saw every reachable state. */
  readonly limit: string | null
  readonly properties: readonly PropertyResult[]
  readonly counterexamples: readonly Counterexample<S>[]
  /** Those that were asked for and reached. */
  readonly witnesses: readonly Witness<S>[]
  /** Distinct states. */
  readonly states: number
  /** Enabled (state, action) pairs seen. */
  readonly transitions: number
  /** Length of the longest shortest path: 0 when only initial states exist. */
  readonly depth: number
  /** States without an enabled action that are not final. */
  readonly deadlocks: number
  /** Distinct states first reached at each depth. */
  readonly levels: readonly number[]
  /** How often each rule was taken, by name: as often as it was enabled. */
  readonly fired: Readonly<Record<string, number>>
  /**
   * How many steps lead out of a state: at least, on average, at most. Null where none has been
   * expanded.
   */
  readonly successors: {
    readonly fewest: number
    readonly mean: number
    readonly most: number
  } | null
  /**
   * The reachable graph as a number, if it was asked for and all was seen: equal for models of the
   * same states, initial states and labelled steps; different, but for a chance of 2^-128, for
   * others.
   */
  readonly digest: string | null
  /** Bytes allocated for states, trace pointers and hash table, divided by the states. */
  readonly bytesPerState: number
  /** How full the hash table of the states is, from 0 to 1; null before a search has begun. */
  readonly hashLoad: number | null
  /** Rules that run interpreted, with the reason. */
  readonly interpreted: readonly { rule: string; reason: string }[]
}

/** The actions of models that have the same rules and ranges, by rules and then by ranges. */
const known = new WeakMap<readonly Rule<never>[], Map<string, readonly Action<never>[]>>()

/** Every rule with every combination of its parameters, in the order of declaration. */
export function actionsOf<S>(model: Model<S>): readonly Action<S>[] {
  const { rules, ranges } = model
  const ofRules = known.get(rules) ?? new Map<string, readonly Action<never>[]>()
  const key = JSON.stringify(ranges) ?? ''
  const actions = ofRules.get(key) ?? allActionsOf(model)
  known.set(rules, ofRules)
  ofRules.set(key, actions)
  return actions as readonly Action<S>[]
}

function allActionsOf<S>(model: Model<S>): Action<S>[] {
  const actions = model.rules.flatMap((rule) =>
    combinations((rule.for ?? []).map((name) => rangeOf(model, rule, name).values)).map(
      (parameters) => ({ ...labelOf(model, rule, parameters), rule, parameters }),
    ),
  )
  const seen = new Set<string>()
  for (const { label } of actions) {
    if (seen.has(label)) throw new Error(`model ${model.name}: two actions are called ${label}`)
    seen.add(label)
  }
  return actions
}

function rangeOf<S>(model: Model<S>, rule: Rule<S>, name: string): ParameterRange {
  const found = model.ranges?.[name]
  if (!found) throw new Error(`rule ${rule.name}: the model has no parameter range ${name}`)
  return found
}

function combinations(lists: readonly (readonly number[])[]): number[][] {
  return lists.reduce<number[][]>(
    (prefixes, values) => prefixes.flatMap((prefix) => values.map((value) => [...prefix, value])),
    [[]],
  )
}

function labelOf<S>(
  model: Model<S>,
  rule: Rule<S>,
  parameters: readonly number[],
): { label: string; actor: string } {
  const before: string[] = []
  const after: string[] = []
  ;(rule.for ?? []).forEach((name, i) => {
    const { labels, values, actor } = rangeOf(model, rule, name)
    const text = labels?.[values.indexOf(parameters[i])] ?? String(parameters[i])
    ;(actor ? before : after).push(text)
  })
  const call = after.length > 0 ? `${rule.name}(${after.join(', ')})` : rule.name
  const label = [...before, call].join('.')
  return { label, actor: actorOf(label) }
}

/**
 * The actor of an action, by its label: the part before the last dot of its name (`parent` in
 * `parent.write(2)`), or the whole label if the name has no dot. Dots in arguments do not count.
 */
export function actorOf(label: string): string {
  const call = label.indexOf('(')
  const dot = (call < 0 ? label : label.slice(0, call)).lastIndexOf('.')
  return dot < 0 ? label : label.slice(0, dot)
}

/** The model's `location`. @throws Error when a rule has `at` and the model has none. */
export function locationOf<S>(model: Model<S>, rule: Rule<S>): NonNullable<Model<S>['location']> {
  if (model.location) return model.location
  throw new Error(`rule ${rule.name} has \`at\`, but model ${model.name} has no location`)
}

/** Is an action enabled in a plain state? The meaning of `at`, `guard` and `unless`. */
export function isEnabled<S>(model: Model<S>, { rule, parameters }: Action<S>, state: S): boolean {
  if (rule.at !== undefined && locationOf(model, rule)(state, ...parameters) !== rule.at)
    return false
  if (rule.guard && !rule.guard(state, ...parameters)) return false
  return !(rule.unless ?? []).some((condition) => condition(state, ...parameters))
}
