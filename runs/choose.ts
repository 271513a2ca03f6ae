/** Setups from what a program says: names of what is registered, or things of its own. */
import { type Mutant, mutants } from '../model/index.js'
import { parseScenario } from '../model/parse-scenario.js'
import type { Scenario, ScenarioInput } from '../model/scenario.js'
import type { System } from '../model/systems/system.js'
import type { SnapshotSetup } from './fork-machine/model.js'
import { mutantNamed, scenarioNamed, systemNamed } from './fork-machine/names.js'

/** A setup to look at. Each part is given by its name, or as a value. */
export interface SetupChoice {
  readonly system: System | string
  readonly scenario: ScenarioInput | Scenario | string
  /** With one thing done wrong. Default: nothing. */
  readonly mutant?: Mutant | string
}

/**
 * The setup that is meant.
 * @throws UnknownNameError for a name that names nothing, ScenarioError for a wrong scenario.
 */
export function chosenSetup({ system, scenario, mutant }: SetupChoice): SnapshotSetup {
  const isName = typeof scenario === 'string'
  return {
    ...chosenSystem({ system, mutant }),
    scenario: isName ? scenarioNamed(scenario) : parseScenario(scenario),
  }
}

/** The setup without its scenario. @throws UnknownNameError */
export function chosenSystem({
  system,
  mutant,
}: Omit<SetupChoice, 'scenario'>): Omit<SnapshotSetup, 'scenario'> {
  const known = typeof mutant === 'string' ? mutantNamed(mutant) : mutant
  return {
    system: typeof system === 'string' ? systemNamed(system) : system,
    mutant: known,
    // A mutant that is not registered comes from outside, so its text is not read.
    foreign: known !== undefined && !mutants.includes(known),
  }
}
