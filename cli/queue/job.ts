/**
 * Jobs as data in Redis: each is one part of a command's work. Anyone who can write to the Redis can
 * write a job, so a job is read like a file of a stranger. It names options of a known command, and
 * files by what they must contain. It never carries code.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import * as v from 'valibot'
import { parsed } from '../../runs/parsed.js'
import { reason, UsageError } from '../errors.js'
import { isFileName } from '../mutant-file.js'
import { MOST_SHARDS } from '../shards/shard.js'

/** Where jobs are in Redis: keys begin with `forkcheck:parts:`. */
export const PREFIX = 'forkcheck'
export const QUEUE = 'parts'

/** The options of each command that a job may have. All else is the asker's own business. */
export const OPTIONS = {
  check: [
    ...['model', 'system', 'mutant', 'scenario', 'property', 'witness', 'max-states', 'max-memory'],
    ...['max-depth', 'continue', 'digest'],
  ],
  sweep: [
    ...['system', 'mutant', 'property', 'geometry', 'strength', 'few', 'sample', 'seed'],
    'max-states',
  ],
  simulate: [
    ...['model', 'system', 'mutant', 'scenario', 'property', 'strategy', 'depth', 'seed', 'runs'],
    ...['max-steps', 'no-shrink'],
  ],
  mutants: ['model', 'property'],
  'single-changes': ['system', 'of', 'every', 'max-states'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type QueuedCommand = keyof typeof OPTIONS

const text = v.pipe(
  v.string(),
  v.maxLength(10_000),
  // Control characters have no place in a name, and could pretend to be lines of ours.
  v.check((value) => !/\p{Cc}/u.test(value), 'has a control character'),
)
const word = v.pipe(text, v.minLength(1))
/** A name that is no option. */
const name = v.pipe(word, v.regex(/^[^-]/, 'must not begin with -'))
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MOST_SHARDS))

const schema = v.strictObject({
  format: v.literal(1),
  command: v.picklist(Object.keys(OPTIONS) as QueuedCommand[]),
  version: word,
  /** See ShardHead.rules. */
  rules: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  /** The names behind the command. */
  names: v.pipe(v.array(name), v.maxLength(100_000)),
  options: v.record(word, v.union([v.literal(true), v.array(text)])),
  /** Files that options name, and the SHA-256 of what is in them. */
  files: v.record(word, v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  number: whole,
  of: whole,
})

export type Job = v.InferOutput<typeof schema>

/** @throws UsageError naming the mistake. */
export function readJob(data: unknown): Job {
  const job = parsed(schema, data, '', {
    whole: 'is not an object',
    unknown: (field) => `${field}: is not known`,
    error: UsageError,
  })
  if (job.number > job.of) throw new UsageError(`number: ${job.number} is more than ${job.of}`)
  const known: readonly string[] = OPTIONS[job.command]
  const other = Object.keys(job.options).find((option) => !known.includes(option))
  if (other !== undefined) throw new UsageError(`options.${other}: ${job.command} has none`)
  const unnamed = filesOf(job.options).find((file) => !Object.hasOwn(job.files, file))
  if (unnamed !== undefined) throw new UsageError(`files: nothing says what is in ${unnamed}`)
  return job
}

/** What a job is called in messages. */
export const nameOf = ({ command, number, of }: Pick<Job, 'command' | 'number' | 'of'>) =>
  `${command} ${number}/${of}`

/** The arguments of the command that does the job. */
export function wordsOf({ command, names, options, number, of }: Job): string[] {
  const given = Object.entries(options).flatMap(([option, values]) =>
    values === true ? [`--${option}`] : values.map((value) => `--${option}=${value}`),
  )
  return [command, ...names, ...given, '--json', '--quiet', `--shard=${number}/${of}`]
}

/** Options whose value may name a file. */
const FILE_OPTIONS = ['model', 'mutant', 'scenario', 'property']

/** The files that options name. */
function filesOf(options: Job['options']): string[] {
  return FILE_OPTIONS.flatMap((option) => {
    const values = Object.hasOwn(options, option) ? options[option] : true
    return values === true ? [] : values.filter((value) => option === 'model' || isFileName(value))
  })
}

/** The files that options name, with what is in them. @throws UsageError */
export function digestsOf(cwd: string, options: Job['options']): Job['files'] {
  return Object.fromEntries(filesOf(options).map((file) => [file, digestOf(cwd, file)]))
}

/** @throws UsageError when a file is not here, or not the one that is meant. */
export function checkFiles(cwd: string, { files }: Job): void {
  for (const [file, digest] of Object.entries(files))
    if (digestOf(cwd, file) !== digest)
      throw new UsageError(`${file}: is not the file that was asked for: its content differs`)
}

/** @throws UsageError */
function digestOf(cwd: string, file: string): string {
  if (isAbsolute(file) || file.split(/[/\\]/).includes('..'))
    throw new UsageError(`${file}: with --redis, files are below the folder of each process`)
  try {
    return createHash('sha256')
      .update(readFileSync(resolve(cwd, file)))
      .digest('hex')
  } catch (error) {
    throw new UsageError(`${file}: ${reason(error)}`)
  }
}
