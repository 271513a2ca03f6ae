/** What became of single changes, in several shards, as of one process. */
import * as v from 'valibot'
import { EXIT, UsageError } from '../errors.js'
import { count, type PartOf } from './part.js'

const VERDICTS = ['caught', 'same graph', 'same behaviour', 'survivor', 'error'] as const

const change = v.looseObject({
  name: v.string(),
  says: v.string(),
  is: v.picklist(VERDICTS),
  by: v.optional(v.string()),
  scenario: v.optional(v.string()),
  schedule: v.optional(v.array(v.string())),
  why: v.optional(v.string()),
  /** In how many scenarios it can differ from its original. */
  among: count,
  seconds: v.pipe(v.number(), v.minValue(0)),
})

/** What became of a single change. */
export type JudgedChange = v.InferOutput<typeof change>

/** The document of one shard. */
export const singleChangesPart = v.looseObject({
  changes: v.array(change),
  shard: v.looseObject({ positions: v.array(count) }),
})

/** One document of all shards, and its exit code. */
export function mergedSingleChanges(parts: readonly PartOf<typeof singleChangesPart>[]) {
  const all = parts.flatMap(({ file, document: { changes, shard } }) => {
    if (shard.positions.length !== changes.length)
      throw new UsageError(`${file}: has ${changes.length} changes, and other places`)
    return changes.map((change, i) => ({ change, at: shard.positions[i] }))
  })
  all.sort((x, y) => x.at - y.at)
  const wrong = all.findIndex(({ at }, i) => at !== i)
  if (wrong >= 0) throw new UsageError(`no shard, or more than one, has change ${wrong + 1}`)
  const changes = all.map(({ change }) => change)
  return { document: { ...parts[0].document, changes }, code: codeOfChanges(changes) }
}

/** A survivor is news; one that could not be judged leaves the question open. */
export function codeOfChanges(changes: readonly Pick<JudgedChange, 'is'>[]): number {
  if (changes.some(({ is }) => is === 'survivor')) return EXIT.violated
  return changes.some(({ is }) => is === 'error') ? EXIT.incomplete : EXIT.ok
}

/** The changes in a document that was joined, and so has been read. */
export const changesIn = (document: object) =>
  (document as { readonly changes: readonly JudgedChange[] }).changes
