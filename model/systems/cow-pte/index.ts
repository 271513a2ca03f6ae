/**
 * COW PTE (Chih-En Lin, patches of 2022 and 2023, never merged; branch odf-v2 of the On-demand-fork
 * repository): tables are shared like pages, and a thread that is about to change one copies it
 * first. Modelled with what its reviewers found; repairs.ts has the repairs.
 */
import * as sharing from '../../hardware/sharing.js'
import { kernel, kernelRoutines, kernelVocabulary } from '../../kernel/index.js'
import { generations } from '../generations.js'
import type { System } from '../system.js'
import * as breakLocked from './break-locked.js'
import * as breakTable from './break-table.js'
import * as dropTable from './drop-table.js'
import * as gup from './gup.js'
import * as hooks from './hooks.js'
import { cowPteRoutines } from './places.js'
import * as share from './share.js'

/** Rules of the kernel that COW PTE has its own of. */
const REPLACED = new Set(gup.gup.map(({ name }) => name))

export const cowPte: System = {
  name: 'cow-pte',
  says: 'COW PTE as proposed: page tables are shared; a thread that changes one copies it first.',
  childStart: 'user',
  routines: [...kernelRoutines, ...cowPteRoutines],
  sharesTables: true,
  flawed: true,
  kernel: '6.0',
  fixed: generations['6.0'],
  rules: [
    ...kernel.filter(({ name }) => !REPLACED.has(name)),
    ...share.share,
    ...breakTable.breaking,
    ...dropTable.dropping,
    ...gup.gup,
  ],
  hooks: hooks.hooks,
  vocabulary: [...kernelVocabulary, sharing, share, breakTable, breakLocked, dropTable, gup, hooks],
}
