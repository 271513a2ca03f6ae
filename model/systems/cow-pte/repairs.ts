/**
 * What reviewers of COW PTE found (facts 7.3, 7.4), or what was found in this model of it, and what
 * repairs each: the system breaks in the scenario, and with the repair it holds.
 */

import { expectZeros } from '../../ghosts.js'
import { copyEntry } from '../../hardware/frames.js'
import { clearPmd, firstPageOf, isShared, slotOf } from '../../hardware/tables.js'
import { flush } from '../../hardware/tlb.js'
import { isAtOrdinaryTable } from '../../kernel/fork-tables.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Change, Mutant } from '../../mutant.js'
import type { Hook } from '../../rule.js'
import { NONE } from '../../state.js'
import { fail } from '../../threads.js'
import {
  breakTable,
  cowPmd,
  failBreak,
  isInCowTable,
  isStillCow,
  leaveBroken,
  nobodyBreaks,
  switchTable,
  takeSpare,
} from './break-table.js'
import { droppedTable, dropsCowTable, removesFromCow } from './drop-table.js'
import { sharedByVma } from './hooks.js'
import { hasItAlready, isCowTable, withholdsPages } from './share.js'

/** The new table is filled unseen, with the old one locked; then the PMD entry is switched. */
const fillsFirst: Readonly<Record<string, Change>> = {
  cowClears: {
    guard: (s, t) =>
      nobodyBreaks(s, t) && (!isStillCow(s, t) || s.table[cowPmd(s, t).table].spinlock === NONE),
    effect: (s, t) => {
      if (isStillCow(s, t)) {
        takeSpare(s, t)
        s.thread[t].pc = 'cow.copy'
      } else leaveBroken(s, t)
    },
  },
  cowAllocateFails: {
    at: 'cow.clear',
    guard: (s) => s.mayFail.sharedTable && s.failuresLeft > 0,
    effect: (s, t) => failBreak(s, t),
  },
  cowCopies: {
    effect: (s, t) => {
      const me = s.thread[t]
      s.table[cowPmd(s, t).table].pte[me.entry].writable = false
      copyEntry(s, cowPmd(s, t).table, me.table, me.entry)
      me.entry++
    },
  },
  cowFlushes: {
    effect: (s, t) => {
      const first = firstPageOf(s, s.thread[t].slot)
      switchTable(s, t)
      flush(s, t, spaceOf(s, t), first, first + s.geometry.pagesPerTable, 'cow.put')
    },
  },
}

/** Looking whether it is the last one, and taking over, are one step, under the pmd lock. */
const reusesAtOnce: Readonly<Record<string, Change>> = {
  cowIsLast: {
    effect: (s, t) => {
      cowPmd(s, t).writable = true
      leaveBroken(s, t)
    },
  },
}

/** What was shared by way of its table is not known to be exclusive: the next write asks. */
const forgetsExclusive: Readonly<Record<string, Change>> = {
  cowReuses: {
    effect: (s, t) => {
      if (isStillCow(s, t)) {
        for (const pte of s.table[cowPmd(s, t).table].pte) {
          pte.writable = false
          if (pte.frame !== NONE && !pte.migrating) s.frame[pte.frame].exclusive = false
        }
        cowPmd(s, t).writable = true
      }
      leaveBroken(s, t)
    },
  },
}

/** mprotect tries again until it has its table. */
const triesAgain: Readonly<Record<string, Change>> = {
  cowAllocateFails: {
    effect: (s, t) => {
      const me = s.thread[t]
      const protects = me.back === 'mprotect.pte'
      cowPmd(s, t).table = me.table
      me.table = NONE
      if (protects) {
        fail(s)
        leaveBroken(s, t)
      } else failBreak(s, t)
    },
  },
}

/** The table is let go of when every CPU has dropped its pages. */
const flushesDropped: Readonly<Record<string, Change>> = {
  cowDrops: {
    guard: (s, t) =>
      nobodyBreaks(s, t) &&
      s.mm[spaceOf(s, t)].pmd[s.thread[t].slot].table !== NONE &&
      isShared(s, droppedTable(s, t)),
    effect: (s, t) => {
      const me = s.thread[t]
      const first = me.page
      me.table = droppedTable(s, t)
      clearPmd(s, spaceOf(s, t), slotOf(s, first))
      for (let i = 0; i < s.geometry.pagesPerTable; i++) expectZeros(s, spaceOf(s, t), first + i)
      me.page = Math.min(me.to, first + s.geometry.pagesPerTable)
      me.back = 'zap.table'
      flush(s, t, spaceOf(s, t), first, me.page, 'cow.put')
    },
  },
}

