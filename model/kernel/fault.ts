/**
 * The page-fault handler, in its thread's context, mmap_lock held for reading throughout
 * (mm/memory.c: handle_mm_fault, handle_pte_fault, do_anonymous_page, do_wp_page, wp_page_copy).
 *
 * A simplification: a first read gets a fresh frame of its own, not the shared zero page. No
 * guard looks at the difference; contents and counts are the same to every property.
 */
import {
  flushPage,
  frameOf,
  installTable,
  pmdOf,
  pteOf,
  putFrame,
  slotOf,
  takeFrame,
} from '../memory.js'
import type { Step } from '../rule.js'
import { NONE, type State, ZEROS } from '../state.js'
import { fail, finish, mmOf, opOf, resume } from '../threads.js'
import { vmaAt } from '../vmas.js'

/** Does some VMA allow what the thread wants to do to the page? */
export function vmaPermits(s: State, t: number, page: number): boolean {
  const v = vmaAt(s, mmOf(s, t), page)
  if (v === NONE) return false
  return opOf(s, t).do === 'read' || s.mm[mmOf(s, t)].vma[v].writable
}

/** Does the fault want to write to a page that is mapped read-only? */
export const wantsWrite = (s: State, t: number) =>
  opOf(s, t).do === 'write' && !pteOf(s, mmOf(s, t), s.thread[t].page).writable

