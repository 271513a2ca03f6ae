/** Async-fork with a step of the copying done wrong: locks, re-checks, order, counts. */
import { expectSnapshot } from '../../../ghosts.js'
import { shareEntry } from '../../../hardware/frames.js'
import { installTable } from '../../../hardware/tables.js'
import { childOf, enterTable, isAtTable } from '../../../kernel/fork.js'
import type { Mutant } from '../../../mutant.js'
import { NONE, PARENT } from '../../../state.js'
import { isChild, mmOf } from '../../../threads.js'
import { dropSpinlocks, pageAt, sourceOf, tableOf } from '../../both-tables.js'
import { isAtEntry } from '../copy-table.js'
import { isAtUncopied } from '../hooks.js'
import { farVma, isMarked, unmark } from '../markers.js'
import { leaveTable } from '../sync.js'

export const copyingMutants: readonly Mutant[] = [
  {
    name: 'no-fork-flush',
    system: 'async-fork',
    says: 'fork marks the PMDs but does not flush the TLBs.',
    scenario: 'two-writers',
    breaks: ['noStaleTranslation'],
    origin: 'synthetic',
    source: 'flush_tlb_mm omitted',
    recalls: '6ce64428d620',
    change: {
      forkFlush: {
        effect: (s, t) => {
          expectSnapshot(s, childOf(s, t))
          s.thread[t].pc = 'fork.unlock'
        },
      },
    },
  },
  {
    name: 'marker-cleared-first',
    system: 'async-fork',
    says: 'The PMD becomes writable before the PTEs below it are read-only.',
    scenario: 'bgsave',
    breaks: ['markersTellTheTruth'],
    origin: 'synthetic',
    source: 'the PMD becomes writable before the loop over PTEs',
    change: {
      tableLockParent: {
        effect: (s, t) => {
          sourceOf(s, t).spinlock = t
          if (isMarked(s, s.thread[t].slot)) unmark(s, s.thread[t].slot)
          s.thread[t].pc = 'copyTable.copy'
        },
      },
      tableFindsCopied: null,
      tableCopyPage: { guard: (s, t) => s.thread[t].entry < s.geometry.pagesPerTable },
      tableCopied: { guard: (s, t) => s.thread[t].entry === s.geometry.pagesPerTable },
    },
  },
  {
    name: 'no-recheck-under-lock',
    system: 'async-fork',
    says: 'Whoever gets the copy lock copies, although somebody else has copied the table meanwhile.',
    scenario: 'late-first-touch',
    breaks: ['noStaleTranslation', 'childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: 'the second look at the PMD omitted',
    change: {
      tableFindsCopied: null,
      tableCopyPage: { guard: (s, t) => s.thread[t].entry < s.geometry.pagesPerTable },
      tableCopied: { guard: (s, t) => s.thread[t].entry === s.geometry.pagesPerTable },
    },
  },
  {
    name: 'no-copy-lock',
    system: 'async-fork',
    says: 'Parent and child copy the same table at the same time.',
    scenario: 'bgsave',
    breaks: ['copyLockIsHeld'],
    origin: 'synthetic',
    source: 'trylock_page omitted (paper, one copier per PMD)',
    change: { tableLock: { guard: () => true }, tableIsBusy: null },
  },
  {
    name: 'copy-lock-kept',
    system: 'async-fork',
    says: 'The copy lock of a table is never released.',
    scenario: 'bgsave',
    breaks: ['copyLockIsHeld'],
    origin: 'synthetic',
    source: 'unlock_page omitted',
    change: { tableUnlock: { effect: (s, t) => leaveTable(s, t) } },
  },
  {
    name: 'copy-lock-leaks-on-error',
    system: 'async-fork',
    says: 'When there is no frame for the copy of a pinned page the copy lock is not given back.',
    scenario: 'late-pinned-copy-fails',
    breaks: ['copyLockIsHeld'],
    origin: 'candidate',
    source: 'as in Anolis 6.6: -ENOMEM returned past the exit that unlocks the page',
    change: {
      tableCopyPinnedFails: {
        effect: (s, t) => {
          dropSpinlocks(s, t)
          s.failuresLeft--
          if (isChild(s, t)) s.ghost.failed.copier = true
          else s.ghost.failed.sync = true
          s.thread[t].entry = 0
          s.thread[t].pc = isChild(s, t) ? 'copier.fail' : 'sync.fail'
        },
      },
    },
  },
  {
    name: 'pause-drops-copy-lock',
    system: 'async-fork',
    says: 'Between two groups of entries the copy lock is dropped with the spinlocks.',
    scenario: 'bgsave',
    breaks: ['copyLockIsHeld'],
    origin: 'synthetic',
    source: 'the loop over PTEs: back to pte_alloc without PG_locked',
    change: {
      tableCopyPageAndPause: {
        effect: (s, t) => {
          shareEntry(s, s.thread[t].child, pageAt(s, t))
          s.thread[t].entry++
          dropSpinlocks(s, t)
          tableOf(s, t).lock = NONE
          s.thread[t].pc = 'copyTable.childLock'
        },
      },
    },
  },
  {
    name: 'pause-drops-copy-lock-of-pinned',
    system: 'async-fork',
    says: 'Where pages may be pinned, a pause between two entries drops the copy lock as well.',
    scenario: 'pinned-before',
    breaks: ['copyLockIsHeld'],
    origin: 'synthetic',
    source: 'the loop over PTEs: maybe-pinned page, back to pte_alloc without PG_locked',
    change: {
      tableSharesPageAndPauses: {
        effect: (s, t) => {
          shareEntry(s, s.thread[t].child, pageAt(s, t))
          s.thread[t].entry++
          dropSpinlocks(s, t)
          tableOf(s, t).lock = NONE
          s.thread[t].pc = 'copyTable.childLock'
        },
      },
    },
  },
  {
    name: 'waits-with-spinlock',
    system: 'async-fork',
    says: 'Who waits for the copy lock keeps the spinlock of the table, which its holder needs.',
    scenario: 'bgsave',
    breaks: ['spinlocksAreHeld', 'noDeadlock'],
    origin: 'synthetic',
    source: 'trylock_page without dropping the ptl before wait_on_page_locked',
    change: {
      tableIsBusy: {
        effect: (s, t) => {
          s.thread[t].pc = 'copyTable.wait'
        },
      },
    },
  },
  {
    name: 'no-parent-spinlock',
    system: 'async-fork',
    says: "Copying does not take the spinlock of the parent's table.",
    scenario: 'swap-out',
    breaks: ['spinlocksAreHeld'],
    origin: 'synthetic',
    source: "the lock of the parent's table omitted",
    change: {
      tableLockParent: {
        effect: (s, t) => {
          s.thread[t].pc = 'copyTable.copy'
        },
      },
    },
  },
  {
    name: 'no-child-spinlock',
    system: 'async-fork',
    says: "Copying does not take the spinlock of the child's table.",
    scenario: 'swap-out',
    breaks: ['spinlocksAreHeld'],
    origin: 'synthetic',
    source: 'pte_alloc without pte_offset_map_lock',
    change: {
      tableLockChild: {
        effect: (s, t) => {
          s.thread[t].pc = 'copyTable.lock'
        },
      },
    },
  },
  {
    name: 'copy-leaves-parent-writable',
    system: 'async-fork',
    says: "Copying a PTE does not write-protect the parent's.",
    scenario: 'bgsave',
    breaks: ['neitherWritesWhatBothMap'],
    origin: 'synthetic',
    source: 'the loop over PTEs without write protection',
    change: {
      tableCopyPage: {
        effect: (s, t) => {
          const me = s.thread[t]
          const pte = sourceOf(s, t).pte[me.entry]
          const wasWritable = pte.writable
          shareEntry(s, me.child, pageAt(s, t))
          pte.writable = wasWritable
          me.entry++
        },
      },
    },
  },
  {
    name: 'copy-takes-no-reference',
    system: 'async-fork',
    says: 'Copying a PTE does not count the reference.',
    scenario: 'bgsave',
    breaks: ['framesAreCounted'],
    origin: 'synthetic',
    source: 'the loop over PTEs without folio_get',
    change: {
      tableCopyPage: {
        effect: (s, t) => {
          const me = s.thread[t]
          const f = sourceOf(s, t).pte[me.entry].frame
          shareEntry(s, me.child, pageAt(s, t))
          if (f !== NONE) s.frame[f].refs--
          me.entry++
        },
      },
    },
  },
  {
    name: 'copy-drops-swap-entries',
    system: 'async-fork',
    says: 'A swap entry is taken for an empty one and not copied.',
    scenario: 'swap-out',
    breaks: ['markersTellTheTruth', 'childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: 'the loop over PTEs without copy_nonpresent_pte',
    change: {
      tableCopyPage: {
        effect: (s, t) => {
          const me = s.thread[t]
          if (!sourceOf(s, t).pte[me.entry].swapped) shareEntry(s, me.child, pageAt(s, t))
          me.entry++
        },
      },
    },
  },
  {
    name: 'copy-stops-short',
    system: 'async-fork',
    says: 'The last PTE of every table is left out.',
    scenario: 'bgsave',
    breaks: ['markersTellTheTruth'],
    origin: 'synthetic',
    source: 'the loop over PTEs, bound off by one',
    change: {
      tableCopyPage: {
        guard: (s, t) => isAtEntry(s, t) && s.thread[t].entry < s.geometry.pagesPerTable - 1,
      },
      tableCopied: {
        guard: (s, t) =>
          isMarked(s, s.thread[t].slot) && s.thread[t].entry >= s.geometry.pagesPerTable - 1,
      },
    },
  },
  {
    name: 'sync-copies-one-page',
    system: 'async-fork',
    says: 'The parent copies only the PTE it is about to change, not the whole table.',
    scenario: 'bgsave',
    breaks: ['markersTellTheTruth'],
    origin: 'synthetic',
    source: 'granularity of proactive synchronisation (paper, proactive synchronisation)',
    change: {
      tableCopyPage: {
        effect: (s, t) => {
          const me = s.thread[t]
          if (isChild(s, t) || me.whole || pageAt(s, t) === me.page)
            shareEntry(s, me.child, pageAt(s, t))
          me.entry++
        },
      },
    },
  },
  {
    name: 'table-sync-closes-vma',
    system: 'async-fork',
    says: 'Synchronising one table closes the pointers of the whole VMA.',
    scenario: 'bgsave',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: 'a PMD-wide sync must not close the pointer',
    change: {
      tableUnlock: {
        effect: (s, t) => {
          const me = s.thread[t]
          tableOf(s, t).lock = NONE
          if (!isChild(s, t) && !me.whole) {
            farVma(s, me.vma).peer = NONE
            s.mm[PARENT].vma[me.vma].peer = NONE
          }
          leaveTable(s, t)
        },
      },
    },
  },
  {
    name: 'two-allocators-two-tables',
    system: 'async-fork',
    says: 'Of two that allocate the same table of the child the second replaces the first.',
    scenario: 'bgsave',
    breaks: ['tablesAreCounted'],
    origin: 'synthetic',
    source: 'pte_alloc without the test under the pmd lock',
    change: {
      tableAllocate: {
        effect: (s, t) => {
          installTable(s, s.thread[t].child, s.thread[t].slot)
          s.thread[t].pc = 'copyTable.childLock'
        },
      },
    },
  },
  {
    name: 'marks-partial-tables',
    system: 'async-fork',
    says: 'fork marks tables that the VMA covers only in part, which nobody copies later.',
    scenario: 'partial-table',
    breaks: ['childSeesForkTimeMemory', 'snapshotLeavesNoTrace'],
    origin: 'synthetic',
    source: 'the FAST copy without the test for partly covered tables',
    change: { forkEnterTable: null, forkMark: { guard: (s, t) => isAtTable(s, t) } },
  },
  {
    name: 'marks-device-memory',
    system: 'async-fork',
    says: 'fork marks memory that is not anonymous, which it ties to no child.',
    scenario: 'device-memory',
    breaks: ['childSeesForkTimeMemory', 'snapshotLeavesNoTrace'],
    origin: 'synthetic',
    source: 'the FAST copy without its test for anonymous memory',
    change: { forkEnterTable: null, forkMark: { guard: (s, t) => isAtTable(s, t) } },
  },
  {
    name: 'pinned-pages-copied-late',
    system: 'async-fork',
    says: 'A page that a device may write to is left to the child, which finds what the device wrote since.',
    scenario: 'pinned-before',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'candidate',
    source: 'SLOW copies pinned pages later, default fork inside fork',
    change: {
      forkMark: {
        guard: (s, t) => isAtTable(s, t) && !s.mm[PARENT].vma[s.thread[t].vma].device,
      },
      forkEnterTable: {
        guard: (s, t) => isAtTable(s, t) && s.mm[PARENT].vma[s.thread[t].vma].device,
        effect: (s, t) => enterTable(s, t),
      },
    },
  },
  {
    name: 'binds-no-vma',
    system: 'async-fork',
    says: 'fork marks the PMDs but does not tie the VMAs: nobody knows that they are uncopied.',
    scenario: 'bgsave',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: 'the FAST copy sets no pointers (paper, two-way pointer)',
    change: { forkBindVma: null },
  },
  {
    name: 'gup-fast-asks-for-the-child',
    system: 'async-fork',
    says: 'GUP-fast minds the marker only once the address spaces are tied, which fork does after it has let GUP-fast in again.',
    scenario: 'pinned-during',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'candidate',
    source:
      'fixup_pmd returns without a child; GUP-fast asks before fork binds it (found in this model)',
    change: { pinFallsBackToSync: { due: (s, t) => mmOf(s, t) === PARENT && isAtUncopied(s, t) } },
  },
]
