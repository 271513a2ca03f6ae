/**
 * A counterexample as a story, as data: who did what, what changed by it, and why that is wrong.
 */
import { actorOf, type Model, type Trace } from '../checker/model.js'
import type { Earlier, Leading, LeadingReplay } from '../runs/leading.js'
import { named } from '../runs/names.js'
import { switchesOf } from '../runs/schedule.js'
import { subjectOf } from '../runs/setup-model.js'
import type { AnyState, Lane, Setup } from '../runs/subject.js'
import { type Argument, argumentFor } from './argument/argument.js'
import { type Change, changesBetween } from './changes.js'
import { SoundTwin } from './deviation.js'

export interface StoryStep {
  /** From 1. */
  readonly number: number
  readonly actor: string
  /** The step as a schedule names it. */
  readonly label: string
  /** Where the rule comes from: a kernel function, a paper section. */
  readonly source: string | null
  readonly changes: readonly Change[]
  /** The step of the system without the mutant, or null when it does the same. */
  readonly deviation: string | null
  /** Does it matter for the reason? True for all steps where that is not known. */
  readonly matters: boolean
}

export interface Story {
  /**
   * The outcome for the property: an invariant was violated, or a situation reached; or a replay
   * did not violate it as expected (`fixed`), or met a step that is not possible (`stale`).
   */
  readonly verdict: 'violated' | 'reached' | 'fixed' | 'stale'
  readonly property: string
  /** The property as a sentence. */
  readonly says: string
  readonly system: string
  readonly scenario: string
  readonly mutant: { readonly name: string; readonly says: string } | null
  /** Everybody who may act, in the order of their lanes, with what their program does. */
  readonly actors: readonly Lane[]
  readonly switches: number
  readonly steps: readonly StoryStep[]
  /** Of a run that goes on for ever: how many steps come before those that are repeated. */
  readonly loopStart?: number
  /** Why the last state is wrong; null for a situation that is reached. */
  readonly because: string | null
  /** A discipline that is violated before this promise, or with it; null if none is. */
  readonly earlier: Earlier | null
  /** Of a discipline: where a broken promise was searched for, as a sentence; null if nowhere. */
  readonly outlook: string | null
  /** How the steps lead to that; null where nothing is violated, or the way is too long. */
  readonly argument: Argument | null
}

/** The story of a trace of a model. */
export function storyOf(
  setup: Setup,
  model: Model<AnyState>,
  trace: Trace<AnyState>,
  found: {
    readonly property: string
    readonly explanation?: string
    readonly verdict?: Story['verdict']
  } & Partial<Pick<Leading, 'earlier' | 'outlook'>>,
): Story {
  const sources = new Map(model.rules.map((rule) => [rule.name, rule.source ?? null]))
  const { scenario, system, mutant } = setup
  const subject = subjectOf(setup)
  const narration = subject.narration(model)
  const twin = mutant ? new SoundTwin(setup) : null
  const deviations = trace.schedule.map(
    (label, i) => twin?.deviation(label, trace.states[i], trace.states[i + 1]) ?? null,
  )
  const { kind, says } = named('property', subject.properties, found.property)
  const isViolated = kind !== 'sometimes' && found.verdict === undefined
  const { property, explanation = '' } = found
  const departures = deviations.flatMap((deviation, i) => (deviation ? [i + 1] : []))
  const argument = isViolated
    ? argumentFor(model, trace, { property, explanation }, narration, twin, departures)
    : null
  const steps = trace.schedule.map((label, i) => ({
    number: i + 1,
    actor: actorOf(label),
    label,
    source: sources.get(ruleOf(label, sources)) ?? null,
    changes: changesBetween(narration, trace.states[i], trace.states[i + 1]),
    deviation: deviations[i],
    matters: argument?.matter.includes(i + 1) ?? true,
  }))
  return {
    verdict: found.verdict ?? (kind === 'sometimes' ? 'reached' : 'violated'),
    property: found.property,
    says,
    system: system.name,
    scenario: scenario.name,
    mutant: mutant ? { name: mutant.name, says: mutant.says } : null,
    actors: lanesOf(narration.lanes(trace.states[0]), steps),
    switches: switchesOf(trace.schedule),
    steps,
    ...(trace.loopStart === undefined ? {} : { loopStart: trace.loopStart }),
    because: found.explanation ?? null,
    earlier: found.earlier ?? null,
    outlook: found.outlook ?? null,
    argument,
  }
}

/** The story of a replay up to its end; the reason says how it ended. */
export function storyOfReplay(
  setup: Setup,
  model: Model<AnyState>,
  { property }: { readonly property: string },
  { status, trace, violation, earlier, outlook, message }: LeadingReplay,
): Story {
  const found = violation ?? {
    property,
    explanation: message,
    verdict: status === 'stale' ? ('stale' as const) : ('fixed' as const),
  }
  return storyOf(setup, model, trace, { ...found, earlier, outlook })
}

/** The rule a label speaks of: `parent.write(2)` is `write`, `killer.killChild` is itself. */
function ruleOf(label: string, rules: ReadonlyMap<string, unknown>): string {
  const name = label.replace(/\(.*$/, '')
  return rules.has(name) ? name : name.slice(name.indexOf('.') + 1)
}

/** The lanes of a model, and of further actors in the schedule. */
function lanesOf(lanes: readonly Lane[], steps: readonly StoryStep[]): readonly Lane[] {
  const names = new Set(lanes.map(({ name }) => name))
  const outside = new Set(steps.map(({ actor }) => actor).filter((actor) => !names.has(actor)))
  return [...lanes, ...[...outside].map((name) => ({ name, program: [] }))]
}
