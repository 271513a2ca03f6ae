/**
 * Async-fork as published (Pang et al., PVLDB 16(5), 2023): fork only marks the parent's PMDs; the
 * child copies the tables, and the parent copies a table itself before it changes it. Where the
 * paper is silent, the granularity is that of the kernel shipped by Alibaba (mm/async_fork.c,
 * Anolis 6.6); docs/design.md says where, and what the labels F, S, C and the numbers refer to.
 */
import { kernel, kernelRoutines, kernelVocabulary } from '../../kernel/index.js'
import * as bothTables from '../both-tables.js'
import type { System } from '../system.js'
import * as copier from './copier.js'
import * as copierEnds from './copier-ends.js'
import * as copiers from './copiers.js'
import * as copyTable from './copy-table.js'
import { environment } from './environment.js'
import * as hooks from './hooks.js'
import * as markers from './markers.js'
import * as phase1 from './phase-1.js'
import { asyncForkRoutines } from './places.js'
import * as sync from './sync.js'
import * as syncLocked from './sync-locked.js'

export const asyncFork: System = {
  name: 'async-fork',
  says: 'Async-fork as published: fork marks PMDs, the child copies, the parent synchronises first.',
  childStart: 'copier.start',
  routines: [...kernelRoutines, ...asyncForkRoutines],
  // Synchronising a whole VMA needs the write lock, which keeps copiers out: on a kernel whose
  // stacks grow under the read lock it does not hold (stack-synchronised-under-read-lock).
  fixed: { stackGrowth: 'write' },
  features: ['copiesLater', 'tiesVmas', 'copiesInParallel'],
  rules: [
    ...kernel.filter(({ name }) => name !== 'stackGrowsUnderReadLock'),
    ...phase1.phase1,
    ...copyTable.copyTable,
    ...copier.copier,
    ...copiers.copiers,
    ...copierEnds.copierEnds,
    ...sync.sync,
    ...syncLocked.syncLocked,
  ],
  hooks: [...phase1.phase1Hooks, ...hooks.hooks],
  environment,
  vocabulary: [
    ...kernelVocabulary,
    bothTables,
    copier,
    copierEnds,
    copiers,
    hooks,
    markers,
    phase1,
    copyTable,
    sync,
    syncLocked,
  ],
}
