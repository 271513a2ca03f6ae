/** The fork machine as a subject: everything the project itself models. */
import type { Model } from '../../checker/model.js'
import {
  assumedIn,
  type Mutant,
  mutants,
  mutate,
  parseScenario,
  placesOnly,
  repairedSystems,
  repairs,
  type Scenario,
  type System,
  scenarios,
  soundSystems,
  systems,
  withoutAssumed,
} from '../../model/index.js'
import { STANDARD_OPTIONS } from '../../model/scenario.js'
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

/** A published system may fix an option that a scenario asks for. */
function overruled({ scenario, system }: Setup): readonly string[] {
  const standard: Readonly<Record<string, unknown>> = STANDARD_OPTIONS
  const asked: Readonly<Record<string, unknown>> = (scenario as Scenario).options ?? {}
  return Object.entries((system as System).fixed ?? {}).flatMap(([option, value]) =>
    asked[option] === undefined || asked[option] === standard[option] || asked[option] === value
      ? []
      : [`option ${option} is ${value} in ${system.name}, not ${asked[option]}`],
  )
}

/** Rules and hooks that no source has that was seen: `holds` is true only if they are there. */
function restsOn({ system, mutant, foreign = false }: Setup): readonly string[] {
  const whole = mutant ? mutate(system as System, mutant as Mutant, foreign) : (system as System)
  const number = assumedIn(whole).length
  if (number === 0) return []
  const parts = number === 1 ? 'part of it that is' : 'parts of it that are'
  return [`${system.name} holds with ${number} ${parts} assumed (forkcheck list systems --json)`]
}

export const forkMachine: Subject = {
  name: 'fork',
  file: null,
  systems,
  soundSystems,
  scenarios,
  mutants: [...mutants, ...repairs],
  variants: [...repairedSystems, ...withoutAssumed],
  get properties() {
    return allProperties()
  },
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
  restsOn,
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
