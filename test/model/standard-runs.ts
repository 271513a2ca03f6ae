/** Every standard scenario on every system, checked once for all tests that look at the results. */
import { type CheckResult, check } from '../../checker/index.js'
import { snapshotModel } from '../../core/model.js'
import { type Scenario, type State, type System, scenarios, systems } from '../../model/index.js'

export interface StandardRun {
  readonly scenario: Scenario
  readonly system: System
  readonly result: CheckResult<State>
}

export function standardRuns(): StandardRun[] {
  return scenarios.flatMap((scenario) =>
    systems.map((system) => ({
      scenario,
      system,
      result: check(snapshotModel({ scenario, system })),
    })),
  )
}
