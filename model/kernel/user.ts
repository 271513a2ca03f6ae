/**
 * User mode: what a thread's CPU does by itself. An access goes through the TLB; a miss walks the
 * page tables; what they do not permit is a fault (Intel SDM vol. 3A, 4.6, 4.10).
 */
import { expectStore } from '../ghosts.js'
import { hasTable, permits, pmdOf, slotOf } from '../hardware/tables.js'
import { dropPage, dropUpper } from '../hardware/tlb.js'
import { anyPage, operation } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { ANY, NONE, type State } from '../state.js'
import { finish, mmOf, opOf } from '../threads.js'

/** Is the thread about to read or write? */
export const isAccess = (s: State, t: number) =>
  opOf(s, t).do === 'read' || opOf(s, t).do === 'write'

/** Is the thread about to read or write this page? */
export const accesses = (s: State, t: number, page: number) =>
  isAccess(s, t) &&
  (opOf(s, t).page === page || (opOf(s, t).page === ANY && s.thread[t].page === page))

/**
 * Does the CPU's TLB let the thread's access through? A first store goes to the tables again, to
 * set the dirty bit.
 */
export function tlbPermits(s: State, t: number, page: number): boolean {
  const entry = s.cpu[t].tlb[page]
  if (entry.frame === NONE) return false
  return opOf(s, t).do === 'read' || (entry.writable && (entry.dirty || !s.uses.lazy))
}

/** Does a cached translation forbid the store, so that no walk is made? */
export const tlbForbids = (s: State, t: number, page: number) =>
  opOf(s, t).do === 'write' && s.cpu[t].tlb[page].frame !== NONE && !s.cpu[t].tlb[page].writable

/** The PTE a hardware walk comes to, by way of the CPU's cached PMD entry where it has one. */
export const walkedPte = (s: State, t: number, page: number) =>
  s.table[
    s.options.upperCache ? s.cpu[t].upper[slotOf(s, page)].table : pmdOf(s, mmOf(s, t), page).table
  ].pte[page % s.geometry.pagesPerTable]

/** Would a hardware walk that goes through the CPU's cached PMD entry permit this access? */
export function upperPermits(s: State, t: number, page: number, write: boolean): boolean {
  const upper = s.cpu[t].upper[slotOf(s, page)]
  if (upper.table === NONE) return false
  const pte = walkedPte(s, t, page)
  if (pte.frame === NONE || pte.swapped || pte.migrating || pte.hinted) return false
  return !write || (upper.writable && (upper.huge || pte.writable))
}

/** Would a hardware walk permit this access? */
export const walkPermits = (s: State, t: number, page: number, write: boolean) =>
  s.options.upperCache ? upperPermits(s, t, page, write) : permits(s, mmOf(s, t), page, write)

/** Has the walk to read the PMD entry from memory first? */
export const readsUpper = (s: State, t: number, page: number) =>
  s.options.upperCache &&
  s.cpu[t].upper[slotOf(s, page)].table === NONE &&
  hasTable(s, mmOf(s, t), page)

export const userRoutine = routine('user', 'A CPU runs its program; before that, and after.', {
  unborn: ['unlocked', 'absent'],
  user: ['unlocked', 'userMode'],
  gone: ['unlocked', 'absent', 'ended'],
})

