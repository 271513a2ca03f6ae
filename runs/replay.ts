/** Strict replay: every step of a schedule must be possible, and every property is watched. */

import { closestName } from '../checker/closest-name.js'
import {
  type Model,
  NO_DEADLOCK,
  NO_RULE_ERROR,
  type Property,
  type Trace,
} from '../checker/model.js'
import { messageOf } from '../checker/thrown.js'
import { Cursor } from './cursor.js'
import { flawOf } from './lasso.js'

/**
 * - `reproduces`: the property fails at the last state (or step), and no other one before; or the
 *   run that is repeated from `loopStart` on is fair and never meets what it must.
 * - `fixed`: all steps run, and the property holds, or the run is not one that shows the contrary.
 * - `stale`: a step is not possible any more.
 * - `different`: another property fails first, or this one earlier.
 */
export type ReplayStatus = 'reproduces' | 'fixed' | 'stale' | 'different'

export interface Replay<S> {
  readonly status: ReplayStatus
  /** The status in a sentence. */
  readonly message: string
  /** The steps that ran, with the states they led through. */
  readonly trace: Trace<S>
  /** The failed property, the step (0: the initial state), and why; null if none failed. */
  readonly violation: Violation | null
  /** For `stale`: the step, and what was enabled instead. */
  readonly stale: {
    readonly step: number
    readonly label: string
    readonly enabled: readonly string[]
    /** The closest label there is, when no action has this one. */
    readonly suggestion: string | null
  } | null
}

export interface Violation {
  readonly property: string
  readonly step: number
  readonly explanation: string
}

/** The claim that is replayed. */
export interface Claim {
  readonly property: string
  readonly schedule: readonly string[]
  /** See Trace.loopStart. */
  readonly loopStart?: number
  /** Properties that are known to fail on the way and are passed over. */
  readonly alsoViolated?: readonly string[]
}

/** Replays a schedule from the initial state. An error of a rule is a violation of noRuleError. */
export function replay<S>(model: Model<S>, claim: Claim): Replay<S> {
  return new ClaimCheck(model, claim).run()
}

/** Properties other than `property` that fail anywhere on a schedule that is known to run. */
export function alsoViolatedOn<S>(
  model: Model<S>,
  { schedule, states }: Trace<S>,
  property: string,
) {
  const others = model.properties.filter((p) => p.kind === 'always' && p.name !== property)
  // At the last state several may fail at once; that does not make it a different violation.
  const before = states.slice(0, schedule.length)
  return others.filter((p) => before.some((state) => !p.holds(state))).map((p) => p.name)
}

/** Moves a cursor along the schedule of a claim and looks at every property on the way. */
class ClaimCheck<S> {
  private readonly cursor: Cursor<S>
  private readonly states: S[]
  private readonly passed: ReadonlySet<string>

  constructor(
    private readonly model: Model<S>,
    private readonly claim: Claim,
  ) {
    this.cursor = new Cursor(model)
    this.states = [this.cursor.state()]
    this.passed = new Set(claim.alsoViolated)
  }

  run(): Replay<S> {
    const { schedule } = this.claim
    for (const [i, label] of schedule.entries()) {
      const early = this.violationAt(i)
      if (early) return this.failed(early)
      const stopped = this.step(i + 1, label)
      if (stopped) return stopped
      this.states.push(this.cursor.state())
    }
    const property = this.model.properties.find((p) => p.name === this.claim.property)
    const last = this.violationAt(schedule.length)
    if (!last && property?.kind === 'eventually') return this.goesOn(property)
    const failing = last ?? this.deadlock(schedule.length)
    if (failing) return this.failed(failing)
    const { property: name } = this.claim
    return this.answer('fixed', `all ${schedule.length} steps run, and ${name} holds`)
  }

  /** All steps run: is what is repeated from here on a violation? */
  private goesOn(property: Property<S>): Replay<S> {
    const { schedule, loopStart = schedule.length } = this.claim
    const { states, model } = this
    const flaw = flawOf(model, property, { states, schedule, loopStart })
    if (flaw) return this.answer('fixed', `all ${schedule.length} steps run, but ${flaw}`)
    const explanation = property.explain?.(states[states.length - 1]) ?? `not so: ${property.says}`
    const again =
      loopStart === schedule.length ? 'nothing happens any more' : 'the loop is repeated'
    return this.answer('reproduces', `${again}, and ${property.name} never holds`, {
      property: property.name,
      step: schedule.length,
      explanation,
    })
  }

  private step(number: number, label: string): Replay<S> | null {
    const action = this.cursor.actions.get(label)
    if (!action) return this.stale(number, label)
    try {
      if (!this.cursor.isEnabled(action)) return this.stale(number, label)
      this.cursor.take(action)
      return null
    } catch (error) {
      const explanation = `${label}: ${messageOf(error)}`
      return this.failed({ property: NO_RULE_ERROR, step: number, explanation })
    }
  }

  /**
   * The named property if it fails at the state after this many steps, else any other that does.
   */
  private violationAt(step: number): Violation | null {
    const state = this.states[step]
    const failing = this.model.properties.filter(
      (p) => p.kind === 'always' && !this.passed.has(p.name) && !p.holds(state),
    )
    const property = failing.find((p) => p.name === this.claim.property) ?? failing[0]
    if (!property) return null
    const explanation = property.explain?.(state) ?? `not so: ${property.says}`
    return { property: property.name, step, explanation }
  }

  private deadlock(step: number): Violation | null {
    if (this.cursor.enabledLabels().length > 0 || this.model.final(this.states[step])) return null
    const explanation = 'no step is enabled, and the state is not final'
    return { property: NO_DEADLOCK, step, explanation }
  }

  private failed(violation: Violation): Replay<S> {
    const { property, schedule } = this.claim
    const { step } = violation
    const where = step === 0 ? 'in the initial state' : `at step ${step}`
    if (violation.property !== property)
      return this.answer('different', `${violation.property} fails ${where}`, violation)
    if (step < schedule.length)
      return this.answer(
        'different',
        `${property} fails ${where} already, not at step ${schedule.length}`,
        violation,
      )
    return this.answer('reproduces', `${property} fails ${where}, the last one`, violation)
  }

  private stale(step: number, label: string): Replay<S> {
    const { cursor } = this
    const enabled = cursor.enabledLabels()
    const exists = cursor.actions.has(label)
    const suggestion = exists ? null : closestName(label, cursor.actions.keys())
    const what = exists
      ? `${label} is not enabled`
      : `there is no action ${label}${suggestion ? `; did you mean ${suggestion}?` : ''}`
    const instead = enabled.length > 0 ? `enabled there: ${enabled.join(', ')}` : 'nothing is'
    return {
      ...this.answer('stale', `step ${step}: ${what}; ${instead}`),
      stale: { step, label, enabled, suggestion },
    }
  }

  private answer(status: ReplayStatus, message: string, violation?: Violation): Replay<S> {
    const { states } = this
    // A rule that fails is a step of the story, though it leads nowhere.
    const taken = violation?.property === NO_RULE_ERROR ? violation.step : states.length - 1
    const { schedule, loopStart } = this.claim
    const all = { schedule: schedule.slice(0, taken), states }
    const isWhole = loopStart !== undefined && taken === schedule.length
    const trace = isWhole ? { ...all, loopStart } : all
    return { status, message, trace, violation: violation ?? null, stale: null }
  }
}
