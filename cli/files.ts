/** Reading what the user names, and saving counterexamples. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  type CounterexampleFile,
  counterexamplePath,
  parseCounterexample,
  printCounterexample,
} from '../runs/counterexample.js'
import { reason, UsageError } from './errors.js'
import type { Io } from './io.js'
import { writeText } from './output-file.js'

/** The text of a file. @throws UsageError for a directory, or a file that cannot be read. */
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

/** A counterexample that is to be saved. */
export interface ToSave {
  /** The name it will have, below the folder as the user wrote it. */
  readonly name: string
  readonly file: CounterexampleFile
}

/** The counterexample with the name that its content gives it below a folder. */
export function namedIn(directory: string, file: CounterexampleFile): ToSave {
  return { name: join(directory, counterexamplePath(file)), file }
}

/**
 * Saves a counterexample. Equal ones are one file, which keeps saying where it was found first.
 * @throws UsageError when it cannot be written.
 */
export function writeCounterexample(io: Io, { name, file }: ToSave): void {
  const provenance = provenanceIn(resolve(io.cwd, name)) ?? file.provenance
  writeText(io, name, printCounterexample({ ...file, provenance }))
}

function provenanceIn(target: string): CounterexampleFile['provenance'] {
  try {
    return parseCounterexample(readFileSync(target, 'utf8'), target).provenance
  } catch {
    // The file is missing or cannot be read: it is rewritten.
    return undefined
  }
}
