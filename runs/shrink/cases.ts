/** What is shrunk, a scenario with a schedule, and the smaller ones to try instead. */
import type { Model } from '../../checker/model.js'
import { Cursor } from '../cursor.js'
import type { AnyState, ScenarioInfo, Subject } from '../subject.js'
import { follow, type Otherwise, relabelled } from './follow.js'

const OTHERWISE: readonly Otherwise[] = ['skip', 'substitute']

/** A schedule in a scenario. */
export interface Case {
  readonly scenario: ScenarioInfo
  readonly schedule: readonly string[]
}

/**
 * Smaller scenarios with what is left of the schedule in them; null where the schedule, so far as
 * it goes, violates nothing. There are finitely many, and going on from one of them comes to an
 * end, because every scenario is smaller than the one before.
 * @param property is violated at the end of what is left, and nowhere before; null: no matter.
 */
export function* attempts(
  { scenario, schedule }: Case,
  { smaller: smallerScenarios }: Pick<Subject, 'smaller'>,
  modelOf: (scenario: ScenarioInfo) => Model<AnyState>,
  property: string | null,
): Generator<Case | null> {
  const before = new Cursor(modelOf(scenario))
  for (const { scenario: smaller, moved = {} } of smallerScenarios(scenario)) {
    const after = new Cursor(modelOf(smaller))
    const labels = schedule.map((label) => relabelled(before, label, moved))
    for (const otherwise of OTHERWISE) {
      const taken = follow(after, labels, property, otherwise)
      yield taken && { scenario: smaller, schedule: taken }
    }
  }
}
