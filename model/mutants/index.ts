/** The registry of mutants: a new one is an entry in a file of its subject, listed here. */
import type { Mutant } from '../mutant.js'
import { copyingMutants } from './copying.js'
import { errorMutants } from './errors.js'
import { hookMutants } from './hooks.js'
import { linuxMutants } from './linux.js'

export const mutants: readonly Mutant[] = [
  ...linuxMutants,
  ...hookMutants,
  ...copyingMutants,
  ...errorMutants,
]
