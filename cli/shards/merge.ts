/** The documents of all shards of one question, made one document: that of a single process. */
import * as v from 'valibot'
import { parsed } from '../../runs/parsed.js'
import { UsageError } from '../errors.js'
import { checkedIn, checkPart, mergedChecks } from './checks.js'
import { mergedMutants, mutantsPart } from './mutants.js'
import type { PartOf } from './part.js'
import { mergedSimulations, simulationPart } from './simulations.js'
import { mergedSingleChanges, singleChangesPart } from './single-changes.js'
import { mergedSweeps, sweepPart } from './sweeps.js'

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

const head = v.looseObject({
  format: v.literal(1),
  shard: v.looseObject({
    command: v.picklist(['check', 'sweep', 'simulate', 'mutants', 'single-changes']),
    version: v.string(),
    rules: v.string(),
    number: whole,
    of: whole,
    interrupted: v.boolean(),
    question: v.record(v.string(), v.unknown()),
  }),
})
type Part = PartOf<typeof head>

/** A file of a shard, read as JSON. */
export interface ShardFile {
  readonly file: string
  readonly json: unknown
}

/** Missing shards that are named in a complaint. */
const NAMED = 10

/**
 * @returns the document as the command prints it without --shard, and the exit code of it.
 * @throws UsageError when the files are not all shards of one question, each once.
 */
export function merge(files: readonly ShardFile[]): { document: object; code: number } {
  const parts = inOrder(files.map((file) => checked(head, file)))
  const { command } = parts[0].document.shard
  const { document, code } = mergers[command](parts)
  // Fields that are left out are undefined, which JSON does not have.
  return { document: { ...document, shard: undefined }, code }
}

/** The runs in the documents of shards of `check`, with what they found. @throws UsageError */
export const checkedInParts = (parts: readonly ShardFile[]) =>
  checkedIn(parts.map((part) => checked(checkPart, part)))

const mergers = {
  check: (parts: readonly Part[]) => mergedChecks(parts.map(as(checkPart))),
  sweep: (parts: readonly Part[]) => mergedSweeps(parts.map(as(sweepPart))),
  simulate: (parts: readonly Part[]) => mergedSimulations(parts.map(as(simulationPart))),
  mutants: (parts: readonly Part[]) => mergedMutants(parts.map(as(mutantsPart))),
  'single-changes': (parts: readonly Part[]) =>
    mergedSingleChanges(parts.map(as(singleChangesPart))),
}

/** Reads a part again, by the schema of its command. */
function as<T extends v.GenericSchema>(schema: T) {
  return ({ file, document }: Part) => checked(schema, { file, json: document })
}

function checked<T extends v.GenericSchema>(schema: T, { file, json }: ShardFile): PartOf<T> {
  const isDocument = typeof json === 'object' && json !== null && 'shard' in json
  if (!isDocument)
    throw new UsageError(`${file}: not the document of a shard: --shard and --json make them`)
  parsed(schema, json, `${file}: `, {
    whole: `${file}: is damaged`,
    unknown: (field) => `${field}: is not known`,
    error: UsageError,
  })
  // The schemas change nothing. Fields keep their order, as in the document of one process.
  return { file, document: json as v.InferOutput<T> }
}

/** The shards by number. @throws UsageError */
function inOrder(parts: readonly Part[]): Part[] {
  const [first] = parts
  const byNumber = new Map<number, Part>()
  for (const part of parts) {
    const difference = differenceOf(part, first)
    if (difference !== null) throw new UsageError(`${part.file}: ${difference}`)
    const { number, of, interrupted } = part.document.shard
    const name = `shard ${number}/${of}`
    if (number > of) throw new UsageError(`${part.file}: ${name}: there is no such shard`)
    if (interrupted)
      throw new UsageError(`${part.file}: ${name} was interrupted: run that shard again`)
    const same = byNumber.get(number)
    if (same) throw new UsageError(`${part.file}: ${name} is in ${same.file} already`)
    byNumber.set(number, part)
  }
  const { of } = first.document.shard
  if (byNumber.size < of) throw new UsageError(missing(byNumber, of))
  return [...byNumber.values()].sort((x, y) => x.document.shard.number - y.document.shard.number)
}

function missing(there: ReadonlyMap<number, unknown>, of: number): string {
  const first: string[] = []
  for (let number = 1; first.length < NAMED && number <= of; number++)
    if (!there.has(number)) first.push(`${number}/${of}`)
  const [one, more] = [of - there.size === 1, of - there.size - first.length]
  const rest = more > 0 ? ` and ${more} more` : ''
  return `${one ? 'shard' : 'shards'} ${first.join(', ')}${rest} ${one ? 'is' : 'are'} missing`
}

/** Why two documents do not belong to one command; null if they do. */
function differenceOf({ document }: Part, { file, document: first }: Part): string | null {
  const [own, other] = [document.shard, first.shard]
  const than = (name: string, mine: unknown, theirs: unknown) =>
    `${name} is ${JSON.stringify(mine) ?? 'missing'}, but ${JSON.stringify(theirs) ?? 'missing'} in ${file}`
  if (own.command !== other.command) return than('the command', own.command, other.command)
  if (own.version !== other.version)
    return than('the version of forkcheck', own.version, other.version)
  if (own.of !== other.of) return than('the number of shards', own.of, other.of)
  for (const name of new Set([...Object.keys(own.question), ...Object.keys(other.question)])) {
    const [mine, theirs] = [own.question[name], other.question[name]]
    if (JSON.stringify(mine) !== JSON.stringify(theirs)) return than(name, mine, theirs)
  }
  return own.rules === other.rules ? null : `its rules or properties are not those of ${file}`
}
