/** The registry of mutants: a new one is an entry in a file of its subject, listed here. */
import type { Mutant } from '../mutant.js'
import { linuxMutants } from './linux.js'

export const mutants: readonly Mutant[] = [...linuxMutants]
