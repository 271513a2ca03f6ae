/** From a counterexample file to what it speaks of: the names in it are looked up here. */
import { type Mutant, parseScenario, type Scenario, ScenarioError } from '../model/index.js'
import { CounterexampleError, type CounterexampleFile } from './counterexample.js'
import type { Setup } from './model.js'
import {
  mutantNamed,
  propertyNamed,
  scenarioNamed,
  systemNamed,
  UnknownNameError,
} from './names.js'

/**
 * What a file speaks of.
 * @param outside mutants that are not registered, by name: files the user has named.
 * @throws CounterexampleError when a name is unknown or a part does not fit another.
 */
export function setupOf(
  file: CounterexampleFile,
  source: string,
  outside: readonly Mutant[] = [],
): Setup {
  try {
    const system = systemNamed(file.system)
    const scenario = scenarioOf(file, source)
    for (const property of [file.property, ...(file.alsoViolated ?? [])])
      if (propertyNamed(property).kind === 'sometimes')
        throw new CounterexampleError(
          `property ${property} is a situation to be reached: only what must hold is replayed`,
        )
    if (file.mutant === null) return { system, scenario }
    const { mutant, foreign } = mutantOf(file, file.mutant, outside)
    if (mutant.system !== system.name)
      throw new CounterexampleError(
        `mutant ${mutant.name} is one of ${mutant.system}, not of ${system.name}`,
      )
    return { system, scenario, mutant, foreign }
  } catch (error) {
    if (error instanceof ScenarioError) throw new CounterexampleError(error.message)
    if (error instanceof UnknownNameError || error instanceof CounterexampleError)
      throw new CounterexampleError(`${source}: ${error.message}`)
    throw error
  }
}

function scenarioOf({ scenario, scenarioData }: CounterexampleFile, source: string): Scenario {
  if (scenarioData === undefined) return scenarioNamed(scenario)
  const parsed = parseScenario(scenarioData, `${source}: scenarioData`)
  if (parsed.name === scenario) return parsed
  throw new CounterexampleError(
    `scenario is ${scenario}, but scenarioData is called ${parsed.name}`,
  )
}

function mutantOf(
  file: CounterexampleFile,
  mutantName: string,
  outside: readonly Mutant[],
): { mutant: Mutant; foreign: boolean } {
  const given = outside.find((mutant) => mutant.name === mutantName)
  if (given) return { mutant: given, foreign: true }
  const from = file.provenance?.mutantFile
  if (from === undefined) return { mutant: mutantNamed(mutantName), foreign: false }
  throw new CounterexampleError(
    `mutant ${mutantName} comes from a file, ${from}: name it with --mutant FILE.mjs`,
  )
}
