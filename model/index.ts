/** The model's public names. */

export { type Assumption, assumedIn, withoutAssumed } from './assumed.js'
export { isFinal, type Machine, machine } from './machine.js'
export { type Change, type Mutant, MutantError, mutate, placesOnly } from './mutant.js'
export { mutants } from './mutants.js'
export { parseScenario, ScenarioError } from './parse-scenario.js'
export { PLACE_FACTS, type PlaceFact } from './places.js'
export { repairedSystems, repairs } from './repairs.js'
export { type Hook, type OutsideStep, type Step, type SystemRule, withHooks } from './rule.js'
export { LIMITS, SCENARIO_FORMAT, type Scenario, type ScenarioInput } from './scenario.js'
export { scenarios } from './scenarios/index.js'
export {
  ALLOCATION_POINTS,
  type AllocationPoint,
  ANY,
  CHILD,
  ERROR,
  NONE,
  type Op,
  PARENT,
  type Place,
  type State,
  UNMAPPED,
  ZEROS,
} from './state.js'
export { PLACES, type System, soundSystems, systems } from './systems/index.js'
