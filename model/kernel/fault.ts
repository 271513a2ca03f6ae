/**
 * The page-fault handler, in its thread's context (mm/memory.c: handle_mm_fault, handle_pte_fault,
 * do_anonymous_page, do_wp_page), up to the decision to copy (fault-copy.ts) or to read from swap
 * (fault-swap.ts). It holds mmap_lock for reading throughout, or only the lock of the VMA.
 *
 * Who wants a page faulted in sets `page`, `wants` and `onward` and goes to fault.walk with one of
 * these locks held: a faulting CPU by way of fault.mmap or fault.vma, GUP by itself.
 *
 * A simplification: a first read gets a fresh frame of its own, not the shared zero page. No
 * guard looks at the difference; contents and counts are the same to every property.
 */
import { mayReuse, mustReuse, takeFrame } from '../hardware/frames.js'
import {
  frameOf,
  hasTable,
  installTable,
  isEmpty,
  isPresent,
  isUnlocked,
  pmdOf,
  pteOf,
  setPte,
  slotOf,
} from '../hardware/tables.js'
import { flushPage } from '../hardware/tlb.js'
import { mayRead } from '../locks.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type State, ZEROS } from '../state.js'
import { fail, finish, mmOf, resume } from '../threads.js'
import { vmaAt } from '../vmas.js'
import { stackAbove } from './stack.js'

/** Does some VMA allow what the thread wants to do to its page? */
export function vmaPermits(s: State, t: number): boolean {
  const v = vmaAt(s, mmOf(s, t), s.thread[t].page)
  if (v === NONE || s.mm[mmOf(s, t)].vma[v].closed) return false
  return !s.thread[t].wants || s.mm[mmOf(s, t)].vma[v].writable
}

/**
 * Does the fault want to write to a page whose PTE (or huge PMD) is read-only, or to make such a
 * page its own (FAULT_FLAG_UNSHARE)?
 */
export function wantsWrite(s: State, t: number): boolean {
  const me = s.thread[t]
  if (!me.wants && !me.unshares) return false
  const pmd = pmdOf(s, mmOf(s, t), me.page)
  return pmd.huge ? !pmd.writable : !pteOf(s, mmOf(s, t), me.page).writable
}

/** Drops the lock under which the fault was handled. */
export function dropFaultLock(s: State, t: number): void {
  if (s.thread[t].held === NONE) s.mm[mmOf(s, t)].lock.readers[t] = false
  s.thread[t].held = NONE
}

/** A fault finds no memory: it gives up at the next place. */
export function failFault(s: State, t: number): void {
  fail(s)
  s.ghost.failed.fault = true
  s.thread[t].noMemory = true
  s.thread[t].pc = 'fault.fail'
}

export const faultRoutine = routine('fault', 'Handles a page fault.', {
  'fault.vma': ['unlocked'],
  'fault.mmap': ['unlocked', 'waitsToFault'],
  'fault.walk': ['mayHoldVma'],
  'fault.table': ['mayHoldVma'],
  'fault.pte': ['mayHoldVma'],
  'fault.zero': ['mayHoldVma'],
  'fault.swapIn': ['mayHoldVma'],
  'fault.migration': ['mayHoldVma'],
  'fault.copy': ['mayHoldVma'],
  'fault.install': ['mayHoldVma', 'hasCopied'],
  'fault.set': ['mayHoldVma', 'spinsPage', 'replacesEntry'],
  'fault.unlock': ['mayHoldVma'],
  'fault.fail': ['mayHoldVma', 'fails'],
})

