/** The registry of mutants: a new one is an entry in a file of its subject. */
import type { Mutant } from '../mutant.js'
import { anolisMutants } from './async-fork-anolis.js'
import { bytedanceMutants } from './async-fork-bytedance.js'
import { copyOnWriteMutants } from './copy-on-write.js'
import { copyingMutants } from './copying.js'
import { cowPteMutants } from './cow-pte.js'
import { endMutants } from './ends.js'
import { errorMutants } from './errors.js'
import { hookMutants } from './hooks.js'
import { kernelMutants } from './kernel.js'
import { linuxMutants } from './linux.js'
import { onDemandForkMutants } from './on-demand-fork.js'
import { reclaimMutants } from './reclaim.js'

export const mutants: readonly Mutant[] = [
  ...linuxMutants,
  ...copyOnWriteMutants,
  ...kernelMutants,
  ...reclaimMutants,
  ...copyingMutants,
  ...endMutants,
  ...hookMutants,
  ...errorMutants,
  ...anolisMutants,
  ...bytedanceMutants,
  ...onDemandForkMutants,
  ...cowPteMutants,
]
