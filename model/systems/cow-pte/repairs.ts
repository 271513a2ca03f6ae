/**
 * What reviewers of COW PTE found, or what was found in this model of it, and what
 * repairs each: the system breaks in the scenario, and with the repair it holds. Each repair also
 * breaks tables under a lock: without that, parent and child are in each other's way everywhere.
 */
import type { Mutant } from '../../mutant.js'
import {
  breaksBeforeSwapOff,
  breaksBeforeZap,
  breaksLocked,
  coolsBroken,
  copiesWithheld,
  dropsUnneeded,
  flushesDropped,
  marksAreNotBad,
  marksOwnTables,
  pinFallsBack,
  triesAgain,
} from './repair-parts.js'

const of = { system: 'cow-pte', repairs: true } as const

/** The repair that others are looked at on top of. */
export const cowFillsFirst: Mutant = {
  ...of,
  name: 'cow-pmd-is-met-empty',
  says: 'The PMD entry is empty for a while: the fault of a sibling puts an empty table there.',
  scenario: 'two-readers',
  breaks: ['parentKeepsItsWrites'],
  origin: 'confirmed',
  source: 'D. Hildenbrand, 2023-02-14: what stops another fault?; shown on its kernel 6.0.6',
  change: breaksLocked,
}

export const cowMarksAreNotBad: Mutant = {
  ...of,
  name: 'cow-protect-clears-table',
  says: 'mprotect takes the PMD entry of a shared table for a bad one and clears it.',
  scenario: 'protect',
  breaks: ['parentKeepsItsWrites', 'tablesAreCounted'],
  origin: 'confirmed',
  source: 'pmd_bad of x86 is not patched: pmd_trans_unstable; shown on its kernel 6.0.6',
  change: { ...breaksLocked, ...marksAreNotBad },
}

export const cowSmapsIsSafe: Mutant = {
  ...of,
  name: 'cow-smaps-clears-table',
  says: 'The child reads its smaps to tell how much memory the save has cost, and loses all its shared tables by it.',
  scenario: 'bgsave-reports-memory',
  breaks: ['tablesAreCounted', 'childSeesForkTimeMemory'],
  origin: 'candidate',
  source: 'smaps_pte_range (task_mmu.c:624): pmd_trans_unstable, and pmd_bad of x86 is not patched',
  change: { ...breaksLocked, clearBeforeSmaps: null },
}

/** What a walk that only looks needs: that nothing is cleared. */
export const cowLooksOnly: Mutant = {
  ...of,
  name: 'cow-mincore-clears-table',
  says: 'mincore takes the PMD entry of a shared table for a bad one: the process loses all pages of it by asking where they are.',
  scenario: 'asks-what-is-in-memory',
  breaks: ['parentKeepsItsWrites', 'tablesAreCounted', 'childSeesForkTimeMemory'],
  origin: 'candidate',
  source: 'mincore_pte_range: pmd_trans_unstable, and pmd_bad of x86 is not patched',
  change: { ...breaksLocked, clearBeforeLooking: null },
}

export const cowDropsUnneeded: Mutant = {
  ...of,
  name: 'cow-partial-zap-empties-table',
  says: 'DONTNEED of one page takes the whole shared table out: all other pages of it are lost.',
  scenario: 'discard',
  breaks: ['parentKeepsItsWrites'],
  origin: 'candidate',
  source: 'zap_pmd_range calls handle_cow_pte without alloc for any range; zap_cow_pte',
  change: { ...breaksLocked, ...dropsUnneeded, ...flushesDropped },
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
  change: { ...breaksLocked, ...marksOwnTables },
  hooks: [pinFallsBack],
}

/** What mutants of mprotect that fails to break a table are looked at on top of. */
export const cowBreaksOrPutsBack: Mutant = {
  ...cowMarksAreNotBad,
  name: 'cow-breaks-or-puts-back',
  change: { ...breaksLocked, ...marksAreNotBad, ...triesAgain },
}

