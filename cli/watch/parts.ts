/**
 * The parts of a model with a digest of each: its rules and properties with all functions that they
 * call, and its variables. Two versions of a model differ in the parts whose digests differ.
 */
import { createHash } from 'node:crypto'
import { type Meanings, meaningsIn } from '../../checker/rules/scopes.js'
import { declarationOf } from '../../checker/state/identity.js'
import { modelOf } from '../../runs/setup-model.js'
import type { Setup, SystemInfo } from '../../runs/subject.js'

/** Digests by the name of the part: a rule, a property, or VARIABLES. */
export type Parts = Readonly<Record<string, string>>

/** The name of the part with all variables, their ranges and the values at first. */
export const VARIABLES = ''

/** What is known of the functions and parts of a system, by these. */
interface Known {
  readonly called: Map<unknown, readonly unknown[]>
  readonly digests: Map<object, string>
}

/** Reads the parts of setups with one mutant or none: what models of a system share is read once. */
export class PartReader {
  private readonly known = new Map<SystemInfo, Known>()

  partsOf(setup: Setup): Parts {
    const { layout, init, ranges, rules, properties, ...model } = modelOf(setup)
    const meanings = meaningsIn(model)
    const known = this.known.get(setup.system) ?? { called: new Map(), digests: new Map() }
    this.known.set(setup.system, known)
    const digestOf = (part: object) => {
      const digest = known.digests.get(part) ?? digestFrom(textOf(part, meanings, known))
      known.digests.set(part, digest)
      return digest
    }
    return Object.fromEntries([
      [VARIABLES, digestFrom(JSON.stringify([declarationOf(layout), init, ranges]))],
      ...[...rules, ...properties].map((part) => [part.name, digestOf(part)]),
    ])
  }
}

/** A part with all functions that it calls, and that these call. */
function textOf(part: object, meanings: Meanings, { called }: Known): string {
  const functions = new Set<unknown>(Object.values(part).flat().filter(isFunction))
  for (const fn of functions) {
    const names = called.get(fn) ?? namesIn(fn, meanings)
    called.set(fn, names)
    // The loop goes on to what is added here.
    for (const name of names) functions.add(name)
  }
  return [JSON.stringify(part), ...[...functions].map(String)].join('\n')
}

const isFunction = (value: unknown) => typeof value === 'function'

/** The functions and constants that a function's text names. */
function namesIn(fn: unknown, meanings: Meanings): readonly unknown[] {
  if (!isFunction(fn)) return []
  const words = new Set(String(fn).match(/[A-Za-z_$][\w$]*/g))
  const meant = [...words].map((word) => meanings.within(fn, word))
  return meant.filter((meaning) => meaning !== undefined)
}

function digestFrom(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
