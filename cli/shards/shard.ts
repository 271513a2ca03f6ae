/**
 * Shards: equal shares of one command's work, each done by a process of its own, on any machine.
 * Each prints a document that says which shard it is; `forkcheck merge` makes one of all of them.
 */
import { createHash } from 'node:crypto'
import { InvalidArgumentError } from 'commander'
import { identityOf } from '../../checker/state/identity.js'
import { ownProperties } from '../../runs/fork-machine/own-properties.js'
import { isBuiltIn, modelOf } from '../../runs/setup-model.js'
import type { Setup } from '../../runs/subject.js'
import type { Io } from '../io.js'
import { packageVersion } from '../package.js'

/** Shard `number` of `of`: 1 <= number <= of. */
export interface Shard {
  readonly number: number
  readonly of: number
}

/** Commands whose work can be shared. */
type SharedCommand = 'check' | 'sweep' | 'simulate' | 'mutants' | 'single-changes'

/** The part of a shard's document by which `forkcheck merge` knows what belongs together. */
export interface ShardHead extends Shard {
  readonly command: SharedCommand
  readonly version: string
  /** A digest of all models: their variables, rules and properties. */
  readonly rules: string
  /** The command's options. They must be the same in all shards. */
  readonly question: Readonly<Record<string, unknown>>
}

/** The `shard` of a document: it also says whether the shard is complete. */
export const shardField = (io: Io, head: ShardHead | undefined, results: object) =>
  head ? { shard: { ...head, interrupted: io.signal.aborted, ...results } } : {}

/** The option of a command whose work can be shared. */
export const SHARD = [
  '--shard <n/of>',
  'do this share of the work only, such as 3/16; `forkcheck merge` joins the --json documents',
  shardNamed,
] as const

/** More are a mistake. */
export const MOST_SHARDS = 100_000

function shardNamed(value: string): Shard {
  const [, number, of] = (/^(\d{1,6})\/(\d{1,6})$/.exec(value) ?? []).map(Number)
  if (number >= 1 && number <= of && of <= MOST_SHARDS) return { number, of }
  throw new InvalidArgumentError('must be a number and how many there are, such as 3/16.')
}

/** The items of a shard, dealt in turn, with their places among all; all of them without one. */
export function dealt<T>(items: readonly T[], shard: Shard | undefined): { at: number; item: T }[] {
  const all = items.map((item, at) => ({ at, item }))
  return shard ? all.filter(({ at }) => at % shard.of === shard.number - 1) : all
}

/** The walks of a shard: consecutive ones, so that the first violation is that of one process. */
export function walksOf(all: { firstRun: number; runs: number }, { number, of }: Shard) {
  const before = (shards: number) => Math.floor((shards * all.runs) / of)
  const firstRun = all.firstRun + before(number - 1)
  return { firstRun, runs: before(number) - before(number - 1) }
}

/** The head of a shard's document. */
export function shardHead(
  command: SharedCommand,
  { number, of }: Shard,
  setups: readonly Setup[],
  question: Readonly<Record<string, unknown>>,
): ShardHead {
  const rules = rulesOf(setups, JSON.stringify([command, question]))
  return { command, number, of, version: packageVersion(), rules, question }
}

/** Digests of models that come with forkcheck, by the question. */
const known = new Map<string, string>()

/** The digest of all models. A worker does many parts of one question: it is computed once. */
function rulesOf(setups: readonly Setup[], question: string): string {
  const isOurs = ownProperties().length === 0 && setups.every(isBuiltIn)
  const before = isOurs ? known.get(question) : undefined
  if (before !== undefined) return before
  const sum = createHash('sha256')
  for (const setup of setups) sum.update(identityOf(modelOf(setup)))
  const rules = sum.digest('hex').slice(0, 32)
  if (isOurs) known.set(question, rules)
  return rules
}

/** Says below a table that it is not of everything. */
export function shardLine({ number, of }: Shard): string {
  return `shard ${number} of ${of}: what the other shards do is not in this table\n`
}
