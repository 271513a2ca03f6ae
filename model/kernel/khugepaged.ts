/**
 * Collapsing a table into a huge page, and splitting one again (mm/khugepaged.c:
 * collapse_huge_page; mm/huge_memory.c). Under mmap_lock held for writing the PMD entry is cleared
 * and flushed, so that no CPU can use the pages, which are then copied; the table stays deposited
 * under the new entry.
 */
import { putFrame, takeFrame, unmapFrame } from '../hardware/frames.js'
import { splitHuge } from '../hardware/huge.js'
import { firstPageOf, isUnlocked, pmdOf, slotOf } from '../hardware/tables.js'
import { flush } from '../hardware/tlb.js'
import {
  dropWrite,
  hasNoFaults,
  lockRmap,
  mayChangeRmap,
  queueToWrite,
  startChanging,
  unlockRmap,
} from '../locks.js'
import { kernelOperation, page } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, PARENT, type State, ZEROS } from '../state.js'
import { failCall, finish, opOf } from '../threads.js'
import { isClosed, isWholeSlot, vmaAt } from '../vmas.js'

/** The slot the thread is to collapse or split. */
export const chosenSlot = (s: State, t: number) => slotOf(s, opOf(s, t).page)

/** The VMA the slot is in, or NONE. */
export const vmaToCollapse = (s: State, t: number) =>
  vmaAt(s, PARENT, firstPageOf(s, chosenSlot(s, t)))

/** Is the slot an ordinary table wholly inside one ordinary VMA of a live process? */
export function isCollapsible(s: State, slot: number): boolean {
  const v = vmaAt(s, PARENT, firstPageOf(s, slot))
  if (v === NONE || !isWholeSlot(s, PARENT, v, slot)) return false
  if (s.mm[PARENT].vma[v].device || s.mm[PARENT].killed) return false
  const pmd = s.mm[PARENT].pmd[slot]
  return pmd.table !== NONE && !pmd.huge
}

/** Is every entry of a table empty, or mapped and held by nobody but PTEs? */
export function isIsolatable(s: State, table: number): boolean {
  for (const pte of s.table[table].pte) {
    if (pte.swapped || pte.migrating) return false
    if (pte.frame !== NONE) {
      const frame = s.frame[pte.frame]
      if (frame.refs !== frame.maps || frame.lock !== NONE) return false
    }
  }
  return true
}

export const collapseRoutine = routine('collapse', 'Makes a huge page of a table.', {
  'collapse.check': ['writes'],
  'collapse.copy': ['writes', 'changesRmap'],
  'collapse.unlock': ['writes'],
})

