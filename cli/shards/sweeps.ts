/** The results of a sweep: their exit code, and those of several shards as of one process. */
import * as v from 'valibot'
import type { SweepViolation } from '../../runs/sweep/sweep.js'
import { EXIT } from '../errors.js'
import { byPlace, count, type PartOf, sumOf } from './part.js'

/** The result for one system. */
export interface SweepResult {
  readonly system: string
  readonly mutant: string | null
  /** Scenarios that were checked, and that there are. */
  combinations: number
  readonly all: number
  holds: number
  violated: number
  incomplete: number
  states: number
  seconds: number
  readonly violations: SweepViolation[]
}

/** The document of one shard of a sweep. */
export const sweepPart = v.looseObject({
  sweeps: v.array(
    v.looseObject({
      system: v.string(),
      mutant: v.nullable(v.string()),
      combinations: count,
      all: count,
      holds: count,
      violated: count,
      incomplete: count,
      states: count,
      seconds: v.pipe(v.number(), v.minValue(0)),
      violations: v.array(
        v.looseObject({
          scenario: v.string(),
          property: v.string(),
          steps: count,
          registered: v.boolean(),
          input: v.looseObject({ name: v.string() }),
        }),
      ),
    }),
  ),
  shard: v.looseObject({ positions: v.array(v.array(count)) }),
})

/** One document of all shards, in their order, and its exit code. */
export function mergedSweeps(parts: readonly PartOf<typeof sweepPart>[]) {
  const [{ document: first }] = parts
  const allPositions = byPlace(parts, ({ shard }) => shard.positions)
  const sweeps = byPlace(parts, (document) => document.sweeps).map((results, i) => {
    const positions = (allPositions[i] ?? []).flat()
    const violations = results.flatMap((result) => result.violations)
    const order = [...violations.keys()].sort((x, y) => positions[x] - positions[y])
    const seconds = sumOf(results, 'seconds')
    return {
      ...results[0],
      combinations: sumOf(results, 'combinations'),
      holds: sumOf(results, 'holds'),
      violated: sumOf(results, 'violated'),
      incomplete: sumOf(results, 'incomplete'),
      states: sumOf(results, 'states'),
      seconds: Math.round(seconds * 100) / 100,
      violations: order.map((at) => violations[at]),
    }
  })
  return { document: { ...first, sweeps }, code: codeOfSweeps(sweeps) }
}

/** A flaw that is registered is no news. */
export function codeOfSweeps(
  results: readonly {
    readonly incomplete: number
    readonly violations: readonly { readonly registered: boolean }[]
  }[],
): number {
  if (results.some(({ violations }) => violations.some(({ registered }) => !registered)))
    return EXIT.violated
  return results.some(({ incomplete }) => incomplete > 0) ? EXIT.incomplete : EXIT.ok
}

/** The results in a document that was joined, and so has been read. */
export const sweepsIn = (document: object) =>
  (document as { readonly sweeps: readonly SweepResult[] }).sweeps
