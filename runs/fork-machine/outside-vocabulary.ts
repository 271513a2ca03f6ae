/** The vocabulary that mutants from files use in rules. */

import { systems } from '../../model/index.js'
import { vocabularyOf } from '../../model/scopes.js'

/**
 * Every function and constant the rules of any system may call, by name. Where two systems mean
 * different things by one name, the first system's is given; the other is reached by an import.
 */
export function vocabularyForMutants(): Record<string, unknown> {
  const words: Record<string, unknown> = {}
  for (const system of systems)
    for (const [name, value] of Object.entries(vocabularyOf(system.vocabulary)))
      if (!(name in words)) words[name] = value
  return words
}
