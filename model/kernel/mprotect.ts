/**
 * What mprotect does to the entries of a VMA whose flags it has changed (mm/mprotect.c): takes or
 * gives write permission, closes or opens them, and populates a locked VMA that has become
 * writable. Under mmap_lock for writing; change.ts has what comes before and after.
 */
import { frameOf, hasTable, isEmpty, isPresent, pmdOf, pteOf, tableAt } from '../hardware/tables.js'
import { endBatched, flushBatched } from '../hardware/tlb.js'
import { flag, operation, range, yesNo } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import type { State } from '../state.js'
import { mmOf, opOf } from '../threads.js'
import { vmaAt } from '../vmas.js'
import { isPopulated } from './populate.js'
import { mayChangePte, mustFlushBatched } from './zap.js'

/** Is the thread's page one of a locked VMA that the call has made writable? */
export const mustPopulate = (s: State, t: number) =>
  isInChanged(s, t) && s.mm[mmOf(s, t)].vma[s.thread[t].vma].locked

/** Takes write permission from the entry that maps a page, also from a migration entry. */
export function takeWrite(s: State, m: number, page: number): void {
  if (pmdOf(s, m, page).huge) pmdOf(s, m, page).writable = false
  else pteOf(s, m, page).writable = false
}

/**
 * Closes the entry that maps a page to the CPU, or opens it; all of a huge page at once. A swap or
 * migration entry has no such bit: its VMA says what the page will be.
 */
export function setClosed(s: State, m: number, page: number, closed: boolean): void {
  if (pmdOf(s, m, page).huge) for (const pte of tableAt(s, m, page).pte) pte.hinted = closed
  else if (isPresent(s, m, page)) pteOf(s, m, page).hinted = closed
}

/**
 * May mprotect open a page's entry to stores at once: does the page, or all of the huge page,
 * belong to this address space alone? The next store then needs no fault (can_change_pte_writable).
 */
export function mayOpen(s: State, m: number, page: number): boolean {
  if (s.options.reuse !== 'exclusive' || !isPresent(s, m, page)) return false
  const { huge, table, writable } = pmdOf(s, m, page)
  if (!huge) return !pteOf(s, m, page).writable && s.frame[frameOf(s, m, page)].exclusive
  if (writable) return false
  for (const pte of s.table[table].pte) if (!s.frame[pte.frame].exclusive) return false
  return true
}

/** Does the call open the entry of the thread's page to stores? */
export const opensPage = (s: State, t: number) =>
  opOf(s, t).writable && mayOpen(s, mmOf(s, t), s.thread[t].page)

/** Gives write permission to the entry that maps a page. */
export function giveWrite(s: State, m: number, page: number): void {
  if (pmdOf(s, m, page).huge) pmdOf(s, m, page).writable = true
  else pteOf(s, m, page).writable = true
}

/** Is the thread's page in no table, or in one whose PTEs may be changed? */
export const mayProtectPage = (s: State, t: number) =>
  !hasTable(s, mmOf(s, t), s.thread[t].page) || mayChangePte(s, mmOf(s, t), s.thread[t].page)

/** Is the thread at a page of its range and of the VMA whose flags it has just changed? */
export const isInChanged = (s: State, t: number) =>
  s.thread[t].page < s.thread[t].to && vmaAt(s, mmOf(s, t), s.thread[t].page) === s.thread[t].vma

export const mprotectRoutine = routine(
  'mprotect',
  'Changes the permissions of the entries in a range.',
  {
    'mprotect.pte': ['writes', 'flushesRange'],
    'mprotect.flushed': ['writes', 'flushesRange'],
    'mprotect.populate': ['writes'],
  },
)

