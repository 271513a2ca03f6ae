/** What is shrunk, a scenario with a schedule, and the smaller ones to try instead. */
import type { Model } from '../../checker/model.js'
import { parseScenario, ScenarioError } from '../../model/parse-scenario.js'
import type { Scenario } from '../../model/scenario.js'
import type { State } from '../../model/state.js'
import { canonicalJson } from '../canonical.js'
import { type Candidate, candidatesFor } from './candidates.js'
import { Follower, type Otherwise } from './follow.js'
import { compareSizes, type JsonObject, PARTS, sizeOf } from './size.js'

const OTHERWISE: readonly Otherwise[] = ['skip', 'substitute']

/** A schedule in a scenario. */
export interface Case {
  readonly scenario: Scenario
  readonly schedule: readonly string[]
}

/** A smaller scenario. */
export interface Smaller {
  readonly scenario: Scenario
  readonly pageOf: Candidate['pageOf']
  /** It has fewer page tables, VMAs, threads, operations, failures or pages. */
  readonly hasFewerParts: boolean
}

/** Smaller scenarios, each once, the greatest savings first, made as they are asked for. */
export function* smallerScenarios(scenario: Scenario): Generator<Smaller> {
  const size = sizeOf(json(scenario))
  const tried = new Set([canonicalJson(scenario)])
  for (const candidate of candidatesFor(json(scenario))) {
    const smaller = parsed(candidate)
    if (!smaller) continue
    const difference = compareSizes(sizeOf(json(smaller)), size)
    // Of equal size: what restores a default, so that there are fewer fields left to restore.
    if (difference > 0 || (difference === 0 && !candidate.restores)) continue
    const text = canonicalJson(smaller)
    if (tried.has(text)) continue
    tried.add(text)
    const parts = sizeOf(json(smaller)).slice(0, PARTS)
    const hasFewerParts = compareSizes(parts, size.slice(0, PARTS)) < 0
    yield { scenario: smaller, pageOf: candidate.pageOf, hasFewerParts }
  }
}

/**
 * Smaller scenarios with what is left of the schedule in them; null where the schedule, so far as
 * it goes, violates nothing. There are finitely many, and whoever goes on from one of them comes
 * to an end, because every scenario is smaller than the one before.
 * @param property is violated at the end of what is left, and nowhere before; null: no matter.
 */
export function* attempts(
  { scenario, schedule }: Case,
  modelOf: (scenario: Scenario) => Model<State>,
  property: string | null,
): Generator<Case | null> {
  const before = new Follower(modelOf(scenario))
  for (const { scenario: smaller, pageOf } of smallerScenarios(scenario)) {
    const after = new Follower(modelOf(smaller))
    const labels = schedule.map((label) => before.relabelled(label, pageOf))
    for (const otherwise of OTHERWISE) {
      const taken = after.follow(labels, property, otherwise)
      yield taken && { scenario: smaller, schedule: taken }
    }
  }
}

/** How many there are of each kind of things in a scenario. */
export function partsOf(scenario: Scenario): Readonly<Record<string, number>> {
  const names = ['page tables', 'VMAs', 'threads', 'operations', 'failures', 'pages']
  const size = sizeOf(json(scenario))
  return Object.fromEntries(names.map((name, i) => [name, size[i]]))
}

function json(scenario: Scenario): JsonObject {
  return scenario as unknown as JsonObject
}

function parsed({ scenario }: Pick<Candidate, 'scenario'>): Scenario | null {
  try {
    return parseScenario(scenario)
  } catch (error) {
    if (error instanceof ScenarioError) return null
    throw error
  }
}
