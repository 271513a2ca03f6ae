/** The options of commands whose work can be done by workers. */
import { UsageError } from '../errors.js'
import { positive } from '../options.js'
import { MOST_SHARDS, type Shard } from '../shards/shard.js'
import { shownUrl } from './connection.js'

export interface QueueOptions {
  readonly redis?: string
  readonly parts?: number
}

export const REDIS = [
  '--redis <url>',
  'let workers do it: `forkcheck work --redis <url>` on any machines',
] as const

/** Enough for some workers to be busy to the end, and few enough to cost nothing. */
const USUAL_PARTS = 32

export const PARTS = [
  '--parts <n>',
  `with --redis: cut the work into so many parts (default: ${USUAL_PARTS})`,
  positive,
] as const

/**
 * @param never options that do not go with --redis, by their names in `options`.
 * @throws UsageError
 */
export function refuseWithRedis<O extends QueueOptions>(
  options: O,
  never: readonly (keyof O & string)[],
): void {
  const { redis, parts } = options
  if (redis === undefined && parts !== undefined) throw new UsageError('--parts: only with --redis')
  if (redis === undefined) return
  shownUrl(redis)
  const other = never.find((name) => options[name] !== undefined)
  if (other === undefined) return
  const option = other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  throw new UsageError(`--${option}: not with --redis`)
}

/**
 * The first of the parts, if workers are to do the work; undefined if not.
 * @param items how many things there are to do: more parts than that would be empty.
 */
export function firstPart({ redis, parts }: QueueOptions, items: number): Shard | undefined {
  if (redis === undefined) return undefined
  return { number: 1, of: Math.max(1, Math.min(parts ?? USUAL_PARTS, items, MOST_SHARDS)) }
}
