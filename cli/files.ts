/** Reading what the user names, and writing counterexamples: whole or not at all. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import {
  type CounterexampleFile,
  counterexamplePath,
  parseCounterexample,
  printCounterexample,
} from '../runs/counterexample.js'
import { UsageError } from './errors.js'
import type { Io } from './io.js'

/** The text of a file. @throws UsageError when there is none, or it is a directory, or unreadable. */
export function readText(io: Io, file: string): string {
  try {
    return readFileSync(resolve(io.cwd, file), 'utf8')
  } catch (error) {
    throw new UsageError(`${file}: ${reason(error)}`)
  }
}

/** Is there a file of this name? */
export function existsIn(io: Io, file: string): boolean {
  return existsSync(resolve(io.cwd, file))
}

/** The value in a JSON file. @throws UsageError */
export function readJson(io: Io, file: string): unknown {
  const text = readText(io, file)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${file}: not JSON: ${(error as Error).message}`)
  }
}

/** Refuses an output directory that is something else. @throws UsageError */
export function checkDirectory(io: Io, directory: string | undefined): void {
  if (directory === undefined) return
  const stat = statSync(resolve(io.cwd, directory), { throwIfNoEntry: false })
  if (stat && !stat.isDirectory()) throw new UsageError(`--out ${directory}: not a directory`)
}

/**
 * Writes a counterexample below a directory, through a temporary file. Equal ones are one file,
 * which keeps saying where it was found first.
 * @returns the file's name, below `directory` as the user wrote it.
 * @throws UsageError when it cannot be written.
 */
export function writeCounterexample(io: Io, directory: string, file: CounterexampleFile): string {
  const path = join(directory, counterexamplePath(file))
  const provenance = provenanceIn(resolve(io.cwd, path)) ?? file.provenance
  writeText(io, path, printCounterexample({ ...file, provenance }))
  return path
}

/** Writes a file through a temporary one. @throws UsageError when it cannot be written. */
export function writeText(io: Io, file: string, text: string): void {
  const target = resolve(io.cwd, file)
  const temporary = `${target}.${process.pid}.tmp`
  try {
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(temporary, text)
    renameSync(temporary, target)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw new UsageError(`cannot write ${file}: ${reason(error)}`)
  }
}

function provenanceIn(target: string): CounterexampleFile['provenance'] {
  try {
    return parseCounterexample(readFileSync(target, 'utf8'), target).provenance
  } catch {
    // Not there, or not readable: then it is written anew.
    return undefined
  }
}

/** Why the file system refused, in words. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const words: Record<string, string> = {
    ENOENT: 'no such file',
    EISDIR: 'a directory, not a file',
    EACCES: 'permission denied',
    ENOTDIR: 'a part of the path is not a directory',
  }
  return words[code ?? ''] ?? message
}
