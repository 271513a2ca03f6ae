/** Puts together what is checked: a scenario, a system, perhaps a mutant, and all properties. */
import type { Model } from '../../checker/model.js'
import { machine } from '../../model/machine.js'
import { type Mutant, mutate } from '../../model/mutant.js'
import { ScenarioError } from '../../model/parse-scenario.js'
import type { Scenario } from '../../model/scenario.js'
import { scopesOf, vocabularyOf } from '../../model/scopes.js'
import type { State } from '../../model/state.js'
import type { System } from '../../model/systems/index.js'
import { invariants, propertyVocabulary, situations } from '../../properties/index.js'
import type { Setup } from '../subject.js'
import { ownProperties, ownSituations } from './own-properties.js'

/** Is a property asked of a system: does the system do what the property is about? */
export function concerns(
  { requires }: { readonly requires?: string },
  { features = [] }: System,
): boolean {
  return requires === undefined || features.includes(requires)
}

/** A setup of the fork machine. */
export interface SnapshotSetup extends Setup {
  readonly scenario: Scenario
  readonly system: System
  readonly mutant?: Mutant
}

/**
 * The model of a setup, ready for the engine.
 * @param also situations to look for beside those that the scenario must reach.
 * @throws MutantError when the mutant does not fit the system.
 * @throws ScenarioError when the scenario asks for a situation that does not exist.
 */
export function snapshotModel(setup: SnapshotSetup, also: readonly string[] = []): Model<State> {
  const { scenario, system, mutant, foreign = false } = setup
  const changed = mutant ? mutate(system, mutant, foreign) : system
  const base = machine(scenario, changed)
  const own = ownSituations()
  const known = [...situations, ...own].map(({ name }) => name)
  const unknown = scenario.reaches.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new ScenarioError(
      `scenario ${scenario.name}: reaches names ${unknown}; known are ${known.join(', ')}`,
    )
  const asked = new Set([...scenario.reaches, ...also, ...own.map(({ name }) => name)])
  return {
    ...base,
    ...namesIn(changed, base),
    properties: [
      ...[...invariants, ...ownProperties()]
        .filter(({ kind }) => kind !== 'sometimes')
        .filter((invariant) => concerns(invariant, system)),
      ...[...situations, ...own]
        .filter((situation) => concerns(situation, system) && asked.has(situation.name))
        .map((situation) => ({
          ...situation,
          required: scenario.reaches.includes(situation.name),
        })),
    ],
  }
}

const names = new WeakMap<System, Pick<Model<State>, 'vocabulary' | 'scopes'>>()

/** What names mean in rules and properties: the same objects for all models of a system. */
function namesIn(
  system: System,
  { scopes = [] }: Pick<Model<State>, 'scopes'>,
): Pick<Model<State>, 'vocabulary' | 'scopes'> {
  const known = names.get(system)
  if (known) return known
  const made = {
    vocabulary: vocabularyOf([...system.vocabulary, ...propertyVocabulary]),
    scopes: [...scopes, ...scopesOf(propertyVocabulary)],
  }
  names.set(system, made)
  return made
}
