/** One check to be run, as data for the runner and its threads. */
import type { Setup } from '../runs/subject.js'

/** One check to be run. */
export interface Plan {
  readonly setup: Setup
  /** Where the setup's mutant comes from, if that is a file. */
  readonly mutantFile?: string
  /** Files with properties of the user's own. */
  readonly propertyFiles?: readonly string[]
  /** Watch these only. */
  readonly properties?: readonly string[]
  /** Situations to find the shortest way to. */
  readonly witnesses?: readonly string[]
}
