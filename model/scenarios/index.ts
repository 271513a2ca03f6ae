/**
 * The registry of standard scenarios: a new one is an entry in a file of its subject, listed here.
 */

import { parseScenario } from '../parse-scenario.js'
import type { Scenario, ScenarioInput } from '../scenario.js'
import { bgsave } from './bgsave.js'
import { calls } from './calls.js'
import { failures } from './failures.js'
import { kernel } from './kernel.js'
import { lifetimes } from './lifetimes.js'
import { operations } from './operations.js'
import { races } from './races.js'
import { sharing } from './sharing.js'
import { threads } from './threads.js'

const inputs: readonly ScenarioInput[] = [
  ...bgsave,
  ...operations,
  ...calls,
  ...threads,
  ...kernel,
  ...races,
  ...lifetimes,
  ...failures,
  ...sharing,
]

/** The standard suite, in the order in which it is checked. */
export const scenarios: readonly Scenario[] = inputs.map((input) =>
  parseScenario(input, `scenario ${input.name}`),
)
