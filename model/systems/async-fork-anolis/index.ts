/**
 * Async-fork as shipped by Alibaba (mm/async_fork.c of Anolis 6.6): the rules of
 * async-fork, which have its granularity, with the choices it makes and without what it lacks, as
 * far as its published source shows. repairs.ts tells what follows from each.
 */
import type { Change } from '../../mutant.js'
import { mutate } from '../../mutant.js'
import { NONE } from '../../state.js'
import { failCopy } from '../async-fork/copy-table.js'
import { asyncFork } from '../async-fork/index.js'
import { dropSpinlocks, tableOf } from '../both-tables.js'
import { generations } from '../generations.js'
import type { System } from '../system.js'

/** As shipped: the error leaves by a way on which the table's page stays locked. */
const leaksCopyLock: Readonly<Record<string, Change>> = {
  tableCopyPinnedFails: {
    effect: (s, t) => {
      dropSpinlocks(s, t)
      failCopy(s, t)
    },
  },
  // A trylock: who holds the lock from before does not get it again, but after a pause.
  tableLock: {
    guard: (s, t) =>
      tableOf(s, t).lock === NONE || (tableOf(s, t).lock === t && s.thread[t].entry > 0),
  },
  tableIsBusy: {
    guard: (s, t) =>
      tableOf(s, t).lock !== NONE && (tableOf(s, t).lock !== t || s.thread[t].entry === 0),
  },
}

export const asyncForkAnolis: System = {
  ...mutate(
    asyncFork,
    {
      name: 'async-fork-anolis',
      system: 'async-fork',
      says: '',
      scenario: '',
      breaks: [],
      origin: 'candidate',
      source: 'mm/async_fork.c of Anolis 6.6',
      change: {
        ...leaksCopyLock,
        // lock_vma_under_rcu has no test; the child's mmap_lock is read-held, as others';
        // nothing is undone when fork fails after it has dropped the lock.
        faultFallsBackToSync: null,
        peekIsRefused: null,
        forkUndoesLate: null,
      },
    },
    false,
  ),
  name: 'async-fork-anolis',
  says: 'Async-fork as shipped by Alibaba (Anolis 6.6), with what its published source lacks.',
  flawed: true,
  kernel: '6.6',
  fixed: {
    ...generations['6.6'],
    pointerLock: 'child',
    errorCheck: 'before',
    pinned: 'later',
    copierLock: 'copy',
    copiers: 1,
  },
}
