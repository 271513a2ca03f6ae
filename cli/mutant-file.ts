/** Mutants from files. */
import { readFileSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { forkMachine } from '../runs/fork-machine/subject.js'
import { mutantNamedIn } from '../runs/names.js'
import type { MutantInfo, Subject } from '../runs/subject.js'
import { isUsage, oneLine, reason, UsageError } from './errors.js'
import { type LoadedFile, placeOfError, placeOfField } from './source-place.js'
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

/** Loads and checks a mutant file. @throws UsageError naming the file, the line and the mistake. */
async function loadMutant(cwd: string, file: string, subject: Subject): Promise<MutantInfo> {
  if (!/\.m?js$/.test(file)) throw new UsageError(`${file}: a mutant file ends in .mjs or .js`)
  const loaded = readLoaded(cwd, file)
  try {
    const name = basename(file).replace(/\.m?js$/, '')
    const made = importDefault(loaded.path).then((exported) => subject.parseMutant(exported, name))
    // Stories name the file, not how it was found.
    return withPlaces(await inTime(made, 'mutant'), { ...loaded, file: basename(file) })
  } catch (error) {
    const complaint = oneLine(error)
    if (isUsage(error)) throw new UsageError(`${placeOfField(complaint, loaded)}: ${complaint}`)
    throw new UsageError(`${placeOfError(error, loaded)}: cannot be loaded: ${complaint}`)
  }
}

function readLoaded(cwd: string, file: string): LoadedFile {
  const path = resolve(cwd, file)
  try {
    if (statSync(path).isDirectory()) throw new UsageError(`${file}: a directory, not a file`)
    return { file, path, text: readFileSync(path, 'utf8') }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${file}: ${reason(error)}`)
  }
}

/** A rule of a mutant, or what it changes of one: its functions by the names of its fields. */
type Part = Readonly<Record<string, unknown>> | null

/** The mutant, with functions that name file and line where they fail. */
function withPlaces(mutant: MutantInfo, file: LoadedFile): MutantInfo {
  const { change, add, hooks } = mutant as {
    change?: Readonly<Record<string, Part>>
    add?: Part[]
    hooks?: Part[]
  }
  const part = (one: Part): Part =>
    one && Object.fromEntries(Object.entries(one).map(([k, value]) => [k, field(value)]))
  const field = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(field)
    return typeof value === 'function' ? naming(value as AnyFunction, file) : value
  }
  const changed = Object.entries(change ?? {}).map(([name, one]) => [name, part(one)])
  return {
    ...mutant,
    ...(change && { change: Object.fromEntries(changed) }),
    ...(add && { add: add.map(part) }),
    ...(hooks && { hooks: hooks.map(part) }),
  }
}

// biome-ignore lint/suspicious/noExplicitAny: any function at all
type AnyFunction = (...args: any[]) => any

/** The same function; the message of an error that it throws ends with the place. */
function naming(fn: AnyFunction, loaded: LoadedFile): AnyFunction {
  const named: AnyFunction = (...args) => {
    try {
      return fn(...args)
    } catch (error) {
      const place = placeOfError(error, loaded)
      if (error instanceof Error && !error.message.includes(place)) error.message += ` (${place})`
      throw error
    }
  }
  return Object.assign(named, { toString: () => String(fn) })
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
