/** Models of the user's own, from files: TypeScript or JavaScript, without a build step. */
import { createHash } from 'node:crypto'
import { relative } from 'node:path'
import { forkMachine } from '../runs/fork-machine/subject.js'
import { ownSubject } from '../runs/own/subject.js'
import type { Subject } from '../runs/subject.js'
import type { Io } from './io.js'
import { repeated } from './options.js'
import { fromDefault, userFile } from './user-file.js'

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
  const read = userFile(cwd, file, 'a model file')
  const digest = createHash('sha256').update(read.text).digest('hex').slice(0, 16)
  const name = relative(cwd, read.path).replaceAll('\\', '/')
  return fromDefault(file, read, 'a Model, or a subject', (exported) =>
    ownSubject(exported, { file: name, digest }),
  )
}
