/** A scenario with a schedule to shrink, and the smaller ones to try instead. */
import type { Model } from '../../checker/model.js'
import { Cursor } from '../cursor.js'
import type { AnyState, ScenarioInfo, Smaller } from '../subject.js'
import { follow, type Otherwise, relabelled } from './follow.js'

const OTHERWISE: readonly Otherwise[] = ['skip', 'substitute']

/** A schedule in a scenario. */
export interface Case {
  readonly scenario: ScenarioInfo
  readonly schedule: readonly string[]
}

/**
 * Smaller scenarios, each with the steps of the schedule that are still possible in it; null where
 * these steps violate nothing. There are finitely many, and repeating this ends, because every
 * scenario is smaller than the one before.
 * @param property is violated at the end of the remaining steps, and nowhere before; null: any.
 */
export function* attempts(
  { scenario, schedule }: Case,
  smallerThan: (scenario: ScenarioInfo) => Iterable<Smaller>,
  modelOf: (scenario: ScenarioInfo) => Model<AnyState>,
  property: string | null,
): Generator<Case | null> {
  const before = new Cursor(modelOf(scenario))
  for (const { scenario: smaller, moved = {} } of smallerThan(scenario)) {
    const after = new Cursor(modelOf(smaller))
    const labels = schedule.map((label) => relabelled(before, label, moved))
    for (const otherwise of OTHERWISE) {
      const taken = follow(after, labels, property, otherwise)
      yield taken && { scenario: smaller, schedule: taken }
    }
  }
}
