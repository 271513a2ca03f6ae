/** Async-fork as shipped by Alibaba with one more thing done wrong. */
import { beginProtecting, joinProtecting, leaveProtecting } from '../../kernel/fork.js'
import type { Mutant } from '../../mutant.js'
import { NONE, PARENT } from '../../state.js'
import { leaveTable } from '../async-fork/sync.js'
import { tableOf } from '../both-tables.js'

const of = { system: 'async-fork-anolis', origin: 'candidate' } as const

/**
 * GUP-fast looks only at write_protect_seq. A thread that copies a table keeps it odd meanwhile.
 * The count of copiers in the shipped kernel is there for that (async_fork_refcnt).
 */
const countsCopiers: Mutant = {
  ...of,
  name: 'anolis-counts-copiers',
  says: 'GUP-fast minds the sequence only, which is odd as long as anybody copies.',
  scenario: 'pinned-while-copied',
  breaks: [],
  source: 'async_fork.c: async_fork_refcnt, write_protect_seq',
  change: {
    pinFallsBackToSync: null,
    tableLock: {
      effect: (s, t) => {
        tableOf(s, t).lock = t
        joinProtecting(s, t)
        s.thread[t].pc = 'copyTable.parentLock'
      },
    },
    tableUnlock: {
      effect: (s, t) => {
        tableOf(s, t).lock = NONE
        leaveProtecting(s, t)
        leaveTable(s, t)
      },
    },
  },
}

export const anolisMutants: readonly Mutant[] = [
  {
    ...of,
    name: 'anolis-first-copier-ends-sequence',
    says: 'The first of two copiers makes write_protect_seq even while the other still copies: what GUP-fast pins then is copied away from the device.',
    scenario: 'pinned-while-copied',
    breaks: ['pinnedPagesStay'],
    source: 'async_fork.c: the first SLOW copier begins, and ends, the sequence (57efa1fe5957)',
    on: countsCopiers,
    change: {
      tableLock: {
        effect: (s, t) => {
          tableOf(s, t).lock = t
          if (!s.mm[PARENT].protecting) {
            beginProtecting(s)
            s.thread[t].protects = true
          }
          s.thread[t].pc = 'copyTable.parentLock'
        },
      },
      tableUnlock: {
        effect: (s, t) => {
          tableOf(s, t).lock = NONE
          if (s.thread[t].protects) s.mm[PARENT].protecting = false
          s.thread[t].protects = false
          leaveTable(s, t)
        },
      },
    },
  },
]
