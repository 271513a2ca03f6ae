/** From a setup to its subject and its model. */
import type { Model } from '../checker/model.js'
import { forkMachine } from './fork-machine/subject.js'
import { MisfitError } from './own/declaration.js'
import type { AnyState, ScenarioInfo, Setup, Smaller, Subject } from './subject.js'

/** The family that a setup belongs to. */
export function subjectOf({ subject = forkMachine }: Pick<Setup, 'subject'>): Subject {
  return subject
}

/**
 * The model of a setup.
 * @param also situations to look for beside those that the scenario must reach.
 * @throws MutantError, or Error, where the parts of the setup do not fit together.
 */
export function modelOf(setup: Setup, also?: readonly string[]): Model<AnyState> {
  return subjectOf(setup).model(setup, also)
}

/**
 * Scenarios that are smaller than one, in which the setup's mutant can be: of a model of the user's
 * own, a smaller scenario may have no use for a rule that the mutant changes.
 */
export function* smallerScenarios(setup: Setup, scenario: ScenarioInfo): Generator<Smaller> {
  const subject = subjectOf(setup)
  for (const one of subject.smaller(scenario))
    if (subject === forkMachine || fits({ ...setup, scenario: one.scenario })) yield one
}

/** Has the scenario of a setup a use for what its mutant changes? */
export function fits(setup: Setup): boolean {
  try {
    modelOf(setup)
    return true
  } catch (error) {
    if (error instanceof MisfitError) return false
    throw error
  }
}

/** Does all of it come with forkcheck, and nothing from the user's files? */
export function isBuiltIn({ subject = forkMachine, scenario, mutant }: Setup): boolean {
  const { scenarios, mutants } = forkMachine
  const isKnown = scenarios.includes(scenario) && (!mutant || mutants.includes(mutant))
  return subject === forkMachine && isKnown
}

/** The setup without its mutant. */
export function soundSetup({ subject, scenario, system }: Setup): Setup {
  return { subject, scenario, system }
}

/** The setup without the mistake of its mutant; the setup itself where there is none. */
export function soundTwinOf(setup: Setup): Setup {
  const { mutant, foreign, ...rest } = setup
  if (!mutant || mutant.repairs) return setup
  return mutant.on ? { ...rest, mutant: mutant.on } : rest
}
