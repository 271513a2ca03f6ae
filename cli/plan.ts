/** The scenarios, systems and properties that a `check` or `simulate` command asks for. */
import type { Command } from 'commander'
import type { Origins } from '../runs/commands.js'
import { forkMachine } from '../runs/fork-machine/subject.js'
import { named, UnknownNameError } from '../runs/names.js'
import type { PropertyInfo, ScenarioInfo, Setup, Subject, SystemInfo } from '../runs/subject.js'
import { UsageError } from './errors.js'
import { readJson } from './files.js'
import type { Io } from './io.js'
import { MODEL, subjectFrom } from './model-file.js'
import { mutantFrom, type NamedMutant } from './mutant-file.js'
import { names, repeated } from './options.js'
import type { Plan } from './planned-check.js'
import { givenProperties, takePropertyFiles } from './property-file.js'
import { checkPlans } from './runner.js'

/** The options that select what a command looks at. */
export interface Selection extends Watched {
  readonly system?: readonly string[]
  readonly mutant?: string
  readonly scenario?: readonly string[]
  readonly model?: string
}

/** Adds them. */
export function addSelection(command: Command): Command {
  return command
    .argument('[scenario...]', 'names of standard scenarios; see `forkcheck list scenarios`')
    .option(...MODEL)
    .option('--system <name...>', 'these systems (default: those that should hold)', names)
    .option('--mutant <name|file.mjs>', 'with one thing done wrong')
    .option('--scenario <file.json>', 'a scenario of your own (repeatable)', repeated)
    .option(
      '--property <name|file...>',
      'watch these properties only; a file adds properties of your own',
      names,
    )
}

/** The selected setups, ready to run, and the options that select each of them again. */
export interface Plans {
  readonly plans: readonly Plan[]
  readonly origins: (setup: Setup) => Origins
}

/** @throws UsageError, UnknownNameError, ScenarioError */
export async function choose(io: Io, given: readonly string[], choice: Selection): Promise<Plans> {
  const subject = await subjectFrom(io, choice.model)
  const own = givenProperties(choice.property)
  await takePropertyFiles(io.cwd, own.files, subject)
  const mutant =
    choice.mutant === undefined ? undefined : await mutantFrom(io.cwd, choice.mutant, subject)
  const chosen = chooseScenarios(io, subject, given, choice.scenario ?? [], mutant)
  const systems = chooseSystems(subject, choice.system, mutant)
  const watched = {
    property: own.names.length > 0 ? own.names : undefined,
    witness: choice.witness,
  }
  const plans = planRuns(subject, chosen, systems, mutant, watched).map((plan) =>
    own.files.length > 0 ? { ...plan, propertyFiles: own.files } : plan,
  )
  await checkPlans(io, plans)
  const origins = (setup: Setup) => ({
    mutantFile: mutant?.file,
    modelFile: subject.file?.file,
    properties: own.names,
    propertyFiles: own.files,
    scenarioFile: chosen.find(({ scenario }) => scenario === setup.scenario)?.file,
  })
  return { plans, origins }
}

/** A scenario, and the file it comes from if it is an outside one. */
interface Chosen {
  readonly scenario: ScenarioInfo
  readonly file?: string
}

/**
 * The scenarios named, by name or by file; else the mutant's own; else the standard suite.
 * @throws UsageError, UnknownNameError, ScenarioError
 */
function chooseScenarios(
  io: Io,
  subject: Subject,
  given: readonly string[],
  files: readonly string[],
  mutant: NamedMutant | undefined,
): Chosen[] {
  const { scenarios } = subject
  const fromNames = [...new Set(given)].map((name) => {
    if (name.endsWith('.json'))
      throw new UsageError(`unknown scenario ${name}: a file is given as --scenario ${name}`)
    return { scenario: named('scenario', scenarios, name) }
  })
  const read = files.map((file) => ({ scenario: readScenario(io, subject, file), file }))
  const chosen = [...fromNames, ...read]
  const twice = chosen.find(({ scenario }, i) =>
    chosen.some((other, j) => j < i && other.scenario.name === scenario.name),
  )
  if (twice) throw new UsageError(`two scenarios are called ${twice.scenario.name}: rename one`)
  if (chosen.length > 0) return chosen
  if (mutant?.mutant.scenario)
    return [{ scenario: named('scenario', scenarios, mutant.mutant.scenario) }]
  return scenarios.map((scenario) => ({ scenario }))
}

