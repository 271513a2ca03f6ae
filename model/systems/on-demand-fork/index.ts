/**
 * On-demand-fork (Zhao, Gong, Fonseca, EuroSys 2021), as its published kernel does it
 * (rssys/on-demand-fork, Linux 5.6.19): parent and child share their PTE tables until one of them
 * faults. Modelled with its flaws; what repairs each of them is in repairs.ts.
 */
import * as sharing from '../../hardware/sharing.js'
import { kernel, kernelRoutines, kernelVocabulary } from '../../kernel/index.js'
import { generations } from '../generations.js'
import type { System } from '../system.js'
import * as forkTable from './fork-table.js'
import * as hooks from './hooks.js'
import { onDemandForkRoutines } from './places.js'
import * as population from './population.js'
import * as share from './share.js'

/** Rules of the kernel that On-demand-fork has its own of. */
const OWN = [...hooks.advice, ...forkTable.faultTakesPmdLock, ...population.population]
const REPLACED = new Set(OWN.map(({ name }) => name))

export const onDemandFork: System = {
  name: 'on-demand-fork',
  says: 'On-demand-fork as published: last-level tables are shared, and copied on the first fault.',
  childStart: 'user',
  routines: [...kernelRoutines, ...onDemandForkRoutines],
  sharesTables: true,
  flawed: true,
  kernel: '5.6',
  fixed: generations['5.6'],
  rules: [
    ...kernel.filter(({ name }) => !REPLACED.has(name)),
    ...share.share,
    ...forkTable.forkTable,
    ...hooks.dropTable,
    ...OWN,
  ],
  hooks: hooks.hooks,
  vocabulary: [...kernelVocabulary, sharing, share, forkTable, hooks, population],
}