export const fault: readonly Step[] = [
  {
    // Takes mmap_lock for reading; what it protects, the VMAs, can be looked up in the same step,
    // as nobody may change them from here on. No mapping, no permission: SIGSEGV.
    name: 'faultLock',
    for: ['thread'],
    at: 'fault',
    source: 'do_user_addr_fault: mmap_read_lock, find_vma, access_error',
    guard: (s, t) => s.mm[mmOf(s, t)].lock.writer === NONE,
    effect: (s, t) => {
      const me = s.thread[t]
      s.mm[mmOf(s, t)].lock.readers[t] = true
      me.pc = vmaPermits(s, t, me.page) ? 'fault.walk' : 'fault.fail'
    },
  },
  {
    // An unlocked read of the PMD.
    name: 'faultWalk',
    for: ['thread'],
    at: 'fault.walk',
    source: '__handle_mm_fault: pmd_none',
    effect: (s, t) => {
      const me = s.thread[t]
      me.pc = pmdOf(s, mmOf(s, t), me.page).table === NONE ? 'fault.table' : 'fault.pte'
    },
  },
  {
    // Under the pmd lock: installed if there is still none, else the spare one is freed again.
    name: 'faultTable',
    for: ['thread'],
    at: 'fault.table',
    source: '__pte_alloc, pmd_install',
    effect: (s, t) => {
      const me = s.thread[t]
      if (pmdOf(s, mmOf(s, t), me.page).table === NONE)
        installTable(s, mmOf(s, t), slotOf(s, me.page))
      me.pc = 'fault.pte'
    },
  },
  {
    // The allocator had nothing: a local event.
    name: 'faultTableFails',
    for: ['thread'],
    at: 'fault.table',
    source: '__pte_alloc: -ENOMEM, VM_FAULT_OOM',
    guard: (s) => s.mayFail.faultTable && s.failuresLeft > 0,
    effect: (s, t) => {
      fail(s)
      s.ghost.failed.fault = true
      s.thread[t].pc = 'fault.fail'
    },
  },
  {
    // Reads the PTE under its table's lock: a first touch.
    name: 'faultEmpty',
    for: ['thread'],
    at: 'fault.pte',
    source: 'handle_pte_fault: pte_none, do_anonymous_page',
    guard: (s, t) => frameOf(s, mmOf(s, t), s.thread[t].page) === NONE,
    effect: (s, t) => {
      s.thread[t].pc = 'fault.zero'
    },
  },
  {
    // Under the PTE lock: a zeroed frame goes in if the entry is still empty, else it is freed.
    name: 'faultZero',
    for: ['thread'],
    at: 'fault.zero',
    source: 'do_anonymous_page: pte_offset_map_lock, set_pte_at',
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      if (frameOf(s, m, me.page) === NONE) {
        const pte = pteOf(s, m, me.page)
        pte.frame = takeFrame(s, me.page, ZEROS)
        pte.writable = s.mm[m].vma[vmaAt(s, m, me.page)].writable
      }
      me.pc = 'fault.unlock'
    },
  },
  {
    name: 'faultZeroFails',
    for: ['thread'],
    at: 'fault.zero',
    source: 'do_anonymous_page: VM_FAULT_OOM',
    guard: (s) => s.mayFail.faultFrame && s.failuresLeft > 0,
    effect: (s, t) => {
      fail(s)
      s.ghost.failed.fault = true
      s.thread[t].pc = 'fault.fail'
    },
  },
  {
    // Under the PTE lock: nobody else has the frame, so it is written in place. (The rule since
    // 5.9 without the anon-exclusive bit; protocol facts 1.3.)
    name: 'faultReuse',
    for: ['thread'],
    at: 'fault.pte',
    source: 'do_wp_page: wp_can_reuse_anon_folio, wp_page_reuse',
    guard: (s, t) => {
      const f = frameOf(s, mmOf(s, t), s.thread[t].page)
      return f !== NONE && wantsWrite(s, t) && s.frame[f].refs === 1
    },
    effect: (s, t) => {
      pteOf(s, mmOf(s, t), s.thread[t].page).writable = true
      s.thread[t].pc = 'fault.unlock'
    },
  },
  {
    // Under the PTE lock: the frame is shared; a reference keeps it while the lock is dropped.
    name: 'faultShared',
    for: ['thread'],
    at: 'fault.pte',
    source: 'do_wp_page: folio_get, pte_unmap_unlock',
    guard: (s, t) => {
      const f = frameOf(s, mmOf(s, t), s.thread[t].page)
      return f !== NONE && wantsWrite(s, t) && s.frame[f].refs > 1
    },
    effect: (s, t) => {
      const me = s.thread[t]
      me.frame = frameOf(s, mmOf(s, t), me.page)
      s.frame[me.frame].refs++
      me.pc = 'fault.copy'
    },
  },
  {
    // The PTE permits the access already: another thread was faster, or the TLB entry was stale.
    name: 'faultSpurious',
    for: ['thread'],
    at: 'fault.pte',
    source: 'handle_pte_fault: flush_tlb_fix_spurious_fault',
    guard: (s, t) => frameOf(s, mmOf(s, t), s.thread[t].page) !== NONE && !wantsWrite(s, t),
    effect: (s, t) => {
      s.thread[t].pc = 'fault.unlock'
    },
  },
  {
    // Reads the old frame with no lock held, long before the new one is installed: why no
    // translation that can write to it may be cached anywhere (protocol facts 8.9).
    name: 'faultCopy',
    for: ['thread'],
    at: 'fault.copy',
    source: 'wp_page_copy: folio_prealloc, __wp_page_copy_user',
    effect: (s, t) => {
      s.thread[t].copy = s.frame[s.thread[t].frame].value
      s.thread[t].pc = 'fault.install'
    },
  },
  {
    name: 'faultCopyFails',
    for: ['thread'],
    at: 'fault.copy',
    source: 'wp_page_copy: oom, folio_put, VM_FAULT_OOM',
    guard: (s) => s.mayFail.cowFrame && s.failuresLeft > 0,
    effect: (s, t) => {
      fail(s)
      s.ghost.failed.fault = true
      putFrame(s, s.thread[t].frame)
      s.thread[t].frame = NONE
      s.thread[t].pc = 'fault.fail'
    },
  },
  {
    // Under the PTE lock, if the entry is still the same: cleared, flushed on every CPU of the
    // address space (the lock is kept until all have answered), then the new one installed.
    name: 'faultInstall',
    for: ['thread'],
    at: 'fault.install',
    source: 'wp_page_copy: pte_same, ptep_clear_flush, set_pte_at_notify',
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      if (frameOf(s, m, me.page) === me.frame && wantsWrite(s, t)) {
        flushPage(s, m, me.page)
        const pte = pteOf(s, m, me.page)
        pte.frame = takeFrame(s, me.page, me.copy)
        pte.writable = true
        putFrame(s, me.frame)
      }
      putFrame(s, me.frame)
      me.frame = NONE
      me.copy = 0
      me.pc = 'fault.unlock'
    },
  },
  {
    // Drops mmap_lock; the instruction is tried again.
    name: 'faultUnlock',
    for: ['thread'],
    at: 'fault.unlock',
    source: 'do_user_addr_fault: mmap_read_unlock',
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = false
      resume(s, t)
    },
  },
  {
    // Drops mmap_lock; a signal handler skips the access (SIGSEGV, or no memory).
    name: 'faultFail',
    for: ['thread'],
    at: 'fault.fail',
    source: 'do_user_addr_fault: bad_area, pagefault_out_of_memory',
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = false
      finish(s, t)
    },
  },
]
