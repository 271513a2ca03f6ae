/** Leaving out parts of a schedule, where searching for the shortest one would be too much. */
import type { Cursor } from '../cursor.js'
import { follow } from './follow.js'

/** A schedule from which `size` consecutive steps have been left out. */
export interface Shorter {
  /** The remaining steps; null where they violate nothing. */
  readonly schedule: readonly string[] | null
  readonly size: number
}

/**
 * Shorter schedules to try: without each part of `largest` steps, then without each part of half
 * that length, and so on down to single steps. They are made one at a time.
 * @param property is violated at the end of the remaining steps, and nowhere before; null: any.
 * @param largest length of the first parts that are left out; default: half of the steps.
 */
export function* shorterSchedules<S>(
  cursor: Cursor<S>,
  schedule: readonly string[],
  property: string | null,
  largest: number = schedule.length >> 1,
): Generator<Shorter> {
  for (let size = largest; size >= 1; size >>= 1)
    for (let to = schedule.length; to > 0; to -= size) {
      const rest = [...schedule.slice(0, Math.max(0, to - size)), ...schedule.slice(to)]
      const taken = follow(cursor, rest, property)
      yield { schedule: taken && taken.length < schedule.length ? taken : null, size }
    }
}
