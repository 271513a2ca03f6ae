/**
 * fork, as COW PTE does it: every table is shared, also one that several VMAs use
 * and one of memory that is not anonymous, and read-only in both address spaces whatever they may
 * do with it. A table of which GUP has handed out a page is copied. Who accounts for a table (its
 * "owner") is left out: no page table depends on it.
 */
import { shareTable } from '../../hardware/sharing.js'
import { clearPmd } from '../../hardware/tables.js'
import { childOf, enterTable } from '../../kernel/fork.js'
import { isAtOrdinaryTable } from '../../kernel/fork-tables.js'
import type { Step } from '../../rule.js'
import { NONE, PARENT, type State } from '../../state.js'

/** Has GUP handed out a page of the table the thread is at? */
export const isExclusive = (s: State, t: number) =>
  s.table[s.mm[PARENT].pmd[s.thread[t].slot].table].exclusive

/** Is the table the thread is at one that is shared (is_cow_pte_available)? */
export const isCowTable = (s: State, t: number) => s.options.enabled && !isExclusive(s, t)

/** Is it one that is neither shared nor copied, as its PMD entry counts as bad? */
export const isBadTable = (s: State, t: number) =>
  !isCowTable(s, t) && !s.mm[PARENT].pmd[s.thread[t].slot].writable

/** Does some VMA of the slot withhold its pages from a child (MADV_DONTFORK, WIPEONFORK)? */
export function withholdsPages(s: State, slot: number): boolean {
  const first = slot * s.geometry.pagesPerTable
  for (const vma of s.mm[PARENT].vma)
    if ((vma.leftOut || vma.wiped) && vma.start < first + s.geometry.pagesPerTable)
      if (first < vma.end) return true
  return false
}

/** Has the child the parent's table already, by way of another VMA? */
export const hasItAlready = (s: State, t: number) =>
  s.mm[childOf(s, t)].pmd[s.thread[t].slot].table !== NONE &&
  s.mm[childOf(s, t)].pmd[s.thread[t].slot].table === s.mm[PARENT].pmd[s.thread[t].slot].table

export const share: readonly Step[] = [
  {
    // One PMD entry of each side, under mmap_lock held for writing; the child's is still unseen.
    name: 'forkShare',
    at: 'fork.slot',
    source: 'copy_pmd_range in COW PTE: pmd_mkcow, get_pte',
    guard: (s, t) => isAtOrdinaryTable(s, t) && !hasItAlready(s, t) && isCowTable(s, t),
    effect: (s, t) => {
      s.mm[PARENT].pmd[s.thread[t].slot].writable = false
      shareTable(s, childOf(s, t), s.thread[t].slot)
      s.thread[t].slot++
    },
  },
  {
    name: 'forkSharedAlready',
    at: 'fork.slot',
    source: "copy_pmd_range in COW PTE: the child's entry is set by another VMA",
    guard: (s, t) => isAtOrdinaryTable(s, t) && hasItAlready(s, t),
    effect: (s, t) => {
      s.thread[t].slot++
    },
  },
  {
    name: 'forkEnterTable',
    at: 'fork.slot',
    source: 'copy_pmd_range in COW PTE: the table is marked exclusive',
    guard: (s, t) =>
      isAtOrdinaryTable(s, t) && !hasItAlready(s, t) && !isCowTable(s, t) && !isBadTable(s, t),
    effect: (s, t) => enterTable(s, t),
  },
  {
    // A read-only PMD entry of a table that is marked exclusive.
    name: 'forkClearsBad',
    at: 'fork.slot',
    source: 'copy_pmd_range in COW PTE: pmd_none_or_clear_bad',
    guard: (s, t) => isAtOrdinaryTable(s, t) && !hasItAlready(s, t) && isBadTable(s, t),
    effect: (s, t) => {
      clearPmd(s, PARENT, s.thread[t].slot)
      s.thread[t].slot++
    },
  },
]
