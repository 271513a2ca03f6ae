/** What becomes of each property with a system, over all standard scenarios. */
import { BUILT_IN_PROPERTIES, NO_RULE_ERROR } from '../../checker/model.js'
import { check } from '../../checker/search/search.js'
import type { Scenario, System } from '../../model/index.js'
import { invariants } from '../../properties/index.js'
import { concerns, snapshotModel } from '../fork-machine/model.js'

/** A property of which a verdict is told: what must always hold, or come about. */
export const JUDGED: readonly string[] = [...invariants, ...BUILT_IN_PROPERTIES]
  .map(({ name }) => name)
  // A rule that does what it cannot is a mistake of the model, or comes of another failure.
  .filter((name) => name !== NO_RULE_ERROR)

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

  constructor(private readonly system: System) {}

  /** @param maxStates a scenario with more is left unfinished. */
  look(scenario: Scenario, maxStates: number): void {
    const model = snapshotModel({ system: this.system, scenario })
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
    const asked = new Set(invariants.filter((p) => concerns(p, this.system)).map((p) => p.name))
    for (const { name } of BUILT_IN_PROPERTIES) asked.add(name)
    return JUDGED.map((property) => {
      const row = { system: this.system.name, property }
      const failed = this.failed.get(property)
      if (failed) return { ...row, verdict: 'fails', scenario: failed.scenario }
      if (!asked.has(property)) return { ...row, verdict: 'not asked' }
      return { ...row, verdict: this.isComplete ? 'holds' : 'incomplete' }
    })
  }
}
