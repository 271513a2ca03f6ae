/** The registered systems, scenarios, mutants and properties of the fork machine, by name. */
import { BUILT_IN_PROPERTIES } from '../../checker/model.js'
import {
  type Mutant,
  mutants,
  repairedSystems,
  repairs,
  type Scenario,
  type System,
  scenarios,
  systems,
  withoutAssumed,
} from '../../model/index.js'
import { invariants, situations } from '../../properties/index.js'
import { named } from '../names.js'
import type { PropertyInfo } from '../subject.js'
import type { SnapshotSetup } from './model.js'
import { ownProperties } from './own-properties.js'

/** The system of this name. @throws UnknownNameError */
export function systemNamed(name: string): System {
  return named('system', systems, name)
}

/** The standard scenario of this name. @throws UnknownNameError */
export function scenarioNamed(name: string): Scenario {
  return named('scenario', scenarios, name)
}

/** The registered mutant, repair or repaired system of this name. @throws UnknownNameError */
export function mutantNamed(name: string): Mutant {
  return named('mutant', [...mutants, ...repairs, ...repairedSystems, ...withoutAssumed], name)
}

/**
 * The two setups of a mutant: the one that must be caught, and its sound twin. If the mutant
 * repairs its system, the system without the mutant must be caught.
 * @throws UnknownNameError
 */
export function pairOf(mutant: Mutant): {
  readonly broken: SnapshotSetup
  readonly sound: SnapshotSetup
} {
  const plain = { scenario: scenarioNamed(mutant.scenario), system: systemNamed(mutant.system) }
  const changed = { ...plain, mutant }
  return mutant.repairs
    ? { broken: plain, sound: changed }
    : { broken: changed, sound: { ...plain, mutant: mutant.on } }
}

/** The parts of a fork machine's property that can be printed. */
export interface SnapshotProperty extends PropertyInfo {
  /** The feature that a system must have for it to be asked; default: none. */
  readonly requires?: string
}

/** All properties of all systems, those of the engine and of the user's own included. */
export function allProperties(): readonly SnapshotProperty[] {
  return [...invariants, ...BUILT_IN_PROPERTIES, ...situations, ...ownProperties()]
}

/** The property of this name. @throws UnknownNameError */
export function propertyNamed(name: string): SnapshotProperty {
  return named('property', allProperties(), name)
}
