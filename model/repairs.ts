/** The registry of repairs: what systems as published do wrong, and what would put it right. */
import type { Mutant } from './mutant.js'
import { anolisRepairs } from './systems/async-fork-anolis/repairs.js'
import { bytedanceRepairs } from './systems/async-fork-bytedance/repairs.js'
import { cowPteRepairs } from './systems/cow-pte/repairs.js'
import { onDemandForkRepairs } from './systems/on-demand-fork/repairs.js'

export const repairs: readonly Mutant[] = [
  ...anolisRepairs,
  ...bytedanceRepairs,
  ...onDemandForkRepairs,
  ...cowPteRepairs,
]