/** A table with pages that some VMA withholds is copied, as one with pinned pages is. */
const copiesWithheld: Readonly<Record<string, Change>> = {
  forkShare: {
    guard: (s, t) =>
      isAtOrdinaryTable(s, t) &&
      !hasItAlready(s, t) &&
      isCowTable(s, t) &&
      !withholdsPages(s, s.thread[t].slot),
  },
  forkEnterTable: {
    guard: (s, t) =>
      isAtOrdinaryTable(s, t) &&
      !hasItAlready(s, t) &&
      (!isCowTable(s, t) || withholdsPages(s, s.thread[t].slot)),
  },
}

/** Only a table that no VMA needs any more is let go of; else the sharing is broken first. */
const dropsUnneeded: Readonly<Record<string, Change>> = {
  dropBeforeZap: { due: (s, t) => dropsCowTable(s, t) },
}
const breaksBeforeZap: Hook = {
  name: 'breakBeforeZap',
  before: 'zap.table',
  source: 'repair: handle_cow_pte with alloc in zap_pmd_range',
  due: (s, t) => removesFromCow(s, t) && !dropsCowTable(s, t),
  effect: (s, t) => breakTable(s, t, s.thread[t].page, 'zap.table'),
}

/** The old entry goes back where there is no memory for a new table. */
const putsBack: Readonly<Record<string, Change>> = {
  cowAllocateFails: {
    effect: (s, t) => {
      const me = s.thread[t]
      cowPmd(s, t).table = me.table
      me.table = NONE
      failBreak(s, t)
    },
  },
}

/** swapoff breaks the sharing of each table. */
const breaksBeforeSwapOff: Readonly<Record<string, Change>> = {
  dropBeforeSwapOff: {
    effect: (s, t) => breakTable(s, t, sharedByVma(s, s.thread[t].space), 'swapOff.pte'),
  },
}

/** A read-only PMD entry of a table is not bad: the sharing is broken. */
const marksAreNotBad: Readonly<Record<string, Change>> = {
  clearBeforeProtect: {
    effect: (s, t) => breakTable(s, t, s.thread[t].page, 'mprotect.pte'),
  },
  clearBeforeFree: { effect: (s, t) => breakTable(s, t, s.thread[t].page, 'free.table') },
  clearBeforeSampling: { effect: (s, t) => breakTable(s, t, s.thread[t].page, 'numa.pte') },
  clearBeforeClearing: { effect: (s, t) => breakTable(s, t, s.thread[t].page, 'clear.pte') },
}

/** GUP-fast looks at the PMD entry too, and goes the slow way. */
const pinFallsBack: Hook = {
  name: 'pinFallsBackToBreak',
  before: 'pin.look',
  source: 'repair: a check of the PMD entry in gup_pmd_range',
  due: (s, t) => isInCowTable(s, t),
  effect: (s, t) => {
    s.thread[t].pc = 'pin.lock'
  },
}

const of = { system: 'cow-pte', repairs: true } as const

/** The repair that others are looked at on top of. */
export const cowFillsFirst: Mutant = {
  ...of,
  name: 'cow-pmd-is-met-empty',
  says: 'The PMD entry is empty for a while: the fault of a sibling puts an empty table there.',
  scenario: 'two-readers',
  breaks: ['parentKeepsItsWrites'],
  origin: 'documented',
  source: 'D. Hildenbrand, 2023-02-14: what stops another fault? (facts 7.4 H2.3)',
  change: fillsFirst,
}

export const cowMarksAreNotBad: Mutant = {
  ...of,
  name: 'cow-protect-clears-table',
  says: 'mprotect takes the PMD entry of a shared table for a bad one and clears it.',
  scenario: 'protect',
  breaks: ['parentKeepsItsWrites', 'tablesAreCounted'],
  origin: 'confirmed',
  source: 'pmd_bad of x86 is not patched: pmd_trans_unstable; shown on its kernel 6.0.6',
  change: marksAreNotBad,
}

export const cowDropsUnneeded: Mutant = {
  ...of,
  name: 'cow-partial-zap-empties-table',
  says: 'DONTNEED of one page takes the whole shared table out: all other pages of it are lost.',
  scenario: 'discard',
  breaks: ['parentKeepsItsWrites'],
  origin: 'candidate',
  source: 'zap_pmd_range calls handle_cow_pte without alloc for any range; zap_cow_pte',
  change: { ...dropsUnneeded, ...flushesDropped },
  hooks: [breaksBeforeZap],
}

