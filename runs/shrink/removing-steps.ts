/** Leaving out parts of a schedule, where searching for the shortest one would be too much. */
import type { Cursor } from '../cursor.js'
import { follow } from './follow.js'

/** A schedule from which so many steps in a row have been left out. */
export interface Shorter {
  /** What is left of it; null where that violates nothing. */
  readonly schedule: readonly string[] | null
  readonly size: number
}

/**
 * Shorter schedules to try: without each part of so many steps, then without each half as long, and
 * so on down to single steps. Made as they are asked for.
 * @param property is violated at the end of what is left, and nowhere before; null: no matter.
 * @param largest steps left out at first; default: half of them.
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
