/**
 * What On-demand-fork is known to do wrong (facts 7.2), or was found to do in this model of it, and
 * what repairs each: the system breaks in the scenario, and with the repair it holds. Repairs that
 * give the process a table of its own first do what the successor series does (facts 5.3, 7.3).
 */
import { copyEntry } from '../../hardware/frames.js'
import { firstPageOf, takeTable } from '../../hardware/tables.js'
import { flush } from '../../hardware/tlb.js'
import { isAtOrdinaryTable, isPinnedSlot } from '../../kernel/fork-tables.js'
import { madvise } from '../../kernel/madvise.js'
import { mappedHere, mayUnmap } from '../../kernel/swap-out.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Change, Mutant } from '../../mutant.js'
import type { Hook } from '../../rule.js'
import { NONE, PARENT, type Place } from '../../state.js'
import { fail, opOf } from '../../threads.js'
import { vmaAt } from '../../vmas.js'
import { borrowsPage, forkTableFirst, isBorrowed, leaveReplaced, pmdHere } from './fork-table.js'
import { dropsWholeTable, flushDropped, takeOutTable } from './hooks.js'
import { isLeftShared } from './share.js'

/** The thread's page gets a table of its own before what the kernel does with it at a place. */
function ownTableBefore(name: string, before: Place, source: string): Hook {
  return {
    name,
    before,
    source,
    due: (s, t) => borrowsPage(s, t),
    effect: (s, t) => forkTableFirst(s, t, s.thread[t].page, s.thread[t].pc),
  }
}

/** The same before a reverse-mapping walk changes the entry it has come to. */
function ownTableBeforeWalk(name: string, before: Place, source: string): Hook {
  return {
    name,
    before,
    source,
    due: (s, t) => mayUnmap(s, t) && isBorrowed(s, s.thread[t].space, mappedHere(s, t)),
    effect: (s, t) => forkTableFirst(s, t, mappedHere(s, t), s.thread[t].pc),
  }
}

/** The kernel's own rule instead of that of On-demand-fork. */
function ordinary(name: string): Change {
  const { guard, effect } = madvise.find((rule) => rule.name === name) as (typeof madvise)[number]
  return { guard, effect }
}

/**
 * The new table is filled before the PMD entry names it, with the old one locked: nobody can meet
 * it empty, and no entry changes once it has been copied. What both map is read-only in both.
 */
const fillsFirst: Readonly<Record<string, Change>> = {
  shareAllocates: {
    guard: (s, t) => s.table[pmdHere(s, t).table].spinlock === NONE,
    effect: (s, t) => {
      const me = s.thread[t]
      s.table[pmdHere(s, t).table].spinlock = t
      me.table = takeTable(s, spaceOf(s, t), me.slot)
      me.pc = 'share.copy'
    },
  },
  shareCopies: {
    effect: (s, t) => {
      const me = s.thread[t]
      s.table[pmdHere(s, t).table].pte[me.entry].writable = false
      copyEntry(s, pmdHere(s, t).table, me.table, me.entry)
      me.entry++
    },
  },
  shareCopied: {
    effect: (s, t) => {
      const me = s.thread[t]
      const old = pmdHere(s, t).table
      s.table[old].spinlock = NONE
      pmdHere(s, t).table = me.table
      pmdHere(s, t).writable = true
      me.table = old
      me.pc = 'share.put'
    },
  },
}

const flushesSwitch: Readonly<Record<string, Change>> = {
  ...fillsFirst,
  shareCopied: {
    effect: (s, t) => {
      const me = s.thread[t]
      const old = pmdHere(s, t).table
      s.table[old].spinlock = NONE
      const first = firstPageOf(s, me.slot)
      pmdHere(s, t).table = me.table
      pmdHere(s, t).writable = true
      me.table = old
      flush(s, t, spaceOf(s, t), first, first + s.geometry.pagesPerTable, 'share.put')
    },
  },
}

const flushesDropped: Readonly<Record<string, Change>> = {
  shareDrops: {
    effect: (s, t) => {
      takeOutTable(s, t)
      s.thread[t].back = 'zap.table'
      flushDropped(s, t, 'share.put')
    },
  },
}

const dropsUnmapped: Readonly<Record<string, Change>> = {
  dropTableBeforeZap: {
    due: (s, t) => dropsWholeTable(s, t) && vmaAt(s, spaceOf(s, t), s.thread[t].page) === NONE,
  },
}

const obeysAdvice: Readonly<Record<string, Change>> = {
  dontneed: ordinary('dontneed'),
  free: ordinary('free'),
}

