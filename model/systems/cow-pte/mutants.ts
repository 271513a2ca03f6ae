/** COW PTE with one more thing done wrong, in scenarios in which it holds as proposed. */
import { copyEntry } from '../../hardware/frames.js'
import { putTable } from '../../hardware/sharing.js'
import { firstPageOf, slotOf } from '../../hardware/tables.js'
import { flush } from '../../hardware/tlb.js'
import { childOf } from '../../kernel/fork.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Mutant } from '../../mutant.js'
import { NONE, PARENT } from '../../state.js'
import { nobodyBreaksOpenly, switchTable, takeSpare } from './break-locked.js'
import {
  breaking,
  cowPmd,
  cowSharers,
  failBreak,
  isCopied,
  isStillCow,
  leaveBroken,
} from './break-table.js'
import { cowBreaksOrPutsBack, cowDropsUnneeded, cowFillsFirst, cowPinFallsBack } from './repairs.js'

const of = { system: 'cow-pte', origin: 'synthetic', on: cowFillsFirst } as const

/** A place of the author's list that is forgotten. */
function forgotten(
  hook: string,
  says: string,
  scenario: string,
  breaks: string,
  on: Mutant = cowFillsFirst,
): Mutant {
  return {
    ...of,
    name: `cow-no-${hook.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    says,
    scenario,
    breaks: [breaks],
    source: 'a forgotten place of the list',
    change: { [hook]: null },
    on,
  }
}

/** The rules that break a table as published, instead of those of a repair. */
const asPublished = Object.fromEntries(
  breaking
    .filter(({ name }) => name !== 'cowCopiesAndPauses')
    .map(({ name, at, to, guard, effect = () => {} }) => [name, { at, to, guard, effect }]),
)

export const cowPteMutants: readonly Mutant[] = [
  {
    ...of,
    name: 'cow-walk-meets-pmd-empty',
    says: 'A table is broken under a lock that faults take too, but its PMD entry is empty meanwhile: a migration, which takes no lock, misses its entries, and the page is lost.',
    scenario: 'migrate',
    breaks: ['parentKeepsItsWrites', 'parentGoesOn'],
    origin: 'candidate',
    source: 'page_vma_mapped_walk, remove_migration_pte: the PMD entry is none',
    change: {
      ...asPublished,
      faultWalk: {
        guard: (s, t) => nobodyBreaksOpenly(s, t, slotOf(s, s.thread[t].page)),
      },
      cowIsLast: {
        ...asPublished.cowIsLast,
        guard: (s, t) =>
          nobodyBreaksOpenly(s, t, s.thread[t].slot) && isStillCow(s, t) && cowSharers(s, t) === 0,
      },
      cowIsShared: {
        ...asPublished.cowIsShared,
        guard: (s, t) =>
          nobodyBreaksOpenly(s, t, s.thread[t].slot) && isStillCow(s, t) && cowSharers(s, t) > 0,
      },
      cowIsBroken: {
        ...asPublished.cowIsBroken,
        guard: (s, t) => nobodyBreaksOpenly(s, t, s.thread[t].slot) && !isStillCow(s, t),
      },
      cowPuts: {
        effect: (s, t) => {
          putTable(s, s.thread[t].table)
          s.thread[t].table = NONE
          leaveBroken(s, t)
        },
      },
    },
  },
  {
    ...of,
    name: 'cow-no-flush',
    says: 'A thread gets a table of its own and flushes nothing: siblings walk the old one.',
    scenario: 'read-through-old-table',
    breaks: ['noStaleTranslation'],
    origin: 'documented',
    source: 'before 38831f7c0',
    change: {
      cowFlushes: {
        effect: (s, t) => {
          switchTable(s, t)
          s.thread[t].pc = 'cow.put'
        },
      },
    },
  },
  {
    ...of,
    name: 'cow-flushes-before-copy',
    says: 'The flush comes before the table is copied: a sibling caches the old PMD entry again.',
    scenario: 'read-through-old-table',
    breaks: ['noStaleTranslation'],
    origin: 'documented',
    source: 'between 38831f7c0 and 17e6e08bf',
    change: {
      cowClears: {
        effect: (s, t) => {
          const me = s.thread[t]
          const first = firstPageOf(s, me.slot)
          if (isStillCow(s, t)) {
            takeSpare(s, t)
            flush(s, t, spaceOf(s, t), first, first + s.geometry.pagesPerTable, 'cow.copy')
          } else leaveBroken(s, t)
        },
      },
      cowFlushes: {
        effect: (s, t) => {
          switchTable(s, t)
          s.thread[t].pc = 'cow.put'
        },
      },
    },
  },
  {
    ...of,
    name: 'cow-forgets-to-count',
    says: 'fork shares a table without counting the child.',
    scenario: 'bgsave',
    breaks: ['tablesAreCounted'],
    source: 'copy_pmd_range in COW PTE without get_pte',
    change: {
      forkShare: {
        effect: (s, t) => {
          const me = s.thread[t]
          const from = s.mm[PARENT].pmd[me.slot]
          from.writable = false
          s.mm[childOf(s, t)].pmd[me.slot].table = from.table
          me.slot++
        },
      },
    },
  },
  {
    ...of,
    name: 'cow-copies-writable',
    says: 'The entries of the new table are writable at once.',
    scenario: 'bgsave',
    breaks: ['neitherWritesWhatBothMap'],
    source: 'copy_present_pte without pte_wrprotect',
    change: {
      cowCopies: {
        effect: (s, t) => {
          const me = s.thread[t]
          if (isCopied(s, t)) {
            copyEntry(s, me.locked, me.table, me.entry)
            s.table[me.table].pte[me.entry].writable = true
          }
          me.entry++
        },
      },
    },
  },
  {
    ...of,
    name: 'cow-takes-over-without-asking',
    says: 'Whoever comes first takes the shared table over.',
    scenario: 'bgsave',
    breaks: ['neitherWritesWhatBothMap'],
    source: 'break_cow_pte without its test',
    change: {
      cowIsShared: {
        effect: (s, t) => {
          cowPmd(s, t).writable = true
          leaveBroken(s, t)
        },
      },
    },
  },
  {
    ...of,
    name: 'cow-keeps-old-reference',
    says: 'Who has a table of its own goes on counting as a user of the old one.',
    scenario: 'bgsave',
    breaks: ['tablesAreCounted'],
    source: 'break_cow_pte without pmd_put_pte',
    change: {
      cowPuts: {
        effect: (s, t) => {
          s.thread[t].table = NONE
          leaveBroken(s, t)
        },
      },
    },
  },
  {
    ...of,
    name: 'cow-stays-locked',
    says: 'The old table stays locked.',
    scenario: 'bgsave',
    breaks: ['spinlocksAreHeld'],
    source: 'break_cow_pte without pte_unmap_unlock',
    change: {
      cowFlushes: {
        effect: (s, t) => {
          const me = s.thread[t]
          const first = firstPageOf(s, me.slot)
          switchTable(s, t)
          s.table[me.table].spinlock = t
          flush(s, t, spaceOf(s, t), first, first + s.geometry.pagesPerTable, 'cow.put')
        },
      },
    },
  },
  {
    ...of,
    name: 'cow-mprotect-stops-halfway',
    says: 'mprotect finds no memory to break a table and leaves it out: the page stays writable.',
    scenario: 'protect-fails',
    breaks: ['permissionIsAsked'],
    origin: 'documented',
    source: 'D. Hildenbrand, 2023-02-14: breaking can fail, change_pte_range',
    on: cowBreaksOrPutsBack,
    change: {
      cowAllocateFails: {
        effect: (s, t) => {
          failBreak(s, t)
        },
      },
    },
  },
  forgotten(
    'breakBeforeMove',
    'mremap moves entries out of a shared table.',
    'move-entries',
    'childSeesForkTimeMemory',
  ),
  forgotten(
    'breakBeforeZap',
    'DONTNEED empties a shared table.',
    'discard',
    'childSeesForkTimeMemory',
    cowDropsUnneeded,
  ),
  forgotten(
    'breakBeforePin',
    'GUP hands out a page of a shared table.',
    'pinned-after',
    'childSeesForkTimeMemory',
    cowPinFallsBack,
  ),
  forgotten(
    'breakBeforeUffdCopy',
    'A monitor fills a shared table.',
    'filled-by-monitor',
    'childSeesForkTimeMemory',
  ),
  forgotten(
    'breakBeforeCollapse',
    'khugepaged makes a huge page of a shared table.',
    'collapse-and-write',
    'neitherWritesWhatBothMap',
  ),
  forgotten(
    'breakBeforeFault',
    'A write faults on a shared table, and finds nothing to do.',
    'bgsave',
    'parentGoesOn',
  ),
]
