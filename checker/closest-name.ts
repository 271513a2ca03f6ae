/** The name that somebody meant who wrote another one. */
import { closest, distance } from 'fastest-levenshtein'

/** Names are near if at most this part of the longer one has to be changed. */
const NEAR = 0.4

/**
 * The known name that takes the fewest changes of single letters to get from a misspelt one.
 * Upper and lower case are the same letter.
 * @returns null if no name is near.
 */
export function closestName(wrong: string, known: Iterable<string>): string | null {
  const names = new Map([...known].map((name) => [name.toLowerCase(), name]))
  if (names.size === 0) return null
  const wanted = wrong.toLowerCase()
  const best = closest(wanted, [...names.keys()])
  const isNear = distance(wanted, best) <= NEAR * Math.max(wanted.length, best.length)
  return isNear ? (names.get(best) ?? null) : null
}
