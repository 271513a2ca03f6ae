/** The commands that show something again: text for a POSIX shell. */
import { isStandard } from './counterexample.js'
import { subjectOf } from './setup-model.js'
import type { Setup } from './subject.js'

/** The options that a command needs to repeat a run: files of the user, and properties. */
export interface Origins {
  readonly mutantFile?: string
  /** For models of the user's own. A setup names its model itself. */
  readonly modelFile?: string
  readonly scenarioFile?: string
  readonly properties?: readonly string[]
  /** Files with properties of the user's own. */
  readonly propertyFiles?: readonly string[]
}

/** The command that replays a file. */
export function replayCommand(
  file: string,
  { modelFile, mutantFile, propertyFiles = [] }: Origins = {},
): string {
  const model = modelFile ? ` --model ${quoted(modelFile)}` : ''
  const mutant = mutantFile ? ` --mutant ${quoted(mutantFile)}` : ''
  const own = propertyFiles.map((one) => ` --property ${quoted(one)}`).join('')
  return `forkcheck replay ${quoted(file)}${model}${mutant}${own}`
}

/** The command that finds the violation of a setup again. */
export function checkCommand(setup: Setup, origins: Origins = {}): string {
  return setupCommand('check', setup, origins)
}

/** A command with the options that choose a setup. */
export function setupCommand(
  command: string,
  setup: Setup,
  { mutantFile, scenarioFile, properties = [], propertyFiles = [] }: Origins,
): string {
  const { scenario, system, mutant } = setup
  const { file } = subjectOf(setup)
  const fromFile = scenarioFile !== undefined && !isStandard(setup)
  const change = mutantFile ?? mutant?.name
  const asked = [...propertyFiles, ...properties]
  return [
    `forkcheck ${command} ${fromFile ? `--scenario ${quoted(scenarioFile)}` : quoted(scenario.name)}`,
    ...(file ? [`--model ${quoted(file.file)}`] : []),
    `--system ${quoted(system.name)}`,
    ...(change ? [`--mutant ${quoted(change)}`] : []),
    ...(asked.length > 0 ? [`--property ${quoted(asked.join(','))}`] : []),
  ].join(' ')
}

/** A word for a POSIX shell. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
