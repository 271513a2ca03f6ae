/** What a system is: its rules and hooks over the common kernel, and where a new child starts. */
import type { SystemShape } from '../program.js'
import type { Hook, SystemRule } from '../rule.js'
import type { Environment } from './environment.js'
import type { KernelVersion } from './generations.js'

export interface System extends SystemShape {
  readonly name: string
  /** One sentence. */
  readonly says: string
  /** The version of Linux that its source stands on, where that is one: see generations.ts. */
  readonly kernel?: KernelVersion
  /** What it does that not all do; a property that `requires` one is asked of no other system. */
  readonly features?: readonly string[]
  /**
   * It is modelled with the flaws it is known for, or may have: what holds is told of each scenario
   * (the repairs.ts beside it), and the standard suite leaves it out.
   */
  readonly flawed?: true
  /** All rules, the kernel's included. */
  readonly rules: readonly SystemRule[]
  /** Detours put in front of the rules. */
  readonly hooks: readonly Hook[]
  /** The modules whose functions and constants the rules' text names. */
  readonly vocabulary: readonly object[]
  /** What takes the place of other page tables in the proof for any number of them (proof/). */
  readonly environment?: Environment
}
