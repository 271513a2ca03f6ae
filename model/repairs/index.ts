/** The registry of repairs: what systems as published do wrong, and what would put it right. */
import type { Mutant } from '../mutant.js'
import { anolisRepairs } from './async-fork-anolis.js'
import { bytedanceRepairs } from './async-fork-bytedance.js'
import { cowPteRepairs } from './cow-pte.js'
import { onDemandForkRepairs } from './on-demand-fork.js'

export const repairs: readonly Mutant[] = [
  ...anolisRepairs,
  ...bytedanceRepairs,
  ...onDemandForkRepairs,
  ...cowPteRepairs,
]
