/**
 * Mutants: a system with one thing done wrong. A mutant names rules and hooks of its system and
 * says what becomes of them; a good one is a few lines.
 */
import { closestName } from '../checker/closest-name.js'
import { InputError } from '../checker/input-error.js'
import { type PlaceTable, routine } from './places.js'
import type { Hook, Step, SystemRule } from './rule.js'
import type { System } from './systems/system.js'

/**
 * What becomes of a rule or hook: dropped (null), or some of its parts replaced. A new effect
 * replaces the rule's next place (`to`) as well, unless it is given with it.
 */
export type Change = null | Partial<Omit<Step, 'name'>> | Partial<Omit<Hook, 'name'>>

export interface Mutant {
  readonly name: string
  readonly system: string
  /** What is done wrong, in one sentence. */
  readonly says: string
  /** The scenario in which it shows. */
  readonly scenario: string
  /** The properties that must catch it; the first one is the one that does in the corpus. */
  readonly breaks: readonly string[]
  /**
   * A documented bug; one that was found here and then shown on a running kernel; a candidate seen
   * in published source; or thought up here.
   */
  readonly origin: 'documented' | 'confirmed' | 'candidate' | 'synthetic'
  readonly source: string
  /** Of a synthetic one: the documented bug that it would bring back, a commit or a CVE. */
  readonly recalls?: string
  /** By name of rule or hook. */
  readonly change?: Readonly<Record<string, Change>>
  /** Further rules, and further hooks. */
  readonly add?: readonly SystemRule[]
  /** Functions the rules' text names, by name: from then on the name means this one. */
  readonly replace?: Readonly<Record<string, AnyFunction>>
  readonly hooks?: readonly Hook[]
  /** Places that the system lacks, with what is true of a thread at each. */
  readonly places?: PlaceTable
  /**
   * The other way round: it is the system as it stands that breaks, and this repairs it. `breaks`
   * and `says` then tell of the system.
   */
  readonly repairs?: true
  /** A repair, on top of which this is a mutant: the twin is the system so repaired. */
  readonly on?: Mutant
}

// biome-ignore lint/suspicious/noExplicitAny: any function at all
type AnyFunction = (...args: any[]) => any

/** Raised for a mutant that does not fit its system. */
export class MutantError extends InputError {
  override readonly name = 'MutantError'
}

/**
 * The system with the mutant's changes.
 * @param foreign true for a mutant from outside: its functions are run as they stand, never read.
 * @throws MutantError on a name that is neither a rule nor a hook.
 */
export function mutate(published: System, mutant: Mutant, foreign: boolean): System {
  const system = mutant.on ? mutate(published, mutant.on, false) : published
  const change = mutant.change ?? {}
  const known = new Set([...system.rules, ...system.hooks].map((r) => r.name))
  const unknown = Object.keys(change).find((name) => !known.has(name))
  if (unknown !== undefined) {
    const close = closestName(unknown, known)
    const hint = close ? `; did you mean ${close}?` : ''
    throw new MutantError(
      `mutant ${mutant.name}: ${system.name} has no rule or hook ${unknown}${hint}`,
    )
  }
  const changed = <R extends SystemRule | Hook>(parts: readonly R[]): R[] =>
    parts.flatMap((part) => {
      const patch = change[part.name]
      if (patch === undefined) return [part]
      if (patch === null) return []
      const functions = foreign ? Object.values(patch).filter((p) => typeof p === 'function') : []
      const place = 'effect' in patch ? { to: undefined } : {}
      return [{ ...part, ...place, ...patch, ...(foreign ? { foreign: functions } : {}) }]
    })
  const added = (mutant.add ?? []).map((rule) =>
    foreign
      ? { ...rule, foreign: [rule.guard, rule.effect, ...(rule.unless ?? [])].filter(Boolean) }
      : rule,
  )
  const hooks = (mutant.hooks ?? []).map((hook) =>
    foreign ? { ...hook, foreign: [hook.due, hook.effect] } : hook,
  )
  return replaced(
    {
      ...system,
      routines: [
        ...system.routines,
        ...(mutant.places ? [routine(mutant.name, mutant.says, mutant.places)] : []),
      ],
      rules: [...changed(system.rules), ...added],
      hooks: [...changed(system.hooks), ...hooks],
    },
    mutant.replace ?? {},
  )
}

/**
 * A mutant that changes nothing and has the places of another one, and of what that is made on;
 * undefined where there are none.
 */
export function placesOnly(mutant: Mutant): Mutant | undefined {
  const { change, add, hooks, replace, on, ...rest } = mutant
  const places = { ...(on && placesOnly(on)?.places), ...mutant.places }
  return Object.keys(places).length > 0 ? { ...rest, places } : undefined
}

/** The system with other functions under some of the names of its vocabulary. */
function replaced(system: System, functions: Readonly<Record<string, AnyFunction>>): System {
  const names = Object.keys(functions)
  if (names.length === 0) return system
  const instead = new Map<unknown, AnyFunction>()
  const vocabulary = system.vocabulary.map((module) => {
    const words: Record<string, unknown> = { ...module }
    for (const name of names.filter((name) => name in words)) {
      instead.set(words[name], functions[name])
      words[name] = functions[name]
    }
    return words
  })
  // A rule may have such a function itself for its guard.
  const parts = <R extends object>(part: R): R =>
    Object.fromEntries(
      Object.entries(part).map(([key, value]) => [
        key,
        Array.isArray(value)
          ? value.map((one) => instead.get(one) ?? one)
          : (instead.get(value) ?? value),
      ]),
    ) as R
  return { ...system, rules: system.rules.map(parts), hooks: system.hooks.map(parts), vocabulary }
}