const copiesPinned: Readonly<Record<string, Change>> = {
  forkShare: {
    guard: (s, t) =>
      isAtOrdinaryTable(s, t) && isLeftShared(s, t) && !isPinnedSlot(s, s.thread[t].slot),
  },
  forkEnterTable: {
    guard: (s, t) =>
      isAtOrdinaryTable(s, t) && !(isLeftShared(s, t) && !isPinnedSlot(s, s.thread[t].slot)),
  },
}

const reportsFailure: Readonly<Record<string, Change>> = {
  shareAllocateFails: {
    effect: (s, t) => {
      fail(s)
      s.ghost.failed.fault = true
      const faults = s.thread[t].back === 'fault.pte'
      leaveReplaced(s, t)
      if (faults) s.thread[t].pc = 'fault.fail'
    },
  },
}

const reclaims = [
  ownTableBeforeWalk('ownTableBeforeUnmap', 'swap.unmap', '5.3: try_to_unmap_one'),
  ownTableBeforeWalk('ownTableBeforeMigration', 'migrate.unmap', '5.3: try_to_migrate_one'),
]

const protects = [ownTableBefore('ownTableBeforeProtect', 'mprotect.pte', '5.3: change_pte_range')]

const pins: readonly Hook[] = [
  {
    name: 'pinFallsBackToOwnTable',
    before: 'pin.look',
    source: '5.3: gup_pmd_range, the slow way',
    due: (s, t) => borrowsPage(s, t),
    effect: (s, t) => {
      s.thread[t].pc = 'pin.lock'
    },
  },
  ownTableBefore('ownTableBeforePin', 'pin.follow', '5.3: follow_pmd_mask'),
]

const zaps = [
  ownTableBefore('ownTableBeforeZap', 'zap.pte', '5.3: zap_pmd_range'),
  ownTableBefore('ownTableBeforeFree', 'free.pte', '5.3: madvise_free'),
]

const fills = [
  ownTableBefore('ownTableBeforeFill', 'uffd.install', '5.3: mfill_atomic_install_pte'),
]

const samples = [
  ownTableBefore('ownTableBeforeSampling', 'numa.pte', '5.3: change_pte_range, NUMA hinting'),
]

const collapses: readonly Hook[] = [
  {
    name: 'ownTableBeforeCollapse',
    before: 'collapse.check',
    source: '5.3: khugepaged',
    due: (s, t) => isBorrowed(s, PARENT, opOf(s, t).page),
    effect: (s, t) => forkTableFirst(s, t, opOf(s, t).page, 'collapse.check'),
  },
]

const merges: readonly Hook[] = [
  {
    name: 'ownTableBeforeKeeping',
    before: 'merge.keep',
    source: '5.3: ksm replace_page',
    due: (s, t) => isBorrowed(s, PARENT, opOf(s, t).page),
    effect: (s, t) => forkTableFirst(s, t, opOf(s, t).page, 'merge.keep'),
  },
  {
    name: 'ownTableBeforeMerging',
    before: 'merge.keep',
    source: '5.3: ksm replace_page',
    due: (s, t) => isBorrowed(s, PARENT, opOf(s, t).target),
    effect: (s, t) => forkTableFirst(s, t, opOf(s, t).target, 'merge.keep'),
  },
]

const of = { system: 'on-demand-fork', repairs: true } as const

