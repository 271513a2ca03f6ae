/** The model's public names. */
export { isFinal, type Machine, machine } from './machine.js'
export { type Change, type Mutant, MutantError, mutate } from './mutant.js'
export { mutants } from './mutants/index.js'
export { repairs } from './repairs/index.js'
export { type Hook, type OutsideStep, type Step, withHooks } from './rule.js'
export {
  LIMITS,
  parseScenario,
  SCENARIO_FORMAT,
  type Scenario,
  ScenarioError,
  type ScenarioInput,
} from './scenario.js'
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
export { ownPlaces, PLACES, type System, soundSystems, systems } from './systems/index.js'
