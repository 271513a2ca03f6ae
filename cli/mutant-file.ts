/** Mutants from files. */
import { statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { forkMachine } from '../runs/fork-machine/subject.js'
import { mutantNamedIn } from '../runs/names.js'
import type { MutantInfo, Subject } from '../runs/subject.js'
import { isUsage, oneLine, reason, UsageError } from './errors.js'
import { inTime } from './user-file.js'

/** A mutant as the command line names it. */
export interface NamedMutant {
  readonly mutant: MutantInfo
  /** It comes from outside: its functions are interpreted. */
  readonly foreign: boolean
  /** The text of the option, if it names a file. */
  readonly file?: string
}

/** The mutant a `--mutant` option names. @throws UsageError, UnknownNameError */
export async function mutantFrom(
  cwd: string,
  given: string,
  subject: Subject = forkMachine,
): Promise<NamedMutant> {
  if (!isFileName(given)) return { mutant: mutantNamedIn(subject, given), foreign: false }
  return { mutant: await loadMutant(cwd, given, subject), foreign: true, file: given }
}

/** The mutants in some files. @throws UsageError */
export async function loadMutants(
  cwd: string,
  files: readonly string[] = [],
  subject: Subject = forkMachine,
): Promise<MutantInfo[]> {
  return Promise.all(files.map((file) => loadMutant(cwd, file, subject)))
}

/** Loads and checks a mutant file. @throws UsageError naming the file and the mistake. */
async function loadMutant(cwd: string, file: string, subject: Subject): Promise<MutantInfo> {
  if (!/\.m?js$/.test(file)) throw new UsageError(`${file}: a mutant file ends in .mjs or .js`)
  const path = resolve(cwd, file)
  try {
    if (statSync(path).isDirectory()) throw new UsageError(`${file}: a directory, not a file`)
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${file}: ${reason(error)}`)
  }
  try {
    const name = basename(file).replace(/\.m?js$/, '')
    const made = importDefault(path).then((exported) => subject.parseMutant(exported, name))
    return await inTime(made, 'mutant')
  } catch (error) {
    if (isUsage(error)) throw new UsageError(`${file}: ${oneLine(error)}`)
    throw new UsageError(`${placeIn(error, path, file)}: cannot be loaded: ${oneLine(error)}`)
  }
}

/** The file, with the line of it that the stack of an error names first. */
function placeIn(error: unknown, path: string, file: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  // Loaders name it as an address or as a path.
  const after = stack.split(pathToFileURL(path).href)[1] ?? stack.split(path)[1]
  const line = after === undefined ? undefined : /^:(\d+)/.exec(after)?.[1]
  return line === undefined ? file : `${file}:${line}`
}

async function importDefault(path: string): Promise<unknown> {
  const module = await import(/* @vite-ignore */ pathToFileURL(path).href)
  if ('default' in module) return module.default
  throw new UsageError('has no default export: a mutant, or a function that returns one')
}

/** Does a `--mutant` option name a file? */
export function isFileName(given: string): boolean {
  return /[/\\]|\.[a-z]+$/.test(given)
}
