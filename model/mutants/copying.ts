/** Async-fork with a step of the copying done wrong: locks, re-checks, order, counts. */
import { expectSnapshot } from '../ghosts.js'
import { pastVma } from '../kernel/fork.js'
import { firstPageOf, installTable, shareEntry } from '../memory.js'
import type { Mutant } from '../mutant.js'
import { CHILD, NONE, PARENT } from '../state.js'
import { leaveCopiedVma } from '../systems/async-fork/copier.js'
import { isMarked } from '../systems/async-fork/markers.js'
import { leaveTable, tableOf } from '../systems/async-fork/slow-copy.js'
import { isChild, rest } from '../threads.js'

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
          expectSnapshot(s)
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
      tableFindsCopied: {
        guard: (s, t) => !isMarked(s, s.thread[t].slot) && s.thread[t].entry === 0,
      },
      tableCopyPage: {
        guard: (s, t) =>
          s.thread[t].entry < s.geometry.pagesPerTable &&
          (isMarked(s, s.thread[t].slot) || s.thread[t].entry > 0),
        effect: (s, t) => {
          const me = s.thread[t]
          s.mm[PARENT].pmd[me.slot].writable = true
          shareEntry(s, firstPageOf(s, me.slot) + me.entry)
          me.entry++
        },
      },
      tableClearMarker: { guard: (s, t) => s.thread[t].entry === s.geometry.pagesPerTable },
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
      tableClearMarker: { guard: (s, t) => s.thread[t].entry === s.geometry.pagesPerTable },
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
    change: { tableLock: { guard: () => true } },
  },
  {
    name: 'copy-lock-kept',
    system: 'async-fork',
    says: 'The copy lock of a table is never released.',
    scenario: 'bgsave',
    breaks: ['copyLockIsHeld'],
    origin: 'candidate',
    source: 'a path that skips unlock_page (facts K1)',
    change: { tableUnlock: { effect: (s, t) => leaveTable(s, t) } },
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
          const page = firstPageOf(s, me.slot) + me.entry
          const table = s.table[s.mm[PARENT].pmd[me.slot].table]
          const wasWritable = table.pte[me.entry].writable
          shareEntry(s, page)
          table.pte[me.entry].writable = wasWritable
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
          const from = s.table[s.mm[PARENT].pmd[me.slot].table].pte[me.entry]
          const to = tableOf(s, t).pte[me.entry]
          if (from.frame !== NONE && to.frame === NONE) {
            from.writable = false
            to.frame = from.frame
          }
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
        guard: (s, t) =>
          isMarked(s, s.thread[t].slot) && s.thread[t].entry < s.geometry.pagesPerTable - 1,
      },
      tableClearMarker: {
        guard: (s, t) =>
          isMarked(s, s.thread[t].slot) && s.thread[t].entry === s.geometry.pagesPerTable - 1,
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
          const page = firstPageOf(s, me.slot) + me.entry
          if (isChild(s, t) || me.whole || page === me.page) shareEntry(s, page)
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
          tableOf(s, t).lock = NONE
          if (!isChild(s, t) && !s.thread[t].whole) {
            s.mm[CHILD].vma[s.thread[t].vma].peer = NONE
            s.mm[PARENT].vma[s.thread[t].vma].peer = NONE
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
          installTable(s, CHILD, s.thread[t].slot)
          s.thread[t].pc = 'slow.lock'
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
    change: {
      forkEnterTable: null,
      forkMark: {
        guard: (s, t) => !pastVma(s, t) && s.mm[PARENT].pmd[s.thread[t].slot].table !== NONE,
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
    name: 'no-mmget',
    system: 'async-fork',
    says: "The child does not keep the parent's page tables alive while it copies them.",
    scenario: 'parent-exits',
    breaks: ['boundVmasArePairs'],
    origin: 'synthetic',
    source: 'F9 without mmget(P) (facts 4.7)',
    change: {
      forkBindMm: {
        effect: (s) => {
          s.bound = true
        },
      },
      copierDrains: {
        effect: (s, t) => {
          s.bound = false
          rest(s, t)
          s.thread[t].page = s.geometry.pages
          s.thread[t].pc = s.killed ? 'copier.die' : 'user'
        },
      },
    },
  },
  {
    name: 'no-drain',
    system: 'async-fork',
    says: 'The child leaves without waiting for parent threads that are still copying into it.',
    scenario: 'bgsave',
    breaks: ['copyLockIsHeld', 'noRuleError'],
    origin: 'documented',
    source:
      'comment in the Bytedance kernel: write lock to be sure all readers have left (facts B7, K3)',
    change: { copierDrains: { guard: () => true } },
  },
  {
    name: 'copier-leaves-vma-tied',
    system: 'async-fork',
    says: 'The child copies a VMA but closes only its own end of the pointer.',
    scenario: 'bgsave',
    breaks: ['snapshotLeavesNoTrace'],
    origin: 'synthetic',
    source: 'C2 c7 without Vp.ptr := null (facts 4.3)',
    change: { copierClosesParentVma: { effect: (s, t) => leaveCopiedVma(s, t) } },
  },
  {
    name: 'copier-skips-last-table',
    system: 'async-fork',
    says: 'The child leaves out the last table of each VMA.',
    scenario: 'bgsave',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: 'C2 c4, loop bound off by one',
    change: {
      copierNextTable: {
        effect: (s, t) => {
          const me = s.thread[t]
          if (firstPageOf(s, me.slot + 2) < s.mm[CHILD].vma[me.vma].end) {
            me.slot++
            me.pc = 'slow.check'
          } else me.pc = 'copier.close'
        },
      },
    },
  },
]