export const khugepaged: readonly Step[] = [
  {
    // The huge page has been got before; nothing is locked yet.
    name: 'collapse',
    at: 'user',
    source: 'hpage_collapse_scan_pmd, alloc_charge_hpage, mmap_write_lock',
    allocates: ['hugePage'],
    guard: (s, t) => opOf(s, t).do === 'collapse' && isCollapsible(s, chosenSlot(s, t)),
    effect: (s, t) => queueToWrite(s, t, PARENT, 'collapse.check'),
  },
  {
    name: 'collapseFails',
    at: 'user',
    source: 'alloc_charge_hpage fails',
    guard: (s, t) => opOf(s, t).do === 'collapse' && s.mayFail.hugePage && s.failuresLeft > 0,
    effect: (s, t) => {
      failCall(s, t, 'user')
      finish(s, t)
    },
  },
  {
    // Under mmap_lock for writing, the lock of the VMA, the anon_vma lock and the pmd lock: the
    // entry is cleared, and every CPU asked to drop the range. The anon_vma lock keeps walks of the
    // reverse map out until the pages are isolated, as they would not find the table.
    name: 'collapseClears',
    at: 'collapse.check',
    source: 'collapse_huge_page: vma_start_write, anon_vma_lock_write, pmdp_collapse_flush',
    guard: (s, t) =>
      mayChangeRmap(s) &&
      isCollapsible(s, chosenSlot(s, t)) &&
      hasNoFaults(s, PARENT, vmaToCollapse(s, t)) &&
      isUnlocked(s, PARENT, opOf(s, t).page),
    effect: (s, t) => {
      const me = s.thread[t]
      startChanging(s, PARENT, vmaToCollapse(s, t))
      lockRmap(s, t)
      const pmd = s.mm[PARENT].pmd[chosenSlot(s, t)]
      me.table = pmd.table
      pmd.table = NONE
      pmd.writable = false
      const first = firstPageOf(s, chosenSlot(s, t))
      flush(s, t, PARENT, first, first + s.geometry.pagesPerTable, 'collapse.copy')
    },
  },
  {
    name: 'collapseRefused',
    at: 'collapse.check',
    to: 'collapse.unlock',
    source: 'collapse_huge_page: hugepage_vma_revalidate fails',
    guard: (s, t) => !isCollapsible(s, chosenSlot(s, t)),
  },
  {
    // No CPU can reach the pages and nobody else holds them, so they can be copied one after the
    // other unseen; then, under the pmd lock, the huge entry goes in.
    name: 'collapseCopies',
    at: 'collapse.copy',
    to: 'collapse.unlock',
    source: '__collapse_huge_page_isolate, __collapse_huge_page_copy, set_pmd_at',
    guard: (s, t) =>
      isIsolatable(s, s.thread[t].table) && s.table[s.thread[t].table].spinlock === NONE,
    effect: (s, t) => {
      const me = s.thread[t]
      const slot = chosenSlot(s, t)
      const pmd = s.mm[PARENT].pmd[slot]
      for (let i = 0; i < s.geometry.pagesPerTable; i++) {
        const pte = s.table[me.table].pte[i]
        const old = pte.frame
        const content = old === NONE ? ZEROS : s.frame[old].value
        pte.frame = takeFrame(s, firstPageOf(s, slot) + i, content)
        pte.writable = false
        pte.hinted = isClosed(s, PARENT, firstPageOf(s, slot) + i)
        pte.dirty = s.uses.lazy
        if (old !== NONE) {
          unmapFrame(s, old)
          putFrame(s, old)
        }
      }
      pmd.table = me.table
      pmd.huge = true
      pmd.writable = s.mm[PARENT].vma[vmaAt(s, PARENT, firstPageOf(s, slot))].writable
      me.table = NONE
      unlockRmap(s)
    },
  },
  {
    // Somebody holds one of the pages: the old entry goes back.
    name: 'collapseGivesUp',
    at: 'collapse.copy',
    to: 'collapse.unlock',
    source: '__collapse_huge_page_isolate fails: pmd_populate',
    guard: (s, t) =>
      !isIsolatable(s, s.thread[t].table) && s.table[s.thread[t].table].spinlock === NONE,
    effect: (s, t) => {
      const me = s.thread[t]
      const pmd = s.mm[PARENT].pmd[chosenSlot(s, t)]
      pmd.table = me.table
      pmd.writable = true
      me.table = NONE
      unlockRmap(s)
    },
  },
  {
    name: 'collapseUnlocks',
    at: 'collapse.unlock',
    source: 'collapse_huge_page: mmap_write_unlock',
    effect: (s, t) => {
      dropWrite(s, PARENT)
      finish(s, t)
    },
  },
  {
    // Under the anon_vma lock and the pmd lock.
    name: 'splitHuge',
    at: 'user',
    source: 'deferred_split_scan, split_huge_page_to_list: anon_vma_lock_write, split_huge_pmd',
    guard: (s, t) =>
      mayChangeRmap(s) &&
      opOf(s, t).do === 'splitHuge' &&
      pmdOf(s, PARENT, opOf(s, t).page).huge &&
      isUnlocked(s, PARENT, opOf(s, t).page),
    effect: (s, t) => {
      splitHuge(s, PARENT, chosenSlot(s, t))
      finish(s, t)
    },
  },
]

export const collapseOperation = kernelOperation(
  'collapse',
  'khugepaged',
  { page },
  {
    says: 'Makes a huge page of the table that holds a page.',
    needs: ['huge'],
  },
)

export const splitHugeOperation = kernelOperation(
  'splitHuge',
  'khugepaged',
  { page },
  {
    says: 'Splits the huge page that holds a page.',
  },
)

declare module '../operation-names.js' {
  interface KernelOperations {
    collapse: typeof collapseOperation
    splitHuge: typeof splitHugeOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof collapseRoutine>, unknown> {}
}