export function readScenario(io: Io, subject: Subject, file: string): ScenarioInfo {
  const json = readJson(io, file)
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new UsageError(`${file}: a scenario is a JSON object`)
  // A file may name its JSON schema.
  const { $schema, ...scenario } = json as { readonly $schema?: unknown }
  return subject.parseScenario(scenario, file)
}

/**
 * The systems that are named; else the mutant's; else the systems that should hold.
 * @throws UsageError, UnknownNameError
 */
function chooseSystems(
  { systems, soundSystems }: Subject,
  given: readonly string[] | undefined,
  changed: NamedMutant | undefined,
): readonly SystemInfo[] {
  const chosen = given?.map((name) => named('system', systems, name))
  if (!changed) return chosen ?? soundSystems
  const { mutant } = changed
  const other = chosen?.find((system) => system.name !== mutant.system)
  if (other)
    throw new UsageError(`--system ${other.name}: mutant ${mutant.name} is one of ${mutant.system}`)
  return [named('system', systems, mutant.system)]
}

/** The properties to watch, by name. */
interface Watched {
  readonly property?: readonly string[]
  readonly witness?: readonly string[]
}

/**
 * All combinations; with `--property`, the combinations that have one of the properties.
 * @throws UsageError, UnknownNameError
 */
function planRuns(
  subject: Subject,
  chosen: readonly Chosen[],
  chosenSystems: readonly SystemInfo[],
  mutant: NamedMutant | undefined,
  options: Watched,
): Plan[] {
  const properties = options.property?.map((name) => propertyIn(subject, name))
  const situations = (options.witness ?? []).map((name) => situationIn(subject, name))
  const plans = chosenSystems.flatMap((system) => {
    const watched = properties && concerning(subject, properties, system)
    const witnesses = concerning(subject, situations, system)
    if (watched?.length === 0 || (situations.length > 0 && witnesses.length === 0)) return []
    return chosen.map(({ scenario }): Plan => {
      const family = subject === forkMachine ? {} : { subject }
      const changed = { mutant: mutant?.mutant, foreign: mutant?.foreign }
      const setup: Setup = { ...family, scenario, system, ...changed }
      const watch = watched && [...watched, ...witnesses]
      return { setup, mutantFile: mutant?.file, properties: watch, witnesses }
    })
  })
  if (plans.length > 0) return plans
  const [first] = [...situations, ...(properties ?? [])]
  throw new UnknownNameError(
    `property ${first?.name} does not concern ${chosenSystems.map((s) => s.name).join(', ')}: it is one of ${first && systemsAsked(subject, first).join(', ')}`,
  )
}

function propertyIn({ properties }: Subject, name: string): PropertyInfo {
  return named('property', properties, name)
}

function situationIn(subject: Subject, name: string): PropertyInfo {
  const property = propertyIn(subject, name)
  if (property.kind === 'sometimes') return property
  throw new UsageError(`--witness ${name}: must always hold; only situations have a witness`)
}

function concerning(
  { concerns }: Subject,
  properties: readonly PropertyInfo[],
  system: SystemInfo,
): string[] {
  return properties.filter((p) => concerns(p, system)).map((p) => p.name)
}

/** The names of the systems of which a property is asked. */
function systemsAsked({ systems, concerns }: Subject, property: PropertyInfo): string[] {
  return systems.filter((system) => concerns(property, system)).map(({ name }) => name)
}
