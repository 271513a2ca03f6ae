/**
 * Copying on write (mm/memory.c: wp_page_copy): with no lock held over the copying itself, the
 * entry re-checked afterwards, cleared, flushed and only then set anew. Who only unshares the page
 * (FAULT_FLAG_UNSHARE) does the same, and the new entry is read-only.
 */
import { putFrame, takeFrame, unmapFrame } from '../hardware/frames.js'
import { clearPte, isUnlocked, setPte, tableAt } from '../hardware/tables.js'
import { flushPage } from '../hardware/tlb.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { mmOf } from '../threads.js'
import { failFault, faultFrame, wantsWrite } from './fault.js'

/** Does the PTE still map the frame that has been copied, read-only (pte_same)? */
export const isSame = (s: State, t: number) =>
  faultFrame(s, t) === s.thread[t].frame && wantsWrite(s, t)

export const faultCopy: readonly Step[] = [
  {
    // Reads the old frame with no lock held, long before the new one is installed: why no
    // translation that can write to it may be cached anywhere.
    name: 'faultCopy',
    at: 'fault.copy',
    to: 'fault.install',
    source: 'wp_page_copy: folio_prealloc, __wp_page_copy_user',
    allocates: ['cowFrame'],
    effect: (s, t) => {
      s.thread[t].copy = s.frame[s.thread[t].frame].value
    },
  },
  {
    name: 'faultCopyFails',
    at: 'fault.copy',
    source: 'wp_page_copy: no page, or mem_cgroup_charge: oom_free_new; oom, VM_FAULT_OOM',
    guard: (s) => s.mayFail.cowFrame && s.failuresLeft > 0,
    effect: (s, t) => {
      putFrame(s, s.thread[t].frame)
      s.thread[t].frame = NONE
      failFault(s, t)
    },
  },
  {
    // The PTE lock is taken and kept: the entry is still the same, so it is cleared and every CPU
    // asked to drop it.
    name: 'faultClear',
    at: 'fault.install',
    source: 'wp_page_copy: pte_same, ptep_clear_flush',
    guard: (s, t) => isUnlocked(s, mmOf(s, t), s.thread[t].page) && isSame(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      tableAt(s, mmOf(s, t), me.page).spinlock = t
      clearPte(s, mmOf(s, t), me.page)
      flushPage(s, t, mmOf(s, t), me.page, 'fault.set')
    },
  },
  {
    // Under the PTE lock: the entry has changed meanwhile; the copy is thrown away.
    name: 'faultChanged',
    at: 'fault.install',
    source: 'wp_page_copy: pte_same is false',
    guard: (s, t) => isUnlocked(s, mmOf(s, t), s.thread[t].page) && !isSame(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      putFrame(s, me.frame)
      me.frame = NONE
      me.copy = 0
      me.pc = me.onward
    },
  },
  {
    // Every CPU has answered; the PTE lock is still held: the copy goes in, the old frame loses
    // this mapping and the reference that kept it.
    name: 'faultSet',
    at: 'fault.set',
    source: 'wp_page_copy: set_pte_at_notify, page_remove_rmap, pte_unmap_unlock, folio_put',
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      setPte(s, m, me.page, takeFrame(s, me.page, me.copy), !me.unshares)
      unmapFrame(s, me.frame)
      putFrame(s, me.frame)
      putFrame(s, me.frame)
      tableAt(s, m, me.page).spinlock = NONE
      me.frame = NONE
      me.copy = 0
      me.pc = me.onward
    },
  },
]