export const user: readonly Step[] = [
  {
    // The program's choice, before the access: nothing shared is touched.
    name: 'pick',
    for: ['thread', 'page'],
    at: 'user',
    source: 'the program: an operation on any page',
    guard: (s, t) =>
      opOf(s, t).do !== 'end' && opOf(s, t).page === ANY && s.thread[t].page === s.geometry.pages,
    effect: (s, t, page) => {
      s.thread[t].page = page
    },
  },
  {
    // One load through a cached translation; the machine does not change.
    name: 'read',
    for: ['thread', 'page'],
    at: 'user',
    source: 'hardware: load through the TLB',
    guard: (s, t, page) =>
      accesses(s, t, page) && opOf(s, t).do === 'read' && tlbPermits(s, t, page),
    effect: (s, t) => finish(s, t),
  },
  {
    // One store through a cached translation, whatever the page tables say by now.
    name: 'write',
    for: ['thread', 'page'],
    at: 'user',
    source: 'hardware: store through the TLB',
    guard: (s, t, page) =>
      accesses(s, t, page) && opOf(s, t).do === 'write' && tlbPermits(s, t, page),
    effect: (s, t, page) => {
      const entry = s.cpu[t].tlb[page]
      s.frame[entry.frame].value = opOf(s, t).value
      expectStore(s, mmOf(s, t), page, entry.frame, opOf(s, t).value)
      finish(s, t)
    },
  },
  {
    // The first half of a walk, where PMD entries are cached too: reads and caches one.
    name: 'walkUpper',
    for: ['thread', 'page'],
    at: 'user',
    source: 'hardware: page walk, paging-structure cache fill',
    guard: (s, t, page) =>
      accesses(s, t, page) &&
      !tlbPermits(s, t, page) &&
      !tlbForbids(s, t, page) &&
      readsUpper(s, t, page),
    effect: (s, t, page) => {
      const upper = s.cpu[t].upper[slotOf(s, page)]
      const pmd = pmdOf(s, mmOf(s, t), page)
      upper.table = pmd.table
      upper.writable = pmd.writable
      upper.huge = pmd.huge
    },
  },
  {
    // The hardware walk reads the tables and fills the TLB; the access itself comes later, and the
    // tables may change in between. The entry caches the permission of all levels together.
    name: 'walk',
    for: ['thread', 'page'],
    at: 'user',
    source: 'hardware: page walk, TLB fill, dirty bit',
    guard: (s, t, page) =>
      accesses(s, t, page) &&
      !tlbPermits(s, t, page) &&
      !tlbForbids(s, t, page) &&
      walkPermits(s, t, page, opOf(s, t).do === 'write'),
    effect: (s, t, page) => {
      const entry = s.cpu[t].tlb[page]
      const pte = walkedPte(s, t, page)
      if (s.uses.lazy && opOf(s, t).do === 'write') pte.dirty = true
      entry.frame = pte.frame
      entry.writable = walkPermits(s, t, page, true)
      entry.dirty = pte.dirty
    },
  },
  {
    // The CPU raises #PF. A store that finds a cached read-only entry faults without a new walk,
    // so the fault may be spurious. On x86 the CPU drops its own entries for the page, also those
    // of upper levels; on arm64 nothing says that it does.
    name: 'fault',
    for: ['thread', 'page'],
    at: 'user',
    source: 'hardware: page fault',
    guard: (s, t, page) =>
      accesses(s, t, page) &&
      !tlbPermits(s, t, page) &&
      (tlbForbids(s, t, page) ||
        (!readsUpper(s, t, page) && !walkPermits(s, t, page, opOf(s, t).do === 'write'))),
    effect: (s, t, page) => {
      const me = s.thread[t]
      if (s.options.arch === 'x86') {
        dropPage(s, t, page)
        dropUpper(s, t)
      }
      me.page = page
      me.wants = opOf(s, t).do === 'write'
      me.onward = 'fault.unlock'
      me.pc = s.options.faultLock === 'vma' ? 'fault.vma' : 'fault.mmap'
    },
  },
]

export const readOperation = operation(
  'read',
  ['parent', 'sibling', 'child'],
  { page: anyPage },
  {
    says: 'Loads from a page.',
    weight: 4,
  },
)

export const writeOperation = operation(
  'write',
  ['parent', 'sibling', 'child'],
  { page: anyPage },
  {
    says: 'Stores to a page a content of its own.',
    stores: true,
    weight: 4,
  },
)

declare module '../operation-names.js' {
  interface ProcessOperations {
    read: typeof readOperation
    write: typeof writeOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof userRoutine>, unknown> {}
}
