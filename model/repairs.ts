/** The registry of repairs: what systems as published do wrong, and what would put it right. */
import type { Mutant } from './mutant.js'
import { anolisRepairs, repairedAnolis } from './systems/async-fork-anolis/repairs.js'
import { bytedanceRepairs, repairedBytedance } from './systems/async-fork-bytedance/repairs.js'
import { cowBreaksOrPutsBack, cowPteRepairs, repairedCowPte } from './systems/cow-pte/repairs.js'
import { onDemandForkRepairs, repairedOnDemandFork } from './systems/on-demand-fork/repairs.js'

export const repairs: readonly Mutant[] = [
  ...anolisRepairs,
  ...bytedanceRepairs,
  ...onDemandForkRepairs,
  ...cowPteRepairs,
]

/**
 * Systems with several repairs at once: no bugs of their own, but what further mutants, also those
 * from outside, are made on top of, and what `--mutant` takes by name.
 */
export const repairedSystems: readonly Mutant[] = [
  repairedOnDemandFork,
  repairedCowPte,
  repairedAnolis,
  repairedBytedance,
  cowBreaksOrPutsBack,
]
