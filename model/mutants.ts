/** The registry of mutants: a new one is an entry in a file of its subject. */
import type { Mutant } from './mutant.js'
import { copyingMutants } from './systems/async-fork/mutants/copying.js'
import { endMutants } from './systems/async-fork/mutants/ends.js'
import { errorMutants } from './systems/async-fork/mutants/errors.js'
import { hookMutants } from './systems/async-fork/mutants/hooks.js'
import { programMutants as asyncForkProgramMutants } from './systems/async-fork/mutants/programs.js'
import { anolisMutants } from './systems/async-fork-anolis/mutants.js'
import { bytedanceMutants } from './systems/async-fork-bytedance/mutants.js'
import { cowPteMutants } from './systems/cow-pte/mutants.js'
import { callMutants } from './systems/linux/mutants/calls.js'
import { copyOnWriteMutants } from './systems/linux/mutants/copy-on-write.js'
import { deviceMutants } from './systems/linux/mutants/devices.js'
import { linuxMutants } from './systems/linux/mutants/fork.js'
import { kernelMutants } from './systems/linux/mutants/kernel.js'
import { programMutants } from './systems/linux/mutants/programs.js'
import { reclaimMutants } from './systems/linux/mutants/reclaim.js'
import { onDemandForkMutants } from './systems/on-demand-fork/mutants.js'

export const mutants: readonly Mutant[] = [
  ...linuxMutants,
  ...copyOnWriteMutants,
  ...deviceMutants,
  ...kernelMutants,
  ...reclaimMutants,
  ...callMutants,
  ...programMutants,
  ...copyingMutants,
  ...endMutants,
  ...hookMutants,
  ...errorMutants,
  ...asyncForkProgramMutants,
  ...anolisMutants,
  ...bytedanceMutants,
  ...onDemandForkMutants,
  ...cowPteMutants,
]