export const fault: readonly Step[] = [
  {
    // Looks the VMA up without any lock (RCU) and read-locks it, if nobody is changing it: one
    // compare-and-exchange on the VMA's own lock word decides.
    name: 'faultLockVma',
    at: 'fault.vma',
    to: 'fault.walk',
    source: 'do_user_addr_fault: lock_vma_under_rcu, vma_start_read',
    guard: (s, t) =>
      vmaPermits(s, t) && !s.mm[mmOf(s, t)].vma[vmaAt(s, mmOf(s, t), s.thread[t].page)].changing,
    effect: (s, t) => {
      const me = s.thread[t]
      me.held = vmaAt(s, mmOf(s, t), me.page)
    },
  },
  {
    // No VMA, one that is being changed, or one that does not permit: once more, with mmap_lock.
    name: 'faultFallsBack',
    at: 'fault.vma',
    to: 'fault.mmap',
    source: 'do_user_addr_fault: lock_mmap',
    guard: (s, t) =>
      !vmaPermits(s, t) || s.mm[mmOf(s, t)].vma[vmaAt(s, mmOf(s, t), s.thread[t].page)].changing,
  },
  {
    // Takes mmap_lock for reading; what it protects, the VMAs, can be looked up in the same step,
    // as nobody may change them from here on. No mapping, no permission: SIGSEGV, or the stack
    // grows.
    name: 'faultLock',
    at: 'fault.mmap',
    source: 'lock_mm_and_find_vma: mmap_read_lock, find_vma, access_error',
    guard: (s, t) => mayRead(s, mmOf(s, t)),
    effect: (s, t) => {
      const me = s.thread[t]
      s.mm[mmOf(s, t)].lock.readers[t] = true
      if (vmaPermits(s, t)) me.pc = 'fault.walk'
      else me.pc = stackAbove(s, t) === NONE ? 'fault.fail' : 'stack.retry'
    },
  },
  {
    // An unlocked read of the PMD.
    name: 'faultWalk',
    at: 'fault.walk',
    source: '__handle_mm_fault: pmd_none',
    effect: (s, t) => {
      const me = s.thread[t]
      me.pc = hasTable(s, mmOf(s, t), me.page) ? 'fault.pte' : 'fault.table'
    },
  },
  {
    // Under the pmd lock: installed if there is still none, else the spare one is freed again.
    name: 'faultTable',
    at: 'fault.table',
    to: 'fault.pte',
    source: '__pte_alloc, pmd_install',
    allocates: ['faultTable'],
    effect: (s, t) => {
      const me = s.thread[t]
      if (!hasTable(s, mmOf(s, t), me.page)) installTable(s, mmOf(s, t), slotOf(s, me.page))
    },
  },
  {
    // The allocator had nothing: a local event.
    name: 'faultTableFails',
    at: 'fault.table',
    source: '__pte_alloc: -ENOMEM, VM_FAULT_OOM',
    guard: (s) => s.mayFail.faultTable && s.failuresLeft > 0,
    effect: (s, t) => failFault(s, t),
  },
  {
    // Reads the PTE under its table's lock: a first touch.
    name: 'faultEmpty',
    at: 'fault.pte',
    to: 'fault.zero',
    source: 'handle_pte_fault: pte_none, do_anonymous_page',
    guard: (s, t) =>
      isUnlocked(s, mmOf(s, t), s.thread[t].page) && isEmpty(s, mmOf(s, t), s.thread[t].page),
  },
  {
    // Under the PTE lock: a zeroed frame goes in if the entry is still empty, else it is freed.
    name: 'faultZero',
    at: 'fault.zero',
    source: 'do_anonymous_page: pte_offset_map_lock, set_pte_at',
    allocates: ['faultFrame'],
    guard: (s, t) =>
      hasTable(s, mmOf(s, t), s.thread[t].page) && isUnlocked(s, mmOf(s, t), s.thread[t].page),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      if (isEmpty(s, m, me.page)) {
        const writable = s.mm[m].vma[vmaAt(s, m, me.page)].writable
        setPte(s, m, me.page, takeFrame(s, me.page, ZEROS), writable)
      }
      me.pc = me.onward
    },
  },
  {
    // The table has been freed meanwhile (MADV_DONTNEED): the instruction is tried again.
    name: 'faultZeroFindsNoTable',
    at: 'fault.zero',
    source: 'do_anonymous_page: pte_offset_map_lock fails, goto release',
    guard: (s, t) => !hasTable(s, mmOf(s, t), s.thread[t].page),
    effect: (s, t) => {
      s.thread[t].pc = s.thread[t].onward
    },
  },
  {
    name: 'faultZeroFails',
    at: 'fault.zero',
    source: 'do_anonymous_page: no page, or mem_cgroup_charge: oom_free_page, VM_FAULT_OOM',
    guard: (s) => s.mayFail.faultFrame && s.failuresLeft > 0,
    effect: (s, t) => failFault(s, t),
  },
  {
    // Under the PTE lock: an entry that was closed to the CPU for sampling is opened again, with
    // the permission it had.
    name: 'faultHinted',
    at: 'fault.pte',
    source: 'do_numa_page: pte_modify, ptep_modify_prot_commit',
    guard: (s, t) =>
      isUnlocked(s, mmOf(s, t), s.thread[t].page) &&
      isPresent(s, mmOf(s, t), s.thread[t].page) &&
      pteOf(s, mmOf(s, t), s.thread[t].page).hinted,
    effect: (s, t) => {
      pteOf(s, mmOf(s, t), s.thread[t].page).hinted = false
      s.thread[t].pc = s.thread[t].onward
    },
  },
  {
    // Under the PTE lock: nobody else has the frame, so it is written in place. Where
    // a faulting CPU may keep its stale entry, the raised permission is flushed (arm64, 4.8).
    // Who unshares has the frame from now on, or has had it, and the entry stays read-only.
    name: 'faultReuse',
    at: 'fault.pte',
    source: 'do_wp_page: wp_can_reuse_anon_folio, wp_page_reuse, ptep_set_access_flags',
    guard: (s, t) => mayDecide(s, t) && mayReuse(s, faultFrame(s, t)),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      if (s.options.reuse === 'exclusive') s.frame[faultFrame(s, t)].exclusive = true
      if (!me.unshares) {
        pteOf(s, m, me.page).writable = true
        pteOf(s, m, me.page).dirty = s.uses.lazy
      }
      if (s.options.arch === 'arm64' && !me.unshares) flushPage(s, t, m, me.page, me.onward)
      else me.pc = me.onward
    },
  },
  {
    // Under the PTE lock: the frame is shared, or somebody has a reference to it for a moment, as a
    // batch of the LRU list does; a reference keeps it while the lock is dropped.
    name: 'faultShared',
    at: 'fault.pte',
    to: 'fault.copy',
    source: 'wp_can_reuse_anon_folio: folio_ref_count; do_wp_page: folio_get, pte_unmap_unlock',
    guard: (s, t) => mayDecide(s, t) && !mustReuse(s, faultFrame(s, t)),
    effect: (s, t) => {
      const me = s.thread[t]
      me.frame = faultFrame(s, t)
      s.frame[me.frame].refs++
    },
  },
  {
    // The PTE permits the access already: another thread was faster, or the TLB entry was stale.
    name: 'faultSpurious',
    at: 'fault.pte',
    source: 'handle_pte_fault: flush_tlb_fix_spurious_fault',
    guard: (s, t) => isOrdinary(s, t) && !wantsWrite(s, t),
    effect: (s, t) => {
      s.thread[t].pc = s.thread[t].onward
    },
  },
  {
    // Drops the lock; the instruction is tried again.
    name: 'faultUnlock',
    at: 'fault.unlock',
    source: 'do_user_addr_fault: mmap_read_unlock, vma_end_read',
    effect: (s, t) => {
      dropFaultLock(s, t)
      resume(s, t)
    },
  },
  {
    // Drops the lock; a signal handler skips the access (SIGSEGV, or no memory). A system call
    // that wanted the page returns with an error, but for mprotect, which goes on.
    name: 'faultFail',
    at: 'fault.fail',
    source: 'do_user_addr_fault: bad_area, pagefault_out_of_memory; faultin_page: -EFAULT, -ENOMEM',
    effect: (s, t) => {
      const me = s.thread[t]
      if (me.onward === 'mprotect.populate') {
        me.wants = false
        me.page++
        me.pc = me.onward
      } else {
        dropFaultLock(s, t)
        finish(s, t)
      }
    },
  },
]

/** Is the faulting page part of a huge one? */
export const inHuge = (s: State, t: number) => pmdOf(s, mmOf(s, t), s.thread[t].page).huge

/** The frame the faulting page is mapped to, or NONE. */
export const faultFrame = (s: State, t: number) => frameOf(s, mmOf(s, t), s.thread[t].page)

/** Is the faulting page's PTE one that maps a frame and is open to the CPU, its table unlocked? */
export function isOrdinary(s: State, t: number): boolean {
  const me = s.thread[t]
  if (!isUnlocked(s, mmOf(s, t), me.page)) return false
  return isPresent(s, mmOf(s, t), me.page) && !pteOf(s, mmOf(s, t), me.page).hinted
}

/**
 * Is it time to decide whether a page is written in place? Before 5.9 that is done under the page
 * lock, which do_wp_page waits for.
 */
export function mayDecide(s: State, t: number): boolean {
  if (!isOrdinary(s, t) || !wantsWrite(s, t) || inHuge(s, t)) return false
  return s.options.reuse !== 'mapcount' || s.frame[faultFrame(s, t)].lock === NONE
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof faultRoutine>, unknown> {}
}
