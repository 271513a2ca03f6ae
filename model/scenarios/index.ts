/**
 * The registry of standard scenarios: a new one is an entry in a file of its subject, listed here.
 */

import { parseScenario } from '../parse-scenario.js'
import { SCENARIO_FORMAT, type Scenario } from '../scenario.js'
import { bgsave } from './bgsave.js'
import { calls } from './calls.js'
import { closing } from './closing.js'
import { devices } from './devices.js'
import { failures } from './failures.js'
import { kernel } from './kernel.js'
import { lifetimes } from './lifetimes.js'
import { operations } from './operations.js'
import { promises } from './promises.js'
import { races } from './races.js'
import { sharing } from './sharing.js'
import type { StandardScenario } from './standard.js'
import { threads } from './threads.js'
import { walks } from './walks.js'

const inputs: readonly StandardScenario[] = [
  ...bgsave,
  ...operations,
  ...calls,
  ...closing,
  ...threads,
  ...kernel,
  ...devices,
  ...walks,
  ...races,
  ...lifetimes,
  ...failures,
  ...sharing,
  ...promises,
]

/** The standard suite, in the order in which it is checked. */
export const scenarios: readonly Scenario[] = inputs.map((input) =>
  parseScenario({ format: SCENARIO_FORMAT, ...input }, `scenario ${input.name}`),
)
