/**
 * Shrinking a run that goes on for ever. A schedule with a loop cannot be followed in a smaller
 * scenario step by step; instead the shortest such run there is is searched for.
 */
import type { Counterexample } from '../../checker/model.js'
import { Search } from '../../checker/search/search.js'
import { modelOf, smallerScenarios } from '../setup-model.js'
import type { AnyState, ScenarioInfo, Setup } from '../subject.js'
import type { Effort } from './effort.js'

/** A scenario with the shortest run of it that violates the property. */
export interface ShortestRun {
  readonly scenario: ScenarioInfo
  readonly found: Counterexample<AnyState>
  /** Why it is not known to be the shortest, or null. */
  readonly limit: string | null
}

/**
 * The smallest scenario that is found in which an `eventually` property is violated.
 * @param found a run that violates it.
 */
export async function smallestLasso(
  setup: Setup,
  found: Counterexample<AnyState>,
  maxStates: number,
  effort: Effort,
): Promise<ShortestRun> {
  const { property } = found
  const shortestIn = async (scenario: ScenarioInfo): Promise<ShortestRun | null> => {
    const options = { properties: [property], maxStates, continue: true }
    const search = new Search(modelOf({ ...setup, scenario }), options)
    effort.replays++
    await effort.run(search)
    const { counterexamples } = search.result()
    const best = counterexamples.find((one) => one.property === property)
    return best ? { scenario, found: best, limit: null } : null
  }
  const smallerThan = async ({ scenario }: ShortestRun): Promise<ShortestRun | null> => {
    for (const smaller of smallerScenarios(setup, scenario)) {
      if (effort.stopped !== null) return null
      const run = smaller.hasFewerParts ? await shortestIn(smaller.scenario) : null
      if (run && run.found.trace.schedule.length <= found.trace.schedule.length) return run
    }
    return null
  }
  const { scenario } = setup
  let best = (await shortestIn(scenario)) ?? { scenario, found, limit: `${maxStates} states` }
  for (;;) {
    const smaller = await smallerThan(best)
    if (!smaller) return best
    best = smaller
  }
}
