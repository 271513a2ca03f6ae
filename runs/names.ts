/** Looking things up by name, and saying something useful when there is no such thing. */

/** Raised for a name that names nothing; one line that says what is allowed. */
export class UnknownNameError extends Error {
  override readonly name = 'UnknownNameError'
}

/** Names longer than this in all are not listed in a message. */
const LISTED = 100

const PLURALS = {
  system: 'systems',
  scenario: 'scenarios',
  mutant: 'mutants',
  property: 'properties',
} as const

/** The thing of this name. @throws UnknownNameError */
export function named<T extends { readonly name: string }>(
  kind: keyof typeof PLURALS,
  things: readonly T[],
  name: string,
): T {
  const found = things.find((thing) => thing.name === name)
  if (found) return found
  const names = things.map((thing) => thing.name)
  const close = closestName(name, names)
  const list = names.join(', ')
  const allowed =
    names.length === 0
      ? 'there is none'
      : list.length <= LISTED
        ? `known are ${list}`
        : `${close ? `did you mean ${close}? ` : ''}see forkcheck list ${PLURALS[kind]}`
  throw new UnknownNameError(`unknown ${kind} ${name}: ${allowed}`)
}

/**
 * The known name that shares most pairs of letters with a misspelt one, or null if none is near.
 */
export function closestName(wrong: string, known: readonly string[]): string | null {
  const wanted = pairsOf(wrong)
  let best: string | null = null
  let bestScore = 0.4
  for (const name of known) {
    const pairs = pairsOf(name)
    const shared = [...pairs].filter((pair) => wanted.has(pair)).length
    const score = (2 * shared) / (pairs.size + wanted.size)
    if (score > bestScore) [best, bestScore] = [name, score]
  }
  return best
}

function pairsOf(word: string): Set<string> {
  const letters = [...word.toLowerCase()]
  return new Set(letters.slice(1).map((letter, i) => letters[i] + letter))
}
