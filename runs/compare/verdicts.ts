/** The verdict on each property for a system, over all standard scenarios. */
import { NO_RULE_ERROR } from '../../checker/model.js'
import { check } from '../../checker/search/search.js'
import { forkMachine } from '../fork-machine/subject.js'
import { modelOf } from '../setup-model.js'
import type { PropertyInfo, ScenarioInfo, Subject, SystemInfo } from '../subject.js'

/** The properties that get a verdict: those of the kinds `always` and `eventually`. */
export function judgedOf(subject: Subject): PropertyInfo[] {
  // Of the fork machine, a rule that does what it cannot is a mistake of the model, or comes of
  // another failure.
  const passed = subject === forkMachine ? NO_RULE_ERROR : null
  return subject.properties.filter(({ kind, name }) => kind !== 'sometimes' && name !== passed)
}

/** Those of the fork machine, by name. */
export const JUDGED: readonly string[] = judgedOf(forkMachine).map(({ name }) => name)

export interface Verdict {
  readonly system: string
  readonly property: string
  /**
   * `incomplete`: it has not failed, and some scenario was not looked at to its end. `not asked`:
   * it is about what this system does not do.
   */
  readonly verdict: 'holds' | 'fails' | 'incomplete' | 'not asked'
  /** Where it fails after the fewest steps. */
  readonly scenario?: string
}

/** Verdicts as they come in, scenario by scenario. */
export class Verdicts {
  private readonly failed = new Map<string, { scenario: string; steps: number }>()
  private isComplete = true

  constructor(
    private readonly system: SystemInfo,
    private readonly subject: Subject = forkMachine,
  ) {}

  /** @param maxStates a scenario with more is left unfinished. */
  look(scenario: ScenarioInfo, maxStates: number): void {
    const model = modelOf({ subject: this.subject, system: this.system, scenario })
    const { counterexamples, limit } = check(model, { continue: true, maxStates })
    if (limit !== null) this.isComplete = false
    // Where a rule does what it cannot, a failure before it must have brought the machine there.
    const end = counterexamples.find(({ property }) => property === NO_RULE_ERROR)
    for (const { property, trace } of counterexamples) {
      const steps = trace.schedule.length
      if (end && steps >= end.trace.schedule.length) continue
      const known = this.failed.get(property)
      if (!known || steps < known.steps)
        this.failed.set(property, { scenario: scenario.name, steps })
    }
  }

  /** One for each property. */
  rows(): Verdict[] {
    const { subject, system } = this
    return judgedOf(subject).map((judged): Verdict => {
      const property = judged.name
      const row = { system: system.name, property }
      const failed = this.failed.get(property)
      if (failed) return { ...row, verdict: 'fails', scenario: failed.scenario }
      if (!subject.concerns(judged, system)) return { ...row, verdict: 'not asked' }
      return { ...row, verdict: this.isComplete ? 'holds' : 'incomplete' }
    })
  }
}
