/** From a counterexample file to what it speaks of: the names in it are looked up here. */
import { ScenarioError } from '../model/parse-scenario.js'
import { CounterexampleError, type CounterexampleFile } from './counterexample.js'
import { forkMachine } from './fork-machine/subject.js'
import { mutantNamedIn, named, UnknownNameError } from './names.js'
import type { MutantInfo, PropertyInfo, ScenarioInfo, Setup, Subject } from './subject.js'

/**
 * The setup that a counterexample file names.
 * @param outside mutants that are not registered, by name: files the user has named.
 * @param subject the family of the file's model.
 * @throws CounterexampleError when a name is unknown or a part does not fit another.
 */
export function setupOf(
  file: CounterexampleFile,
  source: string,
  outside: readonly MutantInfo[] = [],
  subject: Subject = forkMachine,
): Setup {
  try {
    checkFamily(file, subject)
    const system = named('system', subject.systems, file.system)
    const scenario = scenarioOf(file, source, subject)
    for (const property of [file.property, ...(file.alsoViolated ?? [])])
      if (propertyOf(property, subject).kind === 'sometimes')
        throw new CounterexampleError(
          `property ${property} is a situation to be reached: only what must hold is replayed`,
        )
    const setup = subject === forkMachine ? { system, scenario } : { subject, system, scenario }
    if (file.mutant === null) return setup
    const { mutant, foreign } = mutantOf(file, file.mutant, outside, subject)
    if (mutant.system !== system.name)
      throw new CounterexampleError(
        `mutant ${mutant.name} is one of ${mutant.system}, not of ${system.name}`,
      )
    return { ...setup, mutant, foreign }
  } catch (error) {
    if (error instanceof ScenarioError) throw new CounterexampleError(error.message)
    if (error instanceof UnknownNameError || error instanceof CounterexampleError)
      throw new CounterexampleError(`${source}: ${error.message}`)
    throw error
  }
}

/** @throws CounterexampleError, UnknownNameError */
function propertyOf(name: string, { properties, file }: Subject): PropertyInfo {
  try {
    return named('property', properties, name)
  } catch (error) {
    if (file || !(error instanceof UnknownNameError)) throw error
    throw new UnknownNameError(`${error.message}; one of your own is given with --property FILE`)
  }
}

/** A file of a model file is of no use without it, and the other way round. */
function checkFamily({ model }: CounterexampleFile, { file, name }: Subject): void {
  if (model && !file)
    throw new CounterexampleError(
      `its model comes from a file, ${model.file}: name it with --model FILE`,
    )
  if (!model && file)
    throw new CounterexampleError(`it is about the fork machine, not about ${name} (${file.file})`)
}

function scenarioOf(
  { scenario, scenarioData }: CounterexampleFile,
  source: string,
  subject: Subject,
): ScenarioInfo {
  if (scenarioData === undefined) return named('scenario', subject.scenarios, scenario)
  const parsed = subject.parseScenario(scenarioData, `${source}: scenarioData`)
  if (parsed.name === scenario) return parsed
  throw new CounterexampleError(
    `scenario is ${scenario}, but scenarioData is called ${parsed.name}`,
  )
}

function mutantOf(
  file: CounterexampleFile,
  mutantName: string,
  outside: readonly MutantInfo[],
  subject: Subject,
): { mutant: MutantInfo; foreign: boolean } {
  const given = outside.find((mutant) => mutant.name === mutantName)
  if (given) return { mutant: given, foreign: true }
  const from = file.provenance?.mutantFile
  if (from === undefined) return { mutant: mutantNamedIn(subject, mutantName), foreign: false }
  throw new CounterexampleError(
    `mutant ${mutantName} comes from a file, ${from}: name it with --mutant FILE.mjs`,
  )
}
