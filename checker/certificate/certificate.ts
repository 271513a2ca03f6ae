/** The claims of a certificate about one run, and the model that the run is of. */
import type { Model } from '../model.js'
import { Packing } from './packing.js'

/** A claim about a model: every state that can be reached is in the list that follows it. */
export interface Claim {
  /** See `fingerprint`. */
  readonly identity: string
  /** Names of the properties that hold, built-in ones included. */
  readonly properties: readonly string[]
  /**
   * The `eventually` properties, in the order of the ranks of a state. While the promise of such a
   * property is not kept, the rank of a state never rises, and in all states of one rank some fair
   * group is enabled and takes no step that keeps the rank.
   */
  readonly ranked: readonly string[]
  /**
   * Schedules from an initial state to a state in which a `sometimes` property holds, or in which
   * an `eventually` property that must not be empty asks for something.
   */
  readonly witnesses: Readonly<Record<string, readonly string[]>>
  /** How many states the list has. */
  readonly states: number
}

/** A schedule that violates a property: the certificate of a run that is violated. */
export interface Refutation {
  readonly identity: string
  readonly property: string
  readonly schedule: readonly string[]
  /** See Trace.loopStart. */
  readonly loopStart?: number
}

/** Why a certificate is not believed, in one line. */
export class RejectedError extends Error {
  override readonly name = 'RejectedError'
}

/** Stands in a line of the list where a state has no rank. */
export const NO_RANK = '.'

/**
 * A number for a model: the texts of its rules, properties and all functions they name, its
 * variables and its initial states. 64 hexadecimal digits (SHA-256).
 */
export async function fingerprint<S>(model: Model<S>): Promise<string> {
  const { name, layout, init, ranges, rules, location, properties } = model
  const { final, fairness, vocabulary, scopes } = model
  const packing = new Packing<S>(layout.root)
  const initial = init.map((state) => {
    packing.set(state)
    return packing.pack()
  })
  const parts = {
    name,
    root: layout.root,
    initial,
    ranges,
    rules,
    location,
    properties,
    final,
    fairness,
    vocabulary,
    scopes,
  }
  const text = JSON.stringify(parts, (key, value) => {
    if (key === 'position') return undefined
    if (typeof value === 'function') return String(value)
    return value instanceof Map || value instanceof Set ? [...value] : value
  })
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
