/** What names mean in the text of rules: what they mean in the module that the rule is in. */
import type { Rule, Scope } from '../checker/model.js'
import { madeOf } from './rule.js'
import type { State } from './state.js'

/**
 * All functions and plain constants of some modules, by name. A name that means different things
 * in two modules is left out: only these modules themselves can use it.
 */
export function vocabularyOf(modules: readonly object[]): Record<string, unknown> {
  const words: Record<string, unknown> = {}
  const different = new Set<string>()
  for (const module of modules)
    for (const [name, value] of Object.entries(namesOf(module))) {
      if (name in words && words[name] !== value) different.add(name)
      words[name] = value
    }
  for (const name of different) delete words[name]
  return words
}

/**
 * The modules as scopes.
 * @param rules effects that were made of a module's effects are in its scope, too.
 */
export function scopesOf(
  modules: readonly object[],
  rules: readonly Rule<State>[] = [],
): readonly Scope[] {
  const made = rules.map(({ effect }) => [effect, madeOf.get(effect)] as const)
  return modules.map((module) => {
    const functions = functionsOf(module)
    const more = made.flatMap(([effect, of]) => (of && functions.has(of) ? [effect] : []))
    return { functions: new Set([...functions, ...more]), names: namesOf(module) }
  })
}

const knownNames = new WeakMap<object, Record<string, unknown>>()

function namesOf(module: object): Record<string, unknown> {
  const known = knownNames.get(module)
  if (known) return known
  const names = Object.entries(module).filter(([, is]) => typeof is !== 'object')
  const found = Object.fromEntries(names)
  knownNames.set(module, found)
  return found
}

const known = new WeakMap<object, ReadonlySet<unknown>>()

/** The functions that a module exports: as such, or in rules, hooks, operations and properties. */
function functionsOf(module: object): ReadonlySet<unknown> {
  const found = known.get(module) ?? new Set(within(Object.values(module)))
  known.set(module, found)
  return found
}

function within(values: readonly unknown[]): readonly unknown[] {
  return values.flatMap((value) => {
    if (typeof value === 'function') return [value]
    const isGroup = typeof value === 'object' && value !== null
    return isGroup ? within(Object.values(value)) : []
  })
}
