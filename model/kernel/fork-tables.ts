/**
 * Copying one table of page-table entries inside fork (mm/memory.c: copy_pmd_range,
 * copy_pte_range, copy_present_pte): under both spinlocks, which may be dropped every few entries.
 * fork.slot leads here by way of enterTable (fork.ts).
 */
import { copyPinned, isPinned, mustCopyNow, shareEntry } from '../hardware/frames.js'
import { isPinnedHuge, shareHuge, splitHuge } from '../hardware/huge.js'
import { firstPageOf, installTable, isPresent, pteOf, slotOf } from '../hardware/tables.js'
import type { Step } from '../rule.js'
import { NONE, PARENT, type State } from '../state.js'
import { childOf, failFork, isAtTable } from './fork.js'

/** Is a page part of the VMA and of the slot the thread is at? */
export const isInVmaAndSlot = (s: State, t: number, page: number) =>
  slotOf(s, page) === s.thread[t].slot &&
  s.mm[PARENT].vma[s.thread[t].vma].start <= page &&
  page < s.mm[PARENT].vma[s.thread[t].vma].end

/**
 * Is the entry one that GUP-fast may pin at any moment, as it takes no lock? Then looking whether
 * it is pinned and write-protecting it are two steps. Without pins nobody can tell them from one.
 */
export const isPinnable = (s: State, t: number) =>
  s.uses.pins && isInVmaAndSlot(s, t, s.thread[t].page) && isPresent(s, PARENT, s.thread[t].page)

/** Must the page the thread is at be copied on the spot, because it is pinned? */
export const isAtPinned = (s: State, t: number) =>
  isInVmaAndSlot(s, t, s.thread[t].page) && mustCopyNow(s, s.thread[t].page)

/** The parent's and the child's table of the slot the thread is at. */
export const parentTable = (s: State, t: number) =>
  s.table[s.mm[PARENT].pmd[s.thread[t].slot].table]
export const childTable = (s: State, t: number) =>
  s.table[s.mm[childOf(s, t)].pmd[s.thread[t].slot].table]

/** Drops both spinlocks. */
export function dropTables(s: State, t: number): void {
  parentTable(s, t).spinlock = NONE
  childTable(s, t).spinlock = NONE
}

/** Is the entry the thread is at one after which the spinlocks may be dropped, and not the last? */
export const mayRest = (s: State, t: number) =>
  s.geometry.pauses[s.thread[t].page - firstPageOf(s, s.thread[t].slot)]

/** Is there an ordinary table at the slot the thread is at, not a huge page? */
export const isAtOrdinaryTable = (s: State, t: number) =>
  isAtTable(s, t) && !s.mm[PARENT].pmd[s.thread[t].slot].huge

/** Does a device write to a page of the slot, so that it must be copied now? */
export function isPinnedSlot(s: State, slot: number): boolean {
  for (let i = 0; i < s.geometry.pagesPerTable; i++) {
    const pte = pteOf(s, PARENT, firstPageOf(s, slot) + i)
    if (pte.frame !== NONE && !pte.swapped && !pte.migrating && isPinned(s, pte.frame)) return true
  }
  return false
}

