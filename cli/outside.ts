/** Models and mutants that a command loads from files, for the counterexamples that it reads. */
import type { Command } from 'commander'
import { forkMachine } from '../runs/fork-machine/subject.js'
import type { MutantInfo, Subject } from '../runs/subject.js'
import type { Io } from './io.js'
import { loadSubject, MODEL_OPTION } from './model-file.js'
import { loadMutants } from './mutant-file.js'
import { repeated } from './options.js'
import { PROPERTY_FILE, takePropertyFiles } from './property-file.js'

/** The values of the options. */
export interface OutsideOptions {
  readonly model?: readonly string[]
  readonly mutant?: readonly string[]
  readonly property?: readonly string[]
}

export interface Outside {
  readonly mutants: readonly MutantInfo[]
  /**
   * The subject of a counterexample or a certificate: among several model files, the file that it
   * names. If that file was not given, the fork machine; reading then names the missing file.
   */
  readonly subjectOf: (about: { readonly model?: string }) => Subject
}

/** A command on one counterexample file. */
export function fileCommand(program: Command, name: string, says: string): Command {
  const command = program.command(name).description(says).argument('<file>', 'a .cex.json file')
  return reading(command, 'where the mutant of the file comes from')
}

/** A command on all files of a corpus. */
export function corpusCommand(corpus: Command, name: string, says: string): Command {
  const command = corpus.command(name).description(says)
  command.argument('[dir]', 'where it is (default: counterexamples)')
  return reading(command, 'a mutant that is not registered (repeatable)')
}

/** The options of a command that reads counterexamples; see OutsideOptions. */
function reading(command: Command, mutant: string): Command {
  return command
    .option(...MODEL_OPTION)
    .option('--mutant <file.mjs>', mutant, repeated)
    .option(...PROPERTY_FILE)
}

/** The files that the options name: nothing is to be written over them. */
export function filesRead({ model = [], mutant = [], property = [] }: OutsideOptions): string[] {
  return [...model, ...mutant, ...property]
}

/** @throws UsageError for a file that cannot be loaded. */
export async function loadOutside(
  io: Io,
  { model = [], mutant = [], property = [] }: OutsideOptions,
): Promise<Outside> {
  await takePropertyFiles(io.cwd, property)
  const subjects = await Promise.all(model.map((file) => loadSubject(io.cwd, file)))
  // Mutants from files are those of the model file, where there is one.
  const [first = forkMachine] = subjects
  return {
    mutants: await loadMutants(io.cwd, mutant, first),
    subjectOf: ({ model: wanted }) => {
      if (wanted === undefined) return forkMachine
      const known = subjects.find(({ file }) => file?.file === wanted)
      return known ?? (subjects.length === 1 ? subjects[0] : forkMachine)
    },
  }
}

/** Nothing is from outside. */
export const NOTHING_OUTSIDE: Outside = { mutants: [], subjectOf: () => forkMachine }
