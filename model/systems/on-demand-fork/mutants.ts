/** On-demand-fork with one more thing done wrong, in scenarios in which it holds as published. */
import { copyEntry } from '../../hardware/frames.js'
import { putTable } from '../../hardware/sharing.js'
import { pmdOf } from '../../hardware/tables.js'
import { childOf } from '../../kernel/fork.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Mutant } from '../../mutant.js'
import { NONE, PARENT } from '../../state.js'
import { leaveReplaced } from './fork-table.js'

const of = { system: 'on-demand-fork', origin: 'synthetic' } as const

export const onDemandForkMutants: readonly Mutant[] = [
  {
    ...of,
    name: 'odf-forgets-to-count',
    says: 'fork shares a table without counting the child.',
    scenario: 'bgsave',
    breaks: ['tablesAreCounted'],
    source: 'copy_pmd_range in ODF without the refcount',
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
    name: 'odf-parent-stays-writable',
    says: "fork takes the RW bit from the child's PMD entry only.",
    scenario: 'bgsave',
    breaks: ['neitherWritesWhatBothMap'],
    source: 'copy_pmd_range in ODF without pmd_wrprotect of the parent',
    change: {
      forkShare: {
        effect: (s, t) => {
          const me = s.thread[t]
          const from = s.mm[PARENT].pmd[me.slot]
          s.mm[childOf(s, t)].pmd[me.slot].table = from.table
          s.table[from.table].sharers++
          me.slot++
        },
      },
    },
  },
  {
    ...of,
    name: 'odf-copies-without-reference',
    says: 'The new table maps frames without holding references on them.',
    scenario: 'bgsave',
    breaks: ['framesAreCounted'],
    source: 'tfork_one_pte_table in ODF without get_page',
    change: {
      shareCopies: {
        effect: (s, t) => {
          const me = s.thread[t]
          const from = s.table[me.table].pte[me.entry]
          s.table[me.locked].pte[me.entry].frame = from.frame
          me.entry++
        },
      },
    },
  },
  {
    ...of,
    name: 'odf-copies-writable',
    says: 'The entries of the new table are writable at once.',
    scenario: 'bgsave',
    breaks: ['neitherWritesWhatBothMap', 'childSeesForkTimeMemory'],
    source: 'tfork_one_pte_table in ODF without pte_wrprotect',
    change: {
      shareCopies: {
        effect: (s, t) => {
          const me = s.thread[t]
          copyEntry(s, me.table, me.locked, me.entry)
          s.table[me.locked].pte[me.entry].writable = true
          me.entry++
        },
      },
    },
  },
  {
    ...of,
    name: 'odf-stops-copying-early',
    says: 'The last entry of a table is not copied.',
    scenario: 'bgsave',
    breaks: ['parentKeepsItsWrites'],
    source: 'tfork_one_pte_table in ODF, off by one',
    change: {
      shareCopies: { guard: (s, t) => s.thread[t].entry < s.geometry.pagesPerTable - 1 },
      shareCopied: { guard: (s, t) => s.thread[t].entry === s.geometry.pagesPerTable - 1 },
    },
  },
  {
    ...of,
    name: 'odf-keeps-old-reference',
    says: 'Who has a table of its own goes on counting as a user of the old one.',
    scenario: 'bgsave',
    breaks: ['tablesAreCounted'],
    source: 'tfork_one_pte_table in ODF without dereference_pte_table',
    change: {
      sharePuts: {
        effect: (s, t) => {
          s.thread[t].table = NONE
          leaveReplaced(s, t)
        },
      },
    },
  },
  {
    ...of,
    name: 'odf-last-user-leaks',
    says: 'The last user of a table frees it, and not the references of its entries.',
    scenario: 'isolation',
    breaks: ['tablesAreCounted', 'framesAreCounted'],
    source: 'dereference_pte_table in ODF without page_remove_rmap, put_page',
    change: {
      sharePuts: {
        effect: (s, t) => {
          const table = s.table[s.thread[t].table]
          if (table.sharers > 0) table.sharers--
          else table.used = false
          s.thread[t].table = NONE
          leaveReplaced(s, t)
        },
      },
    },
  },
  {
    ...of,
    name: 'odf-split-does-not-copy',
    says: 'A VMA is cut inside a table that is still shared.',
    scenario: 'calls-fail',
    breaks: ['childSeesForkTimeMemory'],
    source: '__split_vma in ODF without its hook',
    change: { forkTableBeforeSplit: null },
  },
  {
    ...of,
    name: 'odf-move-does-not-copy',
    says: 'mremap moves entries out of a table that is still shared.',
    scenario: 'move-entries',
    breaks: ['childSeesForkTimeMemory'],
    source: 'move_page_tables in ODF without its hook',
    change: { forkTableBeforeMove: null },
  },
  {
    ...of,
    name: 'odf-unmap-empties-shared-table',
    says: 'munmap removes the pages of a table that the child uses too.',
    scenario: 'unmap-whole',
    breaks: ['childSeesForkTimeMemory'],
    source: 'zap_pmd_range in ODF without its hook',
    change: { dropTableBeforeZap: null },
  },
  {
    ...of,
    name: 'odf-unmap-forgets-table',
    says: 'munmap clears the PMD entry and does not let go of the table.',
    scenario: 'unmap-whole',
    breaks: ['tablesAreCounted'],
    source: 'zap_pmd_range in ODF without dereference_pte_table',
    change: {
      shareDrops: {
        effect: (s, t) => {
          s.thread[t].seen = pmdOf(s, spaceOf(s, t), s.thread[t].page).table
          s.thread[t].pc = 'share.clear'
        },
      },
    },
  },
  {
    ...of,
    name: 'odf-unmap-lets-go-twice',
    says: 'munmap lets go of a shared table twice.',
    scenario: 'unmap-whole',
    breaks: ['childSeesForkTimeMemory'],
    source: 'zap_pmd_range in ODF, dereference_pte_table twice',
    change: {
      shareDrops: {
        effect: (s, t) => {
          const me = s.thread[t]
          me.seen = pmdOf(s, spaceOf(s, t), me.page).table
          putTable(s, me.seen)
          putTable(s, me.seen)
          me.pc = 'share.clear'
        },
      },
    },
  },
]
