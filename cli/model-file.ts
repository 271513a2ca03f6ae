/** Models of the user's own, from files: TypeScript or JavaScript, without a build step. */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { createJiti } from 'jiti'
import * as checker from '../checker/index.js'
import * as forkcheck from '../index.js'
import { forkMachine } from '../runs/fork-machine/subject.js'
import { ownSubject } from '../runs/own/subject.js'
import type { Subject } from '../runs/subject.js'
import { isUsage, oneLine, reason, UsageError } from './errors.js'
import type { Io } from './io.js'
import { repeated } from './options.js'

/** The option of commands that are about one model. */
export const MODEL = ['--model <file>', 'a model of your own: .ts, .mts, .js or .mjs'] as const

/** The option that names the model files of counterexamples. */
export const MODEL_OPTION = [
  '--model <file>',
  'where the model of the file comes from, unless it is the fork machine (repeatable)',
  repeated,
] as const

/** The subject that a `--model` option names; the fork machine where there is none. */
export async function subjectFrom(io: Io, file: string | undefined): Promise<Subject> {
  return file === undefined ? forkMachine : loadSubject(io.cwd, file)
}

/**
 * Loads a model file. It imports `forkcheck` and `forkcheck/checker` from the forkcheck that runs.
 * @throws UsageError naming the file and the mistake.
 */
export async function loadSubject(cwd: string, file: string): Promise<Subject> {
  if (!/\.m?[jt]s$/.test(file))
    throw new UsageError(`${file}: a model file ends in .ts, .mts, .js or .mjs`)
  const path = resolve(cwd, file)
  let text: string
  try {
    if (statSync(path).isDirectory()) throw new UsageError(`${file}: a directory, not a file`)
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(`${file}: ${reason(error)}`)
  }
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16)
  const name = relative(cwd, path).replaceAll('\\', '/')
  try {
    const module = await loader().import<Record<string, unknown>>(path)
    if (!('default' in module)) throw new UsageError('has no default export: a Model, or a subject')
    return ownSubject(module.default, { file: name, digest })
  } catch (error) {
    throw new UsageError(`${file}: ${isUsage(error) ? '' : 'cannot be loaded: '}${oneLine(error)}`)
  }
}

/** Rules keep their text: the loader takes out types, and nothing else that matters to them. */
function loader() {
  const virtualModules = { forkcheck, 'forkcheck/checker': checker }
  return createJiti(import.meta.url, { moduleCache: false, interopDefault: false, virtualModules })
}
