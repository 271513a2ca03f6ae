/**
 * fork, as far as all systems share it (kernel/fork.c: copy_process, dup_mmap). The parent's
 * mmap_lock is held for writing from `fork` to `forkUnlock`. What happens at `fork.slot` to a table
 * that is there is each system's own business; `forkTable` and `forkPage` copy one the ordinary way
 * for whoever needs that.
 *
 * The child's mmap_lock, which fork holds too, is left out: nobody can reach the child yet.
 */
import { expectSnapshot } from '../ghosts.js'
import { flushAll, installTable, shareEntry, slotOf, tearDown } from '../memory.js'
import type { Step } from '../rule.js'
import { CHILD, NONE, PARENT, type State } from '../state.js'
import { fail, finish, rest } from '../threads.js'
import { nextVma } from '../vmas.js'
import { mayCall } from './vma-calls.js'

/** Counts a failed allocation as the snapshot's failure in phase 1. */
export function failFork(s: State, t: number): void {
  fail(s)
  s.ghost.failed.fork = true
  s.thread[t].pc = 'fork.failed'
}

/** Goes on behind the VMA the thread is at. */
export function leaveVma(s: State, t: number): void {
  const me = s.thread[t]
  me.page = s.mm[PARENT].vma[me.vma].end
  me.pc = 'fork.vma'
}

/** Has fork been through all slots of the VMA the thread is at? */
export const pastVma = (s: State, t: number) =>
  s.thread[t].slot * s.geometry.pagesPerTable >= s.mm[PARENT].vma[s.thread[t].vma].end

/** Is a page part of the VMA and of the slot the thread is at? */
export const isInVmaAndSlot = (s: State, t: number, page: number) =>
  slotOf(s, page) === s.thread[t].slot &&
  s.mm[PARENT].vma[s.thread[t].vma].start <= page &&
  page < s.mm[PARENT].vma[s.thread[t].vma].end