export const onDemandForkRepairs: readonly Mutant[] = [
  {
    ...of,
    name: 'odf-reclaim-flushes-one-side',
    says: 'Reclaim takes an entry out of the table both use and flushes the parent only: the child goes on reading a frame that is freed.',
    scenario: 'swap-out',
    breaks: ['noStaleTranslation'],
    origin: 'documented',
    source: 'Async-fork paper on On-demand-fork; no hook in mm/rmap.c, mm/vmscan.c (facts 7.2 G1)',
    change: fillsFirst,
    hooks: reclaims,
  },
  {
    ...of,
    name: 'odf-migration-flushes-one-side',
    says: 'A migration takes an entry out of the table both use and flushes the parent only.',
    scenario: 'migrate',
    breaks: ['noStaleTranslation'],
    origin: 'documented',
    source: 'no hook in mm/rmap.c, mm/migrate.c (facts 7.2 G1)',
    change: fillsFirst,
    hooks: reclaims,
  },
  {
    ...of,
    name: 'odf-mprotect-shares-permission',
    says: 'What mprotect permits one side is permitted in the table both use: a write of the parent shows in the child.',
    scenario: 'unprotect',
    breaks: ['neitherWritesWhatBothMap', 'childSeesForkTimeMemory'],
    origin: 'documented',
    source:
      'no hook in mm/mprotect.c (facts 7.2 G2); a read-only VMA keeps a writable PMD (7.1 O1)',
    hooks: protects,
  },
  {
    ...of,
    name: 'odf-device-writes-shared-page',
    says: 'GUP looks at the PTE only, which is writable: a device writes to a page that both see.',
    scenario: 'pinned-after',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'documented',
    source: 'no PMD check in mm/gup.c (facts 7.2 G3)',
    hooks: pins,
  },
  {
    ...of,
    name: 'odf-device-has-page-already',
    says: 'fork shares the table of a page that a device may write to.',
    scenario: 'pinned-before',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'documented',
    source: 'facts 7.4 H1: the copy of pinned pages is skipped; before 70e806e4e645 (8.3)',
    change: copiesPinned,
  },
  {
    ...of,
    name: 'odf-old-table-is-walked',
    says: 'A fault switches the PMD and flushes nothing: a sibling reads through the old table.',
    scenario: 'upper-levels',
    breaks: ['noStaleTranslation'],
    origin: 'documented',
    source: 'facts 7.2 G4; the successor flushes (38831f7c0)',
    change: flushesSwitch,
  },
  {
    ...of,
    name: 'odf-ignores-failure',
    says: 'There is no memory for the new table, and nobody looks: the write faults again, for ever.',
    scenario: 'out-of-memory',
    breaks: ['parentGoesOn'],
    origin: 'documented',
    source: 'the result of tfork_one_pte_table is ignored (facts 7.2 G5)',
    change: reportsFailure,
  },
  {
    ...of,
    name: 'odf-ignores-advice',
    says: 'MADV_DONTNEED does nothing: the range still holds what it held.',
    scenario: 'discard',
    breaks: ['parentKeepsItsWrites'],
    origin: 'documented',
    source: 'facts 7.1 O6, 7.2 G6',
    change: { ...obeysAdvice, ...dropsUnmapped },
    hooks: zaps,
  },
  {
    ...of,
    name: 'odf-new-table-is-met-empty',
    says: 'The new table is in place before it is filled: a sibling finds no entry and maps zeros.',
    scenario: 'two-readers',
    breaks: ['parentKeepsItsWrites'],
    origin: 'candidate',
    source: 'facts 7.1 O2: the table is populated empty, under the pmd lock only',
    change: fillsFirst,
  },
  {
    ...of,
    name: 'odf-frees-before-flush',
    says: 'munmap lets go of a table as its last user: its frames are freed before siblings are flushed.',
    scenario: 'unmap-after-child',
    breaks: ['noStaleTranslation'],
    origin: 'candidate',
    source: 'facts 7.1 O3, O4: dereferenced before the flush at the end',
    change: flushesDropped,
  },
  {
    ...of,
    name: 'odf-monitor-fills-shared-table',
    says: 'userfaultfd copies a page into the table both use.',
    scenario: 'filled-by-monitor',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'candidate',
    source: 'facts 5.3: mfill_atomic_install_pte needs a hook; On-demand-fork has none',
    hooks: fills,
  },
  {
    ...of,
    name: 'odf-collapses-shared-table',
    says: 'khugepaged makes a huge page of a table that the child uses too.',
    scenario: 'collapse-and-write',
    breaks: ['neitherWritesWhatBothMap'],
    origin: 'candidate',
    source: 'no hook in mm/khugepaged.c (facts 7.2 G1, 5.3)',
    hooks: collapses,
  },
  {
    ...of,
    name: 'odf-merges-in-shared-table',
    says: 'ksmd replaces a frame in the table both use and flushes the parent only.',
    scenario: 'same-pages',
    breaks: ['noStaleTranslation'],
    origin: 'candidate',
    source: 'no hook in mm/ksm.c (facts 7.2 G1, 5.3)',
    change: fillsFirst,
    hooks: merges,
  },
  {
    ...of,
    name: 'odf-samples-shared-table',
    says: 'NUMA balancing closes entries of the table both use and flushes the parent only.',
    scenario: 'numa-sampling',
    breaks: ['noStaleTranslation'],
    origin: 'candidate',
    source: 'no hook in mm/mprotect.c (facts 7.2 G2, 5.3)',
    change: fillsFirst,
    hooks: samples,
  },
]

/** All of it at once. */
export const repairedOnDemandFork: Mutant = {
  ...of,
  name: 'odf-repaired',
  says: 'On-demand-fork with none of its repairs.',
  scenario: 'two-writers',
  breaks: ['parentKeepsItsWrites'],
  origin: 'candidate',
  source: 'all of the above',
  change: {
    ...flushesSwitch,
    ...flushesDropped,
    ...dropsUnmapped,
    ...obeysAdvice,
    ...copiesPinned,
    ...reportsFailure,
  },
  hooks: [
    ...reclaims,
    ...protects,
    ...pins,
    ...zaps,
    ...fills,
    ...samples,
    ...collapses,
    ...merges,
  ],
}
