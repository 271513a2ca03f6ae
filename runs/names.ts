/** Looking things up by name, and saying something useful when there is no such thing. */
import { BUILT_IN_PROPERTIES, type PropertyResult } from '../checker/model.js'
import {
  type Mutant,
  mutants,
  repairs,
  type Scenario,
  type System,
  scenarios,
  systems,
} from '../model/index.js'
import { invariants, situations } from '../properties/index.js'
import { concerns, type Setup } from './model.js'

/** Raised for a name that names nothing; one line that says what is allowed. */
export class UnknownNameError extends Error {
  override readonly name = 'UnknownNameError'
}

/** The system of this name. @throws UnknownNameError */
export function systemNamed(name: string): System {
  return named('system', systems, name)
}

/** The standard scenario of this name. @throws UnknownNameError */
export function scenarioNamed(name: string): Scenario {
  return named('scenario', scenarios, name)
}

/** The registered mutant or repair of this name. @throws UnknownNameError */
export function mutantNamed(name: string): Mutant {
  return named('mutant', [...mutants, ...repairs], name)
}

/**
 * What a mutant is about: a setup that must be caught and its sound twin. Of a mutant that repairs
 * its system it is the system as it stands that must be caught.
 * @throws UnknownNameError
 */
export function pairOf(mutant: Mutant): { readonly broken: Setup; readonly sound: Setup } {
  const plain = { scenario: scenarioNamed(mutant.scenario), system: systemNamed(mutant.system) }
  const changed = { ...plain, mutant }
  return mutant.repairs
    ? { broken: plain, sound: changed }
    : { broken: changed, sound: { ...plain, mutant: mutant.on } }
}

/** What can be said of a property without running it. */
export interface PropertyInfo {
  readonly name: string
  readonly kind: PropertyResult['kind']
  readonly says: string
  /** What a system must do for it to be asked of it; default: any. */
  readonly of?: string
}

/** All properties of all systems, those of the engine included. */
export const allProperties: readonly PropertyInfo[] = [
  ...invariants,
  ...BUILT_IN_PROPERTIES,
  ...situations,
]

/** The names of the systems of which a property is asked. */
export const systemsAsked = (property: PropertyInfo): readonly string[] =>
  systems.filter((system) => concerns(property, system)).map(({ name }) => name)

/** The property of this name. @throws UnknownNameError */
export function propertyNamed(name: string): PropertyInfo {
  return named('property', allProperties, name)
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

/** Names longer than this in all are not listed in a message. */
const LISTED = 100

function named<T extends { readonly name: string }>(
  kind: 'system' | 'scenario' | 'mutant' | 'property',
  things: readonly T[],
  name: string,
): T {
  const found = things.find((thing) => thing.name === name)
  if (found) return found
  const names = things.map((thing) => thing.name)
  const close = closestName(name, names)
  const list = names.join(', ')
  const plural = kind === 'property' ? 'properties' : `${kind}s`
  const allowed =
    list.length <= LISTED
      ? `known are ${list}`
      : `${close ? `did you mean ${close}? ` : ''}see forkcheck list ${plural}`
  throw new UnknownNameError(`unknown ${kind} ${name}: ${allowed}`)
}

function pairsOf(word: string): Set<string> {
  const letters = [...word.toLowerCase()]
  return new Set(letters.slice(1).map((letter, i) => letters[i] + letter))
}
