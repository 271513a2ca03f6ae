/**
 * Removing a range of pages from the page table: the middle part of munmap and of madvise
 * DONTNEED (mm/memory.c: unmap_page_range, zap_pte_range; mm/mmu_gather.c).
 *
 * Pages are gathered one at a time: removed, flushed, freed. The kernel gathers more before it
 * flushes; a batch of one is a batch it may use, and the order flush-before-free is the same.
 */
import { expectZeros } from '../ghosts.js'
import { flushPage, frameOf, pteOf, putFrame } from '../memory.js'
import type { Step } from '../rule.js'
import { NONE } from '../state.js'
import { mmOf, opOf } from '../threads.js'

export const zap: readonly Step[] = [
  {
    // Under the PTE lock: the entry is empty, there is nothing to do.
    name: 'zapNothing',
    for: ['thread'],
    at: 'zap',
    source: 'zap_pte_range: pte_none',
    guard: (s, t) =>
      s.thread[t].page < opOf(s, t).end && frameOf(s, mmOf(s, t), s.thread[t].page) === NONE,
    effect: (s, t) => {
      s.thread[t].page++
    },
  },
  {
    // Under the PTE lock: the entry is cleared; the frame waits for the flush. From this moment
    // the page reads as zeros (a store through a stale TLB entry has raced and lost).
    name: 'zapPage',
    for: ['thread'],
    at: 'zap',
    source: 'zap_pte_range: ptep_get_and_clear_full, __tlb_remove_page',
    guard: (s, t) =>
      s.thread[t].page < opOf(s, t).end && frameOf(s, mmOf(s, t), s.thread[t].page) !== NONE,
    effect: (s, t) => {
      const me = s.thread[t]
      const pte = pteOf(s, mmOf(s, t), me.page)
      me.frame = pte.frame
      pte.frame = NONE
      pte.writable = false
      expectZeros(s, me.page)
      me.pc = 'zap.flush'
    },
  },
  {
    // The flush ends when every CPU has answered; only then is the frame freed, and nobody can
    // tell the two apart: no CPU can cache the page anew, its entry is empty.
    name: 'zapFlush',
    for: ['thread'],
    at: 'zap.flush',
    source: 'tlb_finish_mmu: tlb_flush, then free_pages_and_swap_cache',
    effect: (s, t) => {
      const me = s.thread[t]
      flushPage(s, mmOf(s, t), me.page)
      putFrame(s, me.frame)
      me.frame = NONE
      me.page++
      me.pc = 'zap'
    },
  },
  {
    name: 'zapDone',
    for: ['thread'],
    at: 'zap',
    source: 'unmap_page_range: end of range',
    guard: (s, t) => s.thread[t].page === opOf(s, t).end,
    effect: (s, t) => {
      s.thread[t].pc = opOf(s, t).do === 'munmap' ? 'munmap.tables' : 'madvise.unlock'
    },
  },
]
