/** What a system is: its rules and hooks over the common kernel, and where a new child starts. */
import type { Rule } from '../../checker/model.js'
import type { Hook } from '../rule.js'
import type { Place, State } from '../state.js'

export interface System {
  readonly name: string
  /** One sentence. */
  readonly says: string
  readonly childStart: Place
  /** All rules, the kernel's included. */
  readonly rules: readonly Rule<State>[]
  /** Detours put in front of the rules. */
  readonly hooks: readonly Hook[]
  /** The modules whose functions and constants the rules' text names. */
  readonly vocabulary: readonly object[]
}
