/** Async-fork as shipped by Bytedance with one more thing done wrong, where it holds as it is. */
import { mayPutMm } from '../../hardware/frames.js'
import { childOf } from '../../kernel/fork.js'
import { isFirstOf } from '../../kernel/fork-ends.js'
import { isAtOrdinaryTable } from '../../kernel/fork-tables.js'
import type { Mutant } from '../../mutant.js'
import { NONE, PARENT } from '../../state.js'
import { fail, finish, mmOf, rest } from '../../threads.js'
import { vmaId } from '../../vmas.js'
import { dropSpinlocks, sourceOf, tableOf } from '../both-tables.js'
import { failEntire, leaveEntire } from './entire.js'
import { isFlagged, pointingVma } from './flags.js'
import { isTarget, leavesTables } from './hand-over.js'
import { walkedVma } from './walk.js'

const of = { system: 'async-fork-bytedance', origin: 'synthetic' } as const

export const bytedanceMutants: readonly Mutant[] = [
  {
    ...of,
    name: 'byte-no-drain',
    says: 'The child lets go without waiting for parent threads that are still copying into it.',
    scenario: 'bgsave',
    breaks: ['copiesForItsOwnChild'],
    origin: 'documented',
    source: 'the comment in async_copy_finish says what the write lock is for',
    change: {
      copierUnlock: {
        effect: (s, t) => {
          s.mm[PARENT].lock.readers[t] = false
          s.thread[t].pc = 'walk.release'
        },
      },
    },
  },
  {
    ...of,
    name: 'byte-hands-over-nothing',
    says: "fork drops the parent's lock, and the child copies without it.",
    scenario: 'unmap-whole',
    breaks: ['mmapLockIsHeld'],
    source: 'kernel_clone without the hand-over',
    change: {
      forkHandsOver: {
        effect: (s, t) => {
          const child = childOf(s, t)
          s.mm[child].fork = 'done'
          s.mm[child].users = 1
          s.mm[PARENT].lock.readers[t] = false
          for (let c = 0; c < s.geometry.threads; c++)
            if (isFirstOf(s, c, child)) {
              s.mm[child].lock.writer = c
              s.thread[c].pc = s.childStart
            }
          finish(s, t)
        },
      },
    },
  },
  {
    ...of,
    name: 'byte-child-can-be-looked-into',
    says: "The child's own mmap_lock is dropped when fork returns: a debugger faults zeros into it.",
    scenario: 'debugged-child',
    breaks: ['mmapLockIsHeld', 'childSeesForkTimeMemory'],
    source: "Alibaba's way: copiers hold the child's lock for reading only",
    change: {
      forkHandsOver: {
        effect: (s, t) => {
          const child = childOf(s, t)
          s.mm[child].fork = 'done'
          s.mm[child].users = 1
          s.mm[PARENT].lock.readers[t] = false
          s.mm[child].lock.writer = NONE
          for (let c = 0; c < s.geometry.threads; c++)
            if (isFirstOf(s, c, child)) {
              s.mm[PARENT].lock.readers[c] = true
              s.thread[c].pc = s.childStart
            }
          finish(s, t)
        },
      },
    },
  },
  {
    ...of,
    name: 'byte-error-is-not-looked-at',
    says: 'The child runs its program although an allocation has failed.',
    scenario: 'copier-fails',
    breaks: ['childSeesForkTimeMemory'],
    source: 'async_copy_fn without its test of async_copy_err',
    change: {
      copierPuts: {
        effect: (s, t) => {
          rest(s, t)
          s.thread[t].page = s.geometry.pages
          s.thread[t].pc = 'user'
          s.mm[PARENT].users--
        },
      },
    },
  },
  {
    ...of,
    name: 'byte-parent-tells-nobody',
    says: 'A parent that cannot copy a table gives its marker back and does not set the error word.',
    scenario: 'sync-fails',
    breaks: ['markersTellTheTruth', 'childSeesForkTimeMemory'],
    source: 'copy_pte_entire_async without WRITE_ONCE(async_copy_err)',
    change: {
      entireAllocateFails: {
        effect: (s, t) => {
          fail(s)
          s.ghost.failed.sync = true
          s.thread[t].pc = 'entire.failed'
        },
      },
    },
  },
  {
    ...of,
    name: 'byte-stops-at-error',
    says: 'The child stops at the first error: the markers it has not come to stay.',
    scenario: 'copier-fails',
    breaks: ['snapshotLeavesNoTrace'],
    source: 'copy_page_range_async goes on although there is no memory',
    change: {
      copierSkipsTable: {
        guard: (s, t) =>
          !walkedVma(s, t) && (!isFlagged(s, s.thread[t].slot) || s.mm[mmOf(s, t)].copyFailed),
      },
      copierEntersTable: {
        guard: (s, t) =>
          !walkedVma(s, t) && isFlagged(s, s.thread[t].slot) && !s.mm[mmOf(s, t)].copyFailed,
      },
    },
  },
  {
    ...of,
    name: 'byte-marker-goes-first',
    says: 'The PMD becomes writable before the entries below it are read-only.',
    scenario: 'bgsave',
    breaks: ['markersTellTheTruth'],
    source: 'copy_pte_entire_async, restore_pmd before the loop',
    change: {
      entireLocksChild: {
        effect: (s, t) => {
          tableOf(s, t).spinlock = t
          s.mm[PARENT].pmd[s.thread[t].slot].writable = true
          s.thread[t].pc = 'entire.copy'
        },
      },
    },
  },
  {
    ...of,
    name: 'byte-flag-is-tested-once',
    says: 'Who has waited for a table copies it again, with what has come into it since.',
    scenario: 'late-first-touch',
    breaks: ['noStaleTranslation'],
    source: 'copy_pte_entire_async without the second pmd_test_async_copy_flag',
    change: {
      entireLocksParent: { guard: (s, t) => sourceOf(s, t).spinlock === NONE },
      entireFindsCopied: null,
    },
  },
  {
    ...of,
    name: 'byte-flag-stays',
    says: 'The flag of a table that has been copied stays.',
    scenario: 'bgsave',
    breaks: ['snapshotLeavesNoTrace'],
    source: 'copy_pte_entire_async without pmd_clear_async_copy_flag',
    change: {
      entireUnflags: {
        effect: (s, t) => {
          s.thread[t].pc = 'entire.unlock'
        },
      },
    },
  },
  {
    ...of,
    name: 'byte-pointer-stays',
    says: "The parent's VMAs go on pointing at the child's when all has been copied.",
    scenario: 'bgsave',
    breaks: ['snapshotLeavesNoTrace'],
    source: 'copy_page_range_async without its last store',
    change: {
      copierLeavesVma: {
        effect: (s, t) => {
          const me = s.thread[t]
          me.page = s.mm[PARENT].vma[me.vma].end
          me.vma = 0
          me.slot = 0
          me.child = 0
          me.pc = 'walk.vma'
        },
      },
    },
  },
  {
    ...of,
    name: 'byte-leaks-copy-lock',
    says: 'There is no frame for the copy of a pinned page: the way out leaves the table locked.',
    scenario: 'late-pinned-copy-fails',
    breaks: ['copyLockIsHeld'],
    source: "Alibaba's way out",
    change: {
      entireCopyPinnedFails: {
        effect: (s, t) => {
          dropSpinlocks(s, t)
          failEntire(s, t, 'entire.restore')
          leaveEntire(s, t)
        },
      },
    },
  },
  {
    ...of,
    name: 'byte-no-parent-spinlock',
    says: "A table is copied under the child's spinlock only.",
    scenario: 'bgsave',
    breaks: ['spinlocksAreHeld'],
    source: 'copy_pte_entire_async without src_ptl',
    change: {
      entireLocksParent: {
        effect: (s, t) => {
          s.thread[t].pc = 'entire.lockChild'
        },
      },
    },
  },
  {
    ...of,
    name: 'byte-no-mmput',
    says: "The child does not give back its reference on the parent's memory.",
    scenario: 'bgsave',
    breaks: ['snapshotLeavesNoTrace'],
    source: 'async_copy_finish without mmput',
    change: {
      copierPuts: {
        guard: (s) => mayPutMm(s, PARENT),
        effect: (s, t) => {
          rest(s, t)
          s.thread[t].page = s.geometry.pages
          s.thread[t].pc = s.mm[mmOf(s, t)].copyFailed ? 'walk.die' : 'user'
        },
      },
    },
  },
  {
    ...of,
    name: 'byte-no-mmget',
    says: 'fork takes no reference on the memory of the parent, which exits while the child copies it.',
    scenario: 'parent-exits',
    breaks: ['snapshotLeavesNoTrace'],
    source: 'try_enable_async_copy without mmget',
    change: {
      forkLinks: {
        effect: (s, t) => {
          s.mm[PARENT].peer = childOf(s, t)
          s.mm[childOf(s, t)].peer = PARENT
          s.thread[t].pc = 'hand.lock'
        },
      },
    },
  },
  {
    ...of,
    name: 'byte-late-failure-cleans-nothing',
    says: 'fork fails before the child could run, and keeps the locks that were meant for it.',
    scenario: 'fork-fails-late',
    breaks: ['mmapLockIsHeld'],
    source: 'copy_process without try_clean_async_copy',
    change: {
      forkFailsLateTied: {
        effect: (s, t) => {
          fail(s)
          s.ghost.forkFailed[childOf(s, t)] = true
          s.ghost.forked[childOf(s, t)] = false
          s.thread[t].pc = 'fork.late'
        },
      },
    },
  },
  {
    ...of,
    name: 'byte-clean-keeps-markers',
    says: 'A failed fork clears the pointers and leaves markers and flags.',
    scenario: 'fork-fails',
    breaks: ['snapshotLeavesNoTrace'],
    source: 'clean_page_range without clean_pmd_range',
    change: {
      cleanTable: null,
      cleanPointer: { guard: (s) => pointingVma(s) !== NONE },
    },
  },
  {
    ...of,
    name: 'byte-clean-does-not-drain',
    says: 'A failed fork frees the child while a sibling is still copying into it.',
    scenario: 'fork-fails-late',
    breaks: ['copiesForItsOwnChild'],
    source: 'clean_async_copy without async_copy_finish',
    change: {
      cleanUnlocks: {
        effect: (s, t) => {
          s.mm[PARENT].lock.readers[t] = false
          s.thread[t].pc = 'clean.release'
        },
      },
    },
  },
  {
    ...of,
    name: 'byte-no-copy-before-zap',
    says: 'MADV_DONTNEED empties a table that the child has yet to copy.',
    scenario: 'discard',
    breaks: ['markersTellTheTruth', 'childSeesForkTimeMemory'],
    source: 'zap_pmd_range without try_copy_pte_entire_async',
    change: { copyBeforeZap: null },
  },
  {
    ...of,
    name: 'byte-no-copy-before-free',
    says: 'MADV_FREE makes pages droppable that the child has yet to copy.',
    scenario: 'free-lazily',
    breaks: ['markersTellTheTruth'],
    source: 'madvise without try_copy_page_range_async',
    change: { copyBeforeFree: null },
  },
  {
    ...of,
    name: 'byte-ignores-monitor',
    says: 'A process with a monitor leaves its tables to the child as well: what the monitor fills is in the snapshot.',
    scenario: 'filled-by-monitor',
    breaks: ['childSeesForkTimeMemory'],
    source: 'try_enable_async_copy without mm_has_userfaultfd',
    change: {
      forkLinks: {
        due: (s, t) => s.options.enabled && s.mm[childOf(s, t)].peer === NONE,
      },
    },
  },
  {
    ...of,
    name: 'byte-leaves-partial-tables',
    says: 'A table that two VMAs share is left to the child, which copies what one of them withholds.',
    scenario: 'half-left-out',
    breaks: ['pagesBelongToVmas'],
    source: 'try_async_copy_pte without is_pte_covered_by_only_one_vma',
    change: {
      forkMark: {
        guard: (s, t) => isAtOrdinaryTable(s, t) && leavesTables(s, t),
      },
      forkEnterTable: { guard: (s, t) => isAtOrdinaryTable(s, t) && !leavesTables(s, t) },
    },
  },
  {
    ...of,
    name: 'byte-marks-nothing',
    says: 'fork flags a table and leaves its PMD writable: the parent writes to what the child has yet to copy.',
    scenario: 'bgsave',
    breaks: ['markersTellTheTruth', 'childSeesForkTimeMemory'],
    source: 'try_async_copy_pte without pmdp_set_wrprotect',
    change: {
      forkMark: {
        guard: (s, t) => isAtOrdinaryTable(s, t) && isTarget(s, t),
        effect: (s, t) => {
          const me = s.thread[t]
          s.mm[PARENT].vma[me.vma].peer = vmaId(s, childOf(s, t), me.vma)
          s.table[s.mm[PARENT].pmd[me.slot].table].flagged = true
          me.slot++
        },
      },
    },
  },
  {
    ...of,
    name: 'byte-no-fork-flush',
    says: 'fork does not flush: a sibling goes on writing through its TLB.',
    scenario: 'two-writers',
    breaks: ['noStaleTranslation'],
    source: 'dup_mmap without flush_tlb_mm',
    recalls: '6ce64428d620',
    change: {
      forkFlush: {
        effect: (s, t) => {
          s.thread[t].pc = 'fork.flushed'
        },
      },
    },
  },
]
