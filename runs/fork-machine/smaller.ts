/** Smaller scenarios of the fork machine, and how large one is. */
import { parseScenario, ScenarioError } from '../../model/parse-scenario.js'
import type { Scenario } from '../../model/scenario.js'
import { canonicalJson } from '../canonical.js'
import type { Smaller } from '../subject.js'
import { type Candidate, candidatesFor } from './candidates.js'
import { compareSizes, type JsonObject, PARTS, sizeOf } from './size.js'

/** Smaller scenarios, each once, the greatest savings first, made as they are asked for. */
export function* smallerScenarios(scenario: Scenario): Generator<Smaller<Scenario>> {
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
    yield { scenario: smaller, moved: { page: candidate.pageOf }, hasFewerParts }
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
