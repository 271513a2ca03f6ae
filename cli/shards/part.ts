/** The documents of shards, as merging sees them. */
import * as v from 'valibot'
import { UsageError } from '../errors.js'

/** A whole number of 0 or more. */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** How often things happened, by name. */
export const counts = v.record(v.string(), count)

/** A shard's document and the file that it is from. */
export interface PartOf<T extends v.GenericSchema> {
  readonly file: string
  readonly document: v.InferOutput<T>
}

/**
 * The elements of the parts' lists, grouped by index.
 * @throws UsageError when the lists are not of one length.
 */
export function byPlace<D, T>(
  parts: readonly { readonly file: string; readonly document: D }[],
  list: (document: D) => readonly T[],
): T[][] {
  const lists = parts.map(({ document }) => list(document))
  const [{ length }] = lists
  const other = lists.findIndex((one) => one.length !== length)
  if (other > 0)
    throw new UsageError(
      `${parts[other].file}: has ${lists[other].length} results, but ${parts[0].file} has ${length}`,
    )
  return lists[0].map((_, place) => lists.map((one) => one[place]))
}

export function sumOf<K extends string>(all: readonly Record<K, number>[], field: K): number {
  return all.reduce((sum, one) => sum + one[field], 0)
}

/** Counts by name, added up. */
export function added(all: readonly Record<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const one of all)
    for (const [name, number] of Object.entries(one)) sums[name] = (sums[name] ?? 0) + number
  return sums
}