export const fork: readonly Step[] = [
  {
    name: 'fork',
    for: ['thread'],
    at: 'user',
    source: 'dup_mmap: mmap_write_lock_killable (D1, F1)',
    guard: (s, t) => mayCall(s, t, 'fork'),
    effect: (s, t) => {
      s.mm[PARENT].lock.writer = t
      s.thread[t].page = 0
      s.thread[t].pc = 'fork.vma'
    },
  },
  {
    // The next VMA, copied to the child; both its end and the child are out of others' reach.
    name: 'forkVma',
    for: ['thread'],
    at: 'fork.vma',
    source: 'dup_mmap: vm_area_dup, mas_store (D3, F5 a to g)',
    guard: (s, t) => nextVma(s, PARENT, s.thread[t].page) !== NONE,
    effect: (s, t) => {
      const me = s.thread[t]
      me.vma = nextVma(s, PARENT, me.page)
      const from = s.mm[PARENT].vma[me.vma]
      const to = s.mm[CHILD].vma[me.vma]
      to.start = from.start
      to.end = from.end
      to.writable = from.writable
      me.slot = slotOf(s, from.start)
      me.pc = 'fork.slot'
    },
  },
  {
    name: 'forkVmaFails',
    for: ['thread'],
    at: 'fork.vma',
    source: 'dup_mmap: vm_area_dup, -ENOMEM',
    guard: (s, t) =>
      nextVma(s, PARENT, s.thread[t].page) !== NONE && s.mayFail.fork && s.failuresLeft > 0,
    effect: (s, t) => failFork(s, t),
  },
  {
    // A PUD or PMD page of the child; in the model each slot may be the first under a new one.
    name: 'forkUpperTableFails',
    for: ['thread'],
    at: 'fork.slot',
    source: 'copy_pud_range, copy_pmd_range: pmd_alloc, -ENOMEM',
    guard: (s, t) => !pastVma(s, t) && s.mayFail.fork && s.failuresLeft > 0,
    effect: (s, t) => failFork(s, t),
  },
  {
    name: 'forkSkipTable',
    for: ['thread'],
    at: 'fork.slot',
    source: 'copy_pmd_range: pmd_none_or_clear_bad',
    guard: (s, t) => !pastVma(s, t) && s.mm[PARENT].pmd[s.thread[t].slot].table === NONE,
    effect: (s, t) => {
      s.thread[t].slot++
    },
  },
  {
    name: 'forkVmaDone',
    for: ['thread'],
    at: 'fork.slot',
    source: 'dup_mmap: next VMA',
    guard: (s, t) => pastVma(s, t),
    effect: (s, t) => leaveVma(s, t),
  },
  {
    // A PTE table of the child, still unseen by anybody.
    name: 'forkTable',
    for: ['thread'],
    at: 'fork.table',
    source: 'copy_pte_range: pte_alloc_map_lock (D3 e)',
    effect: (s, t) => {
      const me = s.thread[t]
      if (s.mm[CHILD].pmd[me.slot].table === NONE) installTable(s, CHILD, me.slot)
      me.page = me.slot * s.geometry.pagesPerTable
      me.pc = 'fork.pte'
    },
  },
  {
    name: 'forkTableFails',
    for: ['thread'],
    at: 'fork.table',
    source: 'copy_pte_range: pte_alloc_map_lock, -ENOMEM',
    guard: (s, t) =>
      s.mm[CHILD].pmd[s.thread[t].slot].table === NONE && s.mayFail.forkTable && s.failuresLeft > 0,
    effect: (s, t) => failFork(s, t),
  },
  {
    // Under both PTE locks. The kernel drops them every few entries; CPUs look at any time.
    name: 'forkPage',
    for: ['thread'],
    at: 'fork.pte',
    source: 'copy_pte_range: copy_present_pte (D4)',
    guard: (s, t) => slotOf(s, s.thread[t].page) === s.thread[t].slot,
    effect: (s, t) => {
      const me = s.thread[t]
      if (isInVmaAndSlot(s, t, me.page)) shareEntry(s, me.page)
      me.page++
    },
  },
  {
    name: 'forkTableDone',
    for: ['thread'],
    at: 'fork.pte',
    source: 'copy_pmd_range: next entry',
    guard: (s, t) => slotOf(s, s.thread[t].page) !== s.thread[t].slot,
    effect: (s, t) => {
      s.thread[t].slot++
      s.thread[t].pc = 'fork.slot'
    },
  },
  {
    // The flush ends when every CPU has answered. From then on no CPU can write, without a fault,
    // to what the child shares: this is the instant the snapshot shows (1.5).
    name: 'forkFlush',
    for: ['thread'],
    at: 'fork.vma',
    source: 'dup_mmap: flush_tlb_mm(oldmm) (D5, F8)',
    guard: (s, t) => nextVma(s, PARENT, s.thread[t].page) === NONE,
    effect: (s, t) => {
      flushAll(s, PARENT)
      expectSnapshot(s)
      s.thread[t].pc = 'fork.unlock'
    },
  },
  {
    name: 'forkUnlock',
    for: ['thread'],
    at: 'fork.unlock',
    source: 'dup_mmap: mmap_write_unlock(oldmm) (D5, F10)',
    effect: (s, t) => {
      s.mm[PARENT].lock.writer = NONE
      s.thread[t].pc = 'fork.wake'
    },
  },
  {
    // The child can be scheduled; fork returns its number to the parent.
    name: 'forkReturn',
    for: ['thread'],
    at: 'fork.wake',
    source: 'kernel_clone: wake_up_new_task',
    effect: (s, t) => {
      s.fork.result = 'done'
      for (let c = 0; c < s.geometry.threads; c++)
        if (s.actor[c].mm === CHILD) {
          s.thread[c].pc = s.childStart
          s.mm[CHILD].users++
        }
      finish(s, t)
    },
  },
  {
    // PTEs that have been write-protected stay so: the next write fault undoes it.
    name: 'forkFailFlush',
    for: ['thread'],
    at: 'fork.failed',
    source: 'dup_mmap: out: flush_tlb_mm(oldmm) (D6)',
    effect: (s, t) => {
      flushAll(s, PARENT)
      rest(s, t)
      s.thread[t].page = 0
      s.thread[t].pc = 'fork.undo'
    },
  },
  {
    name: 'forkFailUnlock',
    for: ['thread'],
    at: 'fork.undo',
    source: 'dup_mmap: out: mmap_write_unlock(oldmm) (D6)',
    effect: (s, t) => {
      s.mm[PARENT].lock.writer = NONE
      s.thread[t].pc = 'fork.destroy'
    },
  },
  {
    // What there is of the child is freed; nobody has ever been able to reach it.
    name: 'forkFailReturn',
    for: ['thread'],
    at: 'fork.destroy',
    source: 'dup_mm: fail_nomem, mmput: exit_mmap (D6); fork returns -ENOMEM',
    effect: (s, t) => {
      tearDown(s, CHILD)
      s.fork.result = 'failed'
      finish(s, t)
    },
  },
]