export const mprotect: readonly Step[] = [
  {
    // The PTE lock is taken, and kept until every CPU has answered: reclaim owes a flush.
    name: 'mprotectFlushesBatch',
    at: 'mprotect.pte',
    source: 'change_pte_range: pte_offset_map_lock, flush_tlb_batched_pending',
    guard: (s, t) =>
      isInChanged(s, t) &&
      hasTable(s, mmOf(s, t), s.thread[t].page) &&
      mustFlushBatched(s, mmOf(s, t), s.thread[t].page),
    effect: (s, t) => flushBatched(s, t, mmOf(s, t), s.thread[t].page, 'mprotect.flushed'),
  },
  {
    name: 'mprotectFlushedBatch',
    at: 'mprotect.flushed',
    to: 'mprotect.pte',
    source: 'flush_tlb_batched_pending: atomic_cmpxchg of tlb_flush_batched',
    effect: (s, t) => {
      endBatched(s, t, mmOf(s, t))
    },
  },
  {
    // Under the PTE lock: write permission is taken at once, also from a migration entry, and given
    // by the next fault. The entry is closed to the CPU (PROT_NONE), or open from now on, also
    // where NUMA sampling has closed it. Where soft-dirty bits have been cleared, an entry that was
    // not stored to since then stays read-only (vma_soft_dirty_enabled).
    name: 'mprotectPage',
    at: 'mprotect.pte',
    source:
      'change_pte_range: ptep_modify_prot_commit, make_readable_migration_entry; change_huge_pmd',
    guard: (s, t) =>
      isInChanged(s, t) && mayProtectPage(s, t) && (s.uses.softDirty || !opensPage(s, t)),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      if (!isEmpty(s, m, me.page)) {
        if (!opOf(s, t).writable) takeWrite(s, m, me.page)
        setClosed(s, m, me.page, opOf(s, t).closed)
      }
      me.page++
    },
  },
  {
    // Under the PTE lock: the page is this address space's alone, so that its entry is opened to
    // stores without a fault. Since 6.0, where the page is dirty; since 6.2 of a clean one, too.
    name: 'mprotectOpensPage',
    at: 'mprotect.pte',
    source: 'change_pte_range: MM_CP_TRY_CHANGE_WRITABLE, can_change_pte_writable, pte_mkwrite',
    guard: (s, t) => isInChanged(s, t) && mayProtectPage(s, t) && opensPage(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      giveWrite(s, m, me.page)
      setClosed(s, m, me.page, false)
      me.page++
    },
  },
  {
    name: 'mprotectVmaDone',
    at: 'mprotect.pte',
    to: 'change.vma',
    source: 'change_protection: end of the VMA',
    guard: (s, t) => !isInChanged(s, t) && !(s.uses.mlock && opOf(s, t).writable),
    effect: (s, t) => {
      s.thread[t].vma = 0
    },
  },
  {
    name: 'mprotectPopulates',
    at: 'mprotect.pte',
    to: 'mprotect.populate',
    source: 'mprotect_fixup: VM_LOCKED and newly VM_WRITE, populate_vma_page_range',
    guard: (s, t) => !isInChanged(s, t) && s.uses.mlock && opOf(s, t).writable,
    effect: (s, t) => {
      const me = s.thread[t]
      me.page = Math.max(me.from, s.mm[mmOf(s, t)].vma[me.vma].start)
    },
  },
  {
    // Under the PTE lock: there already, and writable.
    name: 'mprotectFinds',
    at: 'mprotect.populate',
    source: 'populate_vma_page_range: follow_page_pte finds it',
    guard: (s, t) => mustPopulate(s, t) && isPopulated(s, t),
    effect: (s, t) => {
      s.thread[t].wants = false
      s.thread[t].page++
    },
  },
  {
    // Copy-on-write is broken at once. mmap_lock stays held for writing; a failure is ignored.
    name: 'mprotectFaults',
    at: 'mprotect.populate',
    to: 'fault.walk',
    source: 'populate_vma_page_range: faultin_page, handle_mm_fault with FAULT_FLAG_WRITE',
    guard: (s, t) => mustPopulate(s, t) && !isPopulated(s, t),
    effect: (s, t) => {
      s.thread[t].wants = true
      s.thread[t].onward = 'mprotect.populate'
    },
  },
  {
    name: 'mprotectPopulated',
    at: 'mprotect.populate',
    to: 'change.vma',
    source: 'mprotect_fixup: end of the VMA',
    guard: (s, t) => !mustPopulate(s, t),
    effect: (s, t) => {
      s.thread[t].onward = 'user'
      s.thread[t].vma = 0
    },
  },
]

export const mprotectOperation = operation(
  'mprotect',
  ['parent', 'sibling', 'child'],
  { ...range, write: yesNo, none: flag(false) },
  {
    says: 'Allows or forbids stores to a range, or every access (`none`, PROT_NONE).',
    needs: ({ none }) => (none ? ['vmaChanges', 'closing'] : ['vmaChanges']),
    vmas: 2,
    weight: 2,
    mistake: ({ write, none }) =>
      write && none ? 'write: cannot be allowed where every access is forbidden' : null,
    compiled: ({ none }) => ({ closed: none }),
  },
)

declare module '../operation-names.js' {
  interface ProcessOperations {
    mprotect: typeof mprotectOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof mprotectRoutine>, unknown> {}
}