export const cowPteRepairs: readonly Mutant[] = [
  cowFillsFirst,
  {
    ...of,
    name: 'cow-two-break-at-once',
    says: 'Two threads read the same PMD entry and both replace it: what the first one has installed is lost.',
    scenario: 'two-writers',
    breaks: ['tablesAreCounted'],
    origin: 'candidate',
    source: 'handle_cow_pte, break_cow_pte: no lock is taken (memory.c:3053-3167)',
    change: breaksLocked,
  },
  {
    ...of,
    name: 'cow-last-reference-leaks',
    says: 'Parent and child break a table at once, and neither lets go of it last: it is never freed.',
    scenario: 'bgsave',
    breaks: ['tablesAreCounted'],
    origin: 'candidate',
    source: 'break_cow_pte: pmd_put_pte without reuse leaves the last reference (pgtable.h:645)',
    change: breaksLocked,
  },
  {
    ...of,
    name: 'cow-last-user-is-not-last',
    says: 'Reclaim finds that the table has one user; before it takes it over, fork shares it again.',
    scenario: 'fork-while-reclaimed',
    breaks: ['neitherWritesWhatBothMap', 'childSeesForkTimeMemory'],
    origin: 'documented',
    source: 'admitted to N. Amit, 2022-09: test and reuse are two steps',
    change: breaksLocked,
  },
  cowMarksAreNotBad,
  cowSmapsIsSafe,
  cowLooksOnly,
  {
    ...cowLooksOnly,
    name: 'cow-willneed-clears-table',
    says: 'Advice to read swapped pages takes the PMD entry of a shared table for a bad one and clears it.',
    scenario: 'will-need',
    source: 'swapin_walk_pmd_entry (madvise.c:202): pmd_none_or_trans_huge_or_clear_bad',
  },
  {
    ...of,
    name: 'cow-cold-clears-table',
    says: 'Advice that a range will not be needed soon clears the PMD entry of a shared table as a bad one, and so does not even follow the advice.',
    scenario: 'will-not-need',
    breaks: ['parentKeepsItsWrites', 'tablesAreCounted'],
    origin: 'candidate',
    source: 'madvise_cold_or_pageout_pte_range (madvise.c:407): pmd_trans_unstable, pmd_clear_bad',
    change: { ...breaksLocked, ...coolsBroken },
  },
  cowDropsUnneeded,
  cowPinFallsBack,
  {
    ...of,
    name: 'cow-gup-marks-shared-table',
    says: 'GUP-fast marks a table as exclusive that is shared already: it is never broken, and a write to it faults for ever.',
    scenario: 'pin-and-write',
    breaks: ['parentGoesOn'],
    origin: 'candidate',
    source: 'gup_pmd_range: pmd_cow_pte_mkexclusive without a look at the PMD entry (gup.c:2815)',
    change: { ...breaksLocked, ...marksOwnTables },
    hooks: [pinFallsBack],
  },
  {
    ...of,
    name: 'cow-failed-break-loses-table',
    says: 'There is no memory for a new table: the PMD entry stays empty, and all its pages are lost.',
    scenario: 'out-of-memory',
    breaks: ['parentKeepsItsWrites', 'tablesAreCounted'],
    origin: 'confirmed',
    source: 'break_cow_pte returns -ENOMEM after pmd_clear; shown on its kernel 6.0.6',
    change: breaksLocked,
  },
  {
    ...of,
    name: 'cow-swapoff-drops-tables',
    says: 'swapoff lets go of every shared table instead of breaking the sharing.',
    scenario: 'swapped-off',
    breaks: ['parentKeepsItsWrites', 'childSeesForkTimeMemory'],
    origin: 'candidate',
    source: 'unuse_pmd_range calls handle_cow_pte without alloc',
    change: { ...breaksLocked, ...breaksBeforeSwapOff },
  },
  {
    ...of,
    name: 'cow-drops-before-flush',
    says: 'munmap lets go of a table and flushes no sibling; the child exits and frees its frames.',
    scenario: 'unmap-after-child',
    breaks: ['noStaleTranslation'],
    origin: 'candidate',
    source: 'zap_cow_pte: pmd_put_pte, pmd_clear, and no flush',
    change: { ...breaksLocked, ...flushesDropped },
  },
  {
    ...of,
    name: 'cow-shares-what-is-withheld',
    says: 'A table is shared as a whole, with the pages of a VMA that is left out of fork.',
    scenario: 'half-left-out',
    breaks: ['pagesBelongToVmas'],
    origin: 'candidate',
    source:
      'copy_pmd_range: tables that several VMAs use are shared, VMA by VMA (found in this model)',
    change: { ...breaksLocked, ...copiesWithheld },
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
    ...breaksLocked,
    ...triesAgain,
    ...flushesDropped,
    ...copiesWithheld,
    ...dropsUnneeded,
    ...breaksBeforeSwapOff,
    ...marksAreNotBad,
    ...marksOwnTables,
  },
  hooks: [breaksBeforeZap, pinFallsBack],
}
