/**
 * What reviewers of COW PTE found (facts 7.3, 7.4), or what was found in this model of it, and what
 * repairs each: the system breaks in the scenario, and with the repair it holds.
 */

import { expectZeros } from '../../ghosts.js'
import { copyEntry } from '../../hardware/frames.js'
import { clearPmd } from '../../hardware/sharing.js'
import { firstPageOf, isShared, slotOf } from '../../hardware/tables.js'
import { flush } from '../../hardware/tlb.js'
import { isAtOrdinaryTable } from '../../kernel/fork-tables.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Change, Mutant } from '../../mutant.js'
import { NONE } from '../../state.js'
import { fail } from '../../threads.js'
import {
  cowPmd,
  failBreak,
  isStillCow,
  leaveBroken,
  nobodyBreaks,
  switchTable,
  takeSpare,
} from './break-table.js'
import { droppedTable } from './drop-table.js'
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
  {
    ...of,
    name: 'cow-mprotect-stops-halfway',
    says: 'mprotect finds no memory to break a table and leaves it out: the page stays writable.',
    scenario: 'protect-fails',
    breaks: ['permissionIsAsked'],
    origin: 'documented',
    source: 'D. Hildenbrand, 2023-02-14: breaking can fail, change_pte_range (facts 7.4 H2.2)',
    change: triesAgain,
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
    says: 'munmap lets go of a table before siblings are flushed; the child exits and frees its frames.',
    scenario: 'unmap-after-child',
    breaks: ['noStaleTranslation'],
    origin: 'candidate',
    source: 'facts 7.3 T3: the reference is dropped, then the entry cleared',
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
}
