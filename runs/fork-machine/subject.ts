/** The fork machine as a subject: everything the project itself models. */
import type { Model } from '../../checker/model.js'
import {
  type Mutant,
  mutants,
  mutate,
  parseScenario,
  placesOnly,
  repairs,
  type Scenario,
  type System,
  scenarios,
  soundSystems,
  systems,
} from '../../model/index.js'
import type { AnyState, Setup, Subject } from '../subject.js'
import { concerns, type SnapshotSetup, snapshotModel } from './model.js'
import { allProperties, pairOf, type SnapshotProperty } from './names.js'
import { narrationOf } from './narration.js'
import { outsideMutant } from './outside-mutant.js'
import { drawnRoutines } from './routines.js'
import { partsOf, smallerScenarios } from './smaller.js'

/** The places at which a thread can be, in a model. */
function placesIn({ leaves }: Model<AnyState>['layout']): readonly string[] {
  return leaves.find(({ path }) => path === 'thread[].pc')?.scalar.names ?? []
}

/** A published system may fix an option that scenarios otherwise choose. */
function overruled({ scenario, system }: Setup): readonly string[] {
  const asked: Readonly<Record<string, unknown>> = (scenario as Scenario).options ?? {}
  return Object.entries((system as System).fixed ?? {}).flatMap(([option, value]) =>
    asked[option] === undefined || asked[option] === value
      ? []
      : [`option ${option} is ${value} in ${system.name}, not ${asked[option]}`],
  )
}

export const forkMachine: Subject = {
  name: 'fork',
  file: null,
  systems,
  soundSystems,
  scenarios,
  mutants: [...mutants, ...repairs],
  properties: allProperties,
  concerns: (property, system) => concerns(property as SnapshotProperty, system as System),
  model: (setup, also) => snapshotModel(setup as SnapshotSetup, also),
  parseScenario,
  parseMutant: outsideMutant,
  pairOf: (mutant) => pairOf(mutant as Mutant),
  smaller: (scenario) => smallerScenarios(scenario as Scenario),
  picture: 'machine',
  measures: [],
  partsOf: (scenario) => partsOf(scenario as Scenario),
  overruled,
  unmodified: ({ scenario, system, mutant }) => ({
    scenario,
    system,
    mutant: mutant && placesOnly(mutant as Mutant),
  }),
  routines: ({ system, mutant, foreign = false }) =>
    drawnRoutines(
      mutant ? mutate(system as System, mutant as Mutant, foreign) : (system as System),
    ),
  narration: ({ init, layout }) => narrationOf(init[0], placesIn(layout)),
}