export const forkTables: readonly Step[] = [
  {
    // Under both pmd locks: one entry shares the whole huge page.
    name: 'forkHuge',
    at: 'fork.slot',
    source: 'copy_huge_pmd',
    allocates: ['forkTable'],
    guard: (s, t) =>
      isAtTable(s, t) &&
      s.mm[PARENT].pmd[s.thread[t].slot].huge &&
      !isPinnedHuge(s, PARENT, s.thread[t].slot),
    effect: (s, t) => {
      shareHuge(s, childOf(s, t), s.thread[t].slot)
      s.thread[t].slot++
    },
  },
  {
    name: 'forkHugeFails',
    at: 'fork.slot',
    source: 'copy_huge_pmd: pte_alloc_one, -ENOMEM',
    guard: (s, t) =>
      isAtTable(s, t) &&
      s.mm[PARENT].pmd[s.thread[t].slot].huge &&
      s.mayFail.forkTable &&
      s.failuresLeft > 0,
    effect: (s, t) => failFork(s, t),
  },
  {
    // Under the pmd lock: a device may write to part of it, so it is copied page by page.
    name: 'forkSplitsHuge',
    at: 'fork.slot',
    source: 'copy_huge_pmd: page_try_dup_anon_rmap fails, __split_huge_pmd',
    guard: (s, t) =>
      isAtTable(s, t) &&
      s.mm[PARENT].pmd[s.thread[t].slot].huge &&
      isPinnedHuge(s, PARENT, s.thread[t].slot),
    effect: (s, t) => splitHuge(s, PARENT, s.thread[t].slot),
  },
  {
    // The child's PTE table, still unseen by any CPU. Its spinlock is free: nobody has seen it.
    name: 'forkTable',
    at: 'fork.table',
    to: 'fork.lock',
    source: 'copy_pte_range: pte_alloc_map_lock',
    allocates: ['forkTable'],
    guard: (s, t) => s.mm[childOf(s, t)].pmd[s.thread[t].slot].table === NONE,
    effect: (s, t) => {
      installTable(s, childOf(s, t), s.thread[t].slot)
      childTable(s, t).spinlock = t
    },
  },
  {
    // After a rest, or for the next VMA of the slot: the table is there. Rmap walks have seen its
    // pages, and may hold its spinlock for a moment.
    name: 'forkFindsTable',
    at: 'fork.table',
    to: 'fork.lock',
    source: 'copy_pte_range: pte_alloc_map_lock, pmd_none is false',
    guard: (s, t) =>
      s.mm[childOf(s, t)].pmd[s.thread[t].slot].table !== NONE &&
      childTable(s, t).spinlock === NONE,
    effect: (s, t) => {
      childTable(s, t).spinlock = t
    },
  },
  {
    name: 'forkTableFails',
    at: 'fork.table',
    source: 'copy_pte_range: pte_alloc_map_lock, -ENOMEM',
    guard: (s, t) =>
      s.mm[childOf(s, t)].pmd[s.thread[t].slot].table === NONE &&
      s.mayFail.forkTable &&
      s.failuresLeft > 0,
    effect: (s, t) => failFork(s, t),
  },
  {
    // The parent's spinlock, inside the child's.
    name: 'forkLockTable',
    at: 'fork.lock',
    to: 'fork.pte',
    source: 'copy_pte_range: spin_lock_nested(src_ptl)',
    guard: (s, t) => parentTable(s, t).spinlock === NONE,
    effect: (s, t) => {
      parentTable(s, t).spinlock = t
    },
  },
  {
    // Under both spinlocks; CPUs look at any time.
    name: 'forkPage',
    at: 'fork.pte',
    source: 'copy_pte_range: copy_present_pte, copy_nonpresent_pte',
    guard: (s, t) => slotOf(s, s.thread[t].page) === s.thread[t].slot && !isPinnable(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      if (isInVmaAndSlot(s, t, me.page)) shareEntry(s, childOf(s, t), me.page)
      me.page++
    },
  },
  {
    // Under both spinlocks, which GUP-fast does not mind: nobody has pinned the page so far.
    name: 'forkFindsUnpinned',
    at: 'fork.pte',
    to: 'fork.share',
    source: 'copy_present_pte: folio_try_dup_anon_rmap_pte',
    guard: (s, t) =>
      slotOf(s, s.thread[t].page) === s.thread[t].slot && isPinnable(s, t) && !isAtPinned(s, t),
  },
  {
    // GUP-fast may have pinned it since; it will notice that write_protect_seq is odd.
    name: 'forkSharesPage',
    at: 'fork.share',
    to: 'fork.pte',
    source: 'copy_present_pte: ptep_set_wrprotect, set_pte_at',
    effect: (s, t) => {
      const me = s.thread[t]
      shareEntry(s, childOf(s, t), me.page)
      me.page++
    },
  },
  {
    // The same, and both spinlocks are dropped for a while; write_protect_seq stays odd.
    name: 'forkSharesPageAndRests',
    at: 'fork.share',
    to: 'fork.table',
    source: 'copy_pte_range: need_resched, spin_needbreak',
    guard: (s, t) => mayRest(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      shareEntry(s, childOf(s, t), me.page)
      me.page++
      dropTables(s, t)
    },
  },
  {
    // Without pins: one entry is shared, and both spinlocks are dropped for a while.
    name: 'forkPageAndRest',
    at: 'fork.pte',
    to: 'fork.table',
    source: 'copy_pte_range: need_resched, spin_needbreak',
    guard: (s, t) =>
      slotOf(s, s.thread[t].page) === s.thread[t].slot && !isPinnable(s, t) && mayRest(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      if (isInVmaAndSlot(s, t, me.page)) shareEntry(s, childOf(s, t), me.page)
      me.page++
      dropTables(s, t)
    },
  },
  {
    // Under both spinlocks, with a frame got beforehand: a device may go on writing to the page,
    // so the child gets a copy of its own and the parent keeps the page.
    name: 'forkPinnedPage',
    at: 'fork.pte',
    source: 'copy_present_pte: folio_maybe_dma_pinned, copy_present_page',
    allocates: ['forkFrame'],
    guard: (s, t) => isAtPinned(s, t),
    effect: (s, t) => {
      copyPinned(s, childOf(s, t), s.thread[t].page)
      s.thread[t].page++
    },
  },
  {
    name: 'forkPinnedPageAndRests',
    at: 'fork.pte',
    to: 'fork.table',
    source: 'copy_pte_range: copy_present_page; need_resched, spin_needbreak',
    allocates: ['forkFrame'],
    guard: (s, t) => isAtPinned(s, t) && mayRest(s, t),
    effect: (s, t) => {
      copyPinned(s, childOf(s, t), s.thread[t].page)
      s.thread[t].page++
      dropTables(s, t)
    },
  },
  {
    name: 'forkPinnedPageFails',
    at: 'fork.pte',
    source:
      'page_copy_prealloc: alloc_page_vma, or mem_cgroup_charge: NULL; copy_pte_range: -ENOMEM',
    guard: (s, t) => isAtPinned(s, t) && s.mayFail.forkFrame && s.failuresLeft > 0,
    effect: (s, t) => {
      dropTables(s, t)
      failFork(s, t)
    },
  },
  {
    name: 'forkTableDone',
    at: 'fork.pte',
    to: 'fork.slot',
    source: 'copy_pte_range: pte_unmap_unlock; copy_pmd_range: next entry',
    copiesTable: true,
    guard: (s, t) => slotOf(s, s.thread[t].page) !== s.thread[t].slot,
    effect: (s, t) => {
      dropTables(s, t)
      s.thread[t].slot++
    },
  },
]
