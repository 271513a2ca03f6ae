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
    source: 'flush_tlb_mm omitted (facts 8.7, F8)',
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
    source: 'S8 before S5 (facts 4.4 note, 11.5)',
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
    source: 'S4 omitted (facts 4.4, 11.5)',
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
    source: 'S2 omitted (paper 3.3)',
    change: { tableLock: { guard: () => true }, tableIsBusy: null },
  },
  {
    name: 'copy-lock-kept',
    system: 'async-fork',
    says: 'The copy lock of a table is never released.',
    scenario: 'bgsave',
    breaks: ['copyLockIsHeld'],
    origin: 'synthetic',
    source: 'S9 omitted (facts 4.4)',
    change: { tableUnlock: { effect: (s, t) => leaveTable(s, t) } },
  },
  {
    name: 'copy-lock-leaks-on-error',
    system: 'async-fork',
    says: 'When there is no frame for the copy of a pinned page the copy lock is not given back.',
    scenario: 'late-pinned-copy-fails',
    breaks: ['copyLockIsHeld'],
    origin: 'candidate',
    source: 'K1: -ENOMEM returned past the exit that unlocks the page',
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
    source: 'S5: back to S1 without PG_locked (facts 4.4)',
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
    source: 'S5: maybe-pinned page, back to S1 without PG_locked (facts 4.4)',
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
    source: 'S2 without dropping the ptl before wait_on_page_locked (facts 4.4)',
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
    source: 'S3 omitted (facts 4.4)',
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
    source: 'S1 without pte_offset_map_lock (facts 4.4)',
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
    source: 'S5 without write protection (facts 4.4)',
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
    source: 'S5 without folio_get (facts 4.4)',
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
    source: 'S5 without copy_nonpresent_pte (facts 4.4, 5.3)',
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
    source: 'S5, loop bound off by one',
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
    source: 'granularity of proactive synchronisation (paper 3.4)',
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
    source: 'a PMD-wide sync must not close the pointer (facts 3.6)',
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
    source: 'S1 without the test under the pmd lock (facts 4.4)',
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
    source: 'F5 h5 without the test for partly covered tables (facts 4.1)',
    change: { forkEnterTable: null, forkMark: { guard: (s, t) => isAtTable(s, t) } },
  },
  {
    name: 'marks-device-memory',
    system: 'async-fork',
    says: 'fork marks memory that is not anonymous, which it ties to no child.',
    scenario: 'device-memory',
    breaks: ['childSeesForkTimeMemory', 'snapshotLeavesNoTrace'],
    origin: 'synthetic',
    source: 'F5 h3 omitted (facts 4.2)',
    change: { forkEnterTable: null, forkMark: { guard: (s, t) => isAtTable(s, t) } },
  },
  {
    name: 'pinned-pages-copied-late',
    system: 'async-fork',
    says: 'A page that a device may write to is left to the child, which finds what the device wrote since.',
    scenario: 'pinned-before',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'candidate',
    source: 'K7: SLOW copies pinned pages later, default fork inside fork',
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
    source: 'F5 h7 omitted (paper 3.6)',
    change: { forkBindVma: null },
  },
  {
    name: 'gup-fast-asks-for-the-child',
    system: 'async-fork',
    says: 'GUP-fast minds the marker only once the address spaces are tied, which fork does after it has let GUP-fast in again.',
    scenario: 'pinned-during',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'candidate',
    source: 'P1 (no child: return) used in GUP-fast, with F5 h6 before F9 (found in this model)',
    change: { pinFallsBackToSync: { due: (s, t) => mmOf(s, t) === PARENT && isAtUncopied(s, t) } },
  },
]
