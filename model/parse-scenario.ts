/** Reads scenarios: a mistake becomes one clear line. */
import * as v from 'valibot'
import { InputError } from '../checker/input-error.js'
import { SCENARIO_FORMAT, type Scenario, scenarioSchema } from './scenario.js'
import { firstMistake } from './scenario-check.js'

/** Raised for a scenario that cannot be; the message names the culprit and what is allowed. */
export class ScenarioError extends InputError {
  override readonly name = 'ScenarioError'
}

/**
 * Reads a scenario and fills in the defaults.
 * @param source where it comes from, for messages.
 * @throws ScenarioError naming the first mistake.
 */
export function parseScenario(input: unknown, source = 'scenario'): Scenario {
  const parsed = v.safeParse(scenarioSchema, input, { abortEarly: true })
  if (!parsed.success) throw new ScenarioError(`${source}: ${describe(parsed.issues[0])}`)
  const scenario = parsed.output
  const mistake = firstMistake(scenario)
  if (mistake) throw new ScenarioError(`${source}: ${mistake}`)
  return scenario
}

function describe(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue)
  const missing = issue.received === 'undefined' && issue.expected !== 'never'
  if (path === 'format') {
    const found = missing ? 'missing' : issue.received
    return `format is ${found}: this version reads format ${SCENARIO_FORMAT}`
  }
  if (issue.expected === 'never') return `${path} is not a field of a scenario`
  if (missing) return `${path} is missing (${issue.expected})`
  return path ? `${path}: ${issue.message}` : issue.message
}