export const cowPinFallsBack: Mutant = {
  ...of,
  name: 'cow-device-writes-shared-page',
  says: 'GUP-fast looks at the PTE only, which is writable: a device writes to a page both see.',
  scenario: 'pinned-after',
  breaks: ['childSeesForkTimeMemory'],
  origin: 'candidate',
  source: 'no check of the PMD entry in gup_pte_range',
  hooks: [pinFallsBack],
}

/** What mutants of mprotect that fails to break a table are looked at on top of. */
export const cowBreaksOrPutsBack: Mutant = {
  ...cowMarksAreNotBad,
  name: 'cow-breaks-or-puts-back',
  change: { ...marksAreNotBad, ...putsBack, ...triesAgain },
}

export const cowPteRepairs: readonly Mutant[] = [
  cowFillsFirst,
  {
    ...of,
    name: 'cow-last-user-is-not-last',
    says: 'Reclaim finds that the table has one user; before it takes it over, fork shares it again.',
    scenario: 'fork-while-reclaimed',
    breaks: ['neitherWritesWhatBothMap', 'childSeesForkTimeMemory'],
    origin: 'documented',
    source: 'admitted to N. Amit, 2022-09: test and reuse are two steps (facts 7.3 T4)',
    change: { ...fillsFirst, ...reusesAtOnce },
  },
  cowMarksAreNotBad,
  cowDropsUnneeded,
  cowPinFallsBack,
  {
    ...of,
    name: 'cow-failed-break-loses-table',
    says: 'There is no memory for a new table: the PMD entry stays empty, and all its pages are lost.',
    scenario: 'out-of-memory',
    breaks: ['parentKeepsItsWrites', 'tablesAreCounted'],
    origin: 'confirmed',
    source: 'break_cow_pte returns -ENOMEM after pmd_clear; shown on its kernel 6.0.6',
    change: putsBack,
  },
  {
    ...of,
    name: 'cow-swapoff-drops-tables',
    says: 'swapoff lets go of every shared table instead of breaking the sharing.',
    scenario: 'swapped-off',
    breaks: ['parentKeepsItsWrites', 'childSeesForkTimeMemory'],
    origin: 'candidate',
    source: 'unuse_pmd_range calls handle_cow_pte without alloc',
    change: breaksBeforeSwapOff,
  },
  {
    ...of,
    name: 'cow-reuse-keeps-exclusive',
    says: 'The last user takes the table over, and with it pages that count as its own: one that the child has put into a pipe is written in place.',
    scenario: 'pipe',
    breaks: ['pipeDeliversWhatWasPutIn'],
    origin: 'candidate',
    source: 'facts 7.4 H1: PageAnonExclusive is an open question; CVE-2020-29374 again (8.1)',
    change: forgetsExclusive,
  },
  {
    ...of,
    name: 'cow-drops-before-flush',
    says: 'munmap lets go of a table and flushes no sibling; the child exits and frees its frames.',
    scenario: 'unmap-after-child',
    breaks: ['noStaleTranslation'],
    origin: 'candidate',
    source: 'zap_cow_pte: pmd_put_pte, pmd_clear, and no flush (facts 7.3 T3)',
    change: flushesDropped,
  },
  {
    ...of,
    name: 'cow-shares-what-is-withheld',
    says: 'A table is shared as a whole, with the pages of a VMA that is left out of fork.',
    scenario: 'half-left-out',
    breaks: ['pagesBelongToVmas'],
    origin: 'candidate',
    source:
      'facts 7.3 T1: tables that several VMAs use are shared, VMA by VMA (found in this model)',
    change: copiesWithheld,
  },
]

/** All of it at once. */
export const repairedCowPte: Mutant = {
  ...of,
  name: 'cow-repaired',
  says: 'COW PTE with none of its repairs.',
  scenario: 'two-readers',
  breaks: ['parentKeepsItsWrites'],
  origin: 'candidate',
  source: 'all of the above',
  change: {
    ...fillsFirst,
    ...flushesDropped,
    ...copiesWithheld,
    ...dropsUnneeded,
    ...breaksBeforeSwapOff,
    ...marksAreNotBad,
    cowIsLast: {
      effect: (s, t) => {
        for (const pte of s.table[cowPmd(s, t).table].pte) {
          pte.writable = false
          if (pte.frame !== NONE && !pte.migrating) s.frame[pte.frame].exclusive = false
        }
        cowPmd(s, t).writable = true
        leaveBroken(s, t)
      },
    },
    cowAllocateFails: {
      ...fillsFirst.cowAllocateFails,
      effect: (s, t) => {
        if (s.thread[t].back === 'mprotect.pte') {
          fail(s)
          leaveBroken(s, t)
        } else failBreak(s, t)
      },
    },
  },
  hooks: [breaksBeforeZap, pinFallsBack],
}
