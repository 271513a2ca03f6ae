/**
 * What names mean in the text of a function: those of the vocabulary mean the same everywhere, and
 * others mean what they mean in the function's module.
 */
import type { Model, Scope } from '../model.js'

/** The meanings of names that are neither parameters nor local; undefined: there is none. */
export interface Meanings {
  /** The meaning of a name in all functions. */
  everywhere(name: string): unknown
  /** The meaning of another name in the text of this function. */
  within(fn: unknown, name: string): unknown
}

/** The meanings of names in a model. */
export function meaningsIn({
  vocabulary = {},
  scopes = [],
}: Pick<Model<never>, 'vocabulary' | 'scopes'>): Meanings {
  const scopesOf = scopesByFunction(scopes)
  const everywhere = (name: string) =>
    Object.hasOwn(vocabulary, name) ? vocabulary[name] : undefined
  const within = (fn: unknown, name: string) => {
    const own = (scopesOf.get(fn) ?? []).filter(({ names }) => Object.hasOwn(names, name))
    const [meaning, ...others] = own.map(({ names }) => names[name])
    return others.every((other) => other === meaning) ? meaning : undefined
  }
  return {
    everywhere,
    within(fn, name) {
      const plain = unbundled(name)
      return within(fn, name) ?? within(fn, plain) ?? everywhere(plain)
    },
  }
}

const byFunction = new WeakMap<readonly Scope[], ReadonlyMap<unknown, readonly Scope[]>>()

/** The scopes that each function is in. */
function scopesByFunction(scopes: readonly Scope[]): ReadonlyMap<unknown, readonly Scope[]> {
  const known = byFunction.get(scopes)
  if (known) return known
  const made = new Map<unknown, Scope[]>()
  for (const scope of scopes)
    for (const fn of scope.functions) made.set(fn, [...(made.get(fn) ?? []), scope])
  byFunction.set(scopes, made)
  return made
}

/** The name that a function had before a bundler told it apart from others of that name. */
function unbundled(name: string): string {
  return name.replace(/\$\d+$/, '')
}
