/** Files with code of the user's, in TypeScript or JavaScript: loaded without a build step. */
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createJiti } from 'jiti'
import * as checker from '../checker/index.js'
import * as forkcheck from '../index.js'
import { isUsage, oneLine, reason, UsageError } from './errors.js'

/** A file, read and not yet run. */
export interface UserFile {
  readonly path: string
  readonly text: string
}

/**
 * @param what the file is to be, for messages: `a model file`.
 * @throws UsageError naming the file and the mistake.
 */
export function userFile(cwd: string, file: string, what: string): UserFile {
  if (!/\.m?[jt]s$/.test(file))
    throw new UsageError(`${file}: ${what} ends in .ts, .mts, .js or .mjs`)
  const path = resolve(cwd, file)
  try {
    if (statSync(path).isDirectory()) throw new UsageError(`${file}: a directory, not a file`)
    return { path, text: readFileSync(path, 'utf8') }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${file}: ${reason(error)}`)
  }
}

/**
 * What becomes of a file's default export. The file imports `forkcheck` and `forkcheck/checker` from
 * the forkcheck that runs.
 * @param what the export is to be, for messages.
 * @throws UsageError naming the file and the mistake.
 */
export async function fromDefault<T>(
  file: string,
  { path }: UserFile,
  what: string,
  take: (exported: unknown) => T | Promise<T>,
): Promise<T> {
  try {
    const module = await loader().import<Record<string, unknown>>(path)
    if (!('default' in module)) throw new UsageError(`has no default export: ${what}`)
    return await take(module.default)
  } catch (error) {
    throw new UsageError(`${file}: ${isUsage(error) ? '' : 'cannot be loaded: '}${oneLine(error)}`)
  }
}

/** Rules keep their text: the loader takes out types, and nothing else that matters to them. */
function loader() {
  const virtualModules = { forkcheck, 'forkcheck/checker': checker }
  return createJiti(import.meta.url, { moduleCache: false, interopDefault: false, virtualModules })
}

/** How long a file may take until what it makes is there. */
const LOADING_SECONDS = 10

/**
 * The same, or an error where it does not come.
 * @param what is to be made, for the message: `mutant`.
 * @throws UsageError
 */
export async function inTime<T>(made: Promise<T>, what: string): Promise<T> {
  const over = new AbortController()
  const late = setTimeout(LOADING_SECONDS * 1000, null, { signal: over.signal }).then(() => {
    throw new UsageError(`has not made its ${what} within ${LOADING_SECONDS} s`)
  })
  late.catch(() => {})
  try {
    return await Promise.race([made, late])
  } finally {
    over.abort()
  }
}
