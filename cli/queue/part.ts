/** Doing a job: the command itself, in this process, with what it prints kept. */
import { Command } from 'commander'
import { EXIT, isUsage, oneLine } from '../errors.js'
import type { Io } from '../io.js'
import { packageVersion } from '../package.js'
import { checkFiles, type Job, nameOf, type QueuedCommand, readJob, wordsOf } from './job.js'

/** What became of a job. */
export type Answer =
  | { readonly kind: 'done'; readonly document: object }
  /** It cannot be done, here or anywhere. */
  | { readonly kind: 'failed'; readonly why: string }
  /** It is for another worker: this one has another version, or other rules. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'interrupted' }

type Add = (program: Command, io: Io, exit: (code: number) => void) => void

const COMMANDS: Readonly<Record<QueuedCommand, () => Promise<Add>>> = {
  check: async () => (await import('../commands/check.js')).addCheck,
  sweep: async () => (await import('../commands/sweep.js')).addSweep,
  simulate: async () => (await import('../commands/simulate.js')).addSimulate,
  mutants: async () => (await import('../commands/mutants.js')).addMutants,
  'single-changes': async () => (await import('../commands/single-changes.js')).addSingleChanges,
}

/**
 * Does a job as it is in Redis. Never throws: what goes wrong is an answer.
 * @param begin called with the job's name before it is done.
 */
export async function doPart(
  io: Io,
  data: unknown,
  begin: (name: string) => void,
): Promise<Answer> {
  try {
    const job = readJob(data)
    const own = packageVersion()
    if (job.version !== own) {
      const why = `is of forkcheck ${job.version}, and this worker is forkcheck ${own}`
      return { kind: 'refused', why: `${nameOf(job)} ${why}` }
    }
    checkFiles(io.cwd, job)
    begin(nameOf(job))
    return await documentOf(io, job)
  } catch (error) {
    return { kind: 'failed', why: oneLine(error) }
  }
}

async function documentOf(io: Io, job: Job): Promise<Answer> {
  const said = { out: '', err: '' }
  let code: number = EXIT.ok
  const part: Io = {
    ...io,
    stdout: { write: (text) => (said.out += text) },
    stderr: { write: (text) => (said.err += text) },
    keys: undefined,
  }
  const program = new Command('forkcheck').exitOverride().configureOutput({ writeErr: () => {} })
  const add = await COMMANDS[job.command]()
  add(program, part, (given) => {
    code = given
  })
  try {
    await program.parseAsync(wordsOf(job), { from: 'user' })
  } catch (error) {
    if (isUsage(error)) throw error
    throw new Error(`${nameOf(job)}: ${oneLine(error)}`)
  }
  if (io.signal.aborted || code === EXIT.interrupted) return { kind: 'interrupted' }
  const document = JSON.parse(said.out)
  if (document.shard.rules === job.rules) return { kind: 'done', document }
  const why = `is of other rules or properties than this worker has`
  return { kind: 'refused', why: `${nameOf(job)} ${why}` }
}
