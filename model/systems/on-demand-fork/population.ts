/**
 * In a process that uses On-demand-fork, mmap and a growing brk fault all pages in, as reads, so
 * that there is a table for each (mm/mmap.c: do_mmap, brk; mm/gup.c: populate_vma_page_range, no
 * FOLL_WRITE). These are the kernel's rules (kernel/mmap.ts, brk.ts, populate.ts) with that.
 */
import { expectFresh } from '../../ghosts.js'
import { isPresent } from '../../hardware/tables.js'
import { heapEnd, heapOf } from '../../kernel/brk.js'
import { growsDown, growsUp, isQuiet } from '../../kernel/mmap.js'
import { hasNoFaults, startChanging } from '../../locks.js'
import type { Step } from '../../rule.js'
import { NONE, type State } from '../../state.js'
import { mmOf, opOf } from '../../threads.js'
import { freeVma, removeVma, vmaAt } from '../../vmas.js'

/** Sends a thread to fault a range in, once it has dropped mmap_lock. */
export function populateRange(s: State, t: number, from: number, to: number): void {
  const me = s.thread[t]
  me.from = from
  me.to = to
  me.pc = 'populate.begin'
}

/** Is the thread's page mapped, or outside every VMA? */
export const isThere = (s: State, t: number) =>
  vmaAt(s, mmOf(s, t), s.thread[t].page) === NONE || isPresent(s, mmOf(s, t), s.thread[t].page)

export const population: readonly Step[] = [
  {
    name: 'mmapExpands',
    at: 'mmap.merge',
    source: 'do_mmap in ODF: vma_merge, then mm_populate (mmap.c:1556)',
    guard: (s, t) =>
      (growsUp(s, t) !== NONE || growsDown(s, t) !== NONE) &&
      isQuiet(s, mmOf(s, t), growsUp(s, t)) &&
      isQuiet(s, mmOf(s, t), growsDown(s, t)),
    effect: (s, t) => {
      const m = mmOf(s, t)
      const lower = growsUp(s, t)
      const upper = growsDown(s, t)
      if (lower !== NONE && upper !== NONE) {
        s.mm[m].vma[lower].end = s.mm[m].vma[upper].end
        removeVma(s, m, upper)
      } else if (lower !== NONE) s.mm[m].vma[lower].end = opOf(s, t).end
      else s.mm[m].vma[upper].start = opOf(s, t).page
      expectFresh(s, m, opOf(s, t).page, opOf(s, t).end)
      populateRange(s, t, opOf(s, t).page, opOf(s, t).end)
    },
  },
  {
    name: 'mmapMakesVma',
    at: 'mmap.merge',
    source: 'do_mmap in ODF: vm_area_alloc, vma_link, then mm_populate (mmap.c:1556)',
    allocates: ['vma'],
    guard: (s, t) => growsUp(s, t) === NONE && growsDown(s, t) === NONE,
    effect: (s, t) => {
      const m = mmOf(s, t)
      const vma = s.mm[m].vma[freeVma(s, m)]
      vma.start = opOf(s, t).page
      vma.end = opOf(s, t).end
      vma.writable = opOf(s, t).writable
      expectFresh(s, m, opOf(s, t).page, opOf(s, t).end)
      populateRange(s, t, opOf(s, t).page, opOf(s, t).end)
    },
  },
  {
    name: 'brkExpands',
    at: 'brk.grow',
    source: 'brk in ODF: do_brk_flags, then mm_populate (mmap.c:275)',
    guard: (s, t) => hasNoFaults(s, mmOf(s, t), heapOf(s, t)),
    effect: (s, t) => {
      const m = mmOf(s, t)
      const end = heapEnd(s, t)
      startChanging(s, m, heapOf(s, t))
      expectFresh(s, m, end, opOf(s, t).end)
      s.mm[m].vma[heapOf(s, t)].end = opOf(s, t).end
      populateRange(s, t, end, opOf(s, t).end)
    },
  },
  {
    // Under the PTE lock: there already, whether or not it may be written to.
    name: 'populateFinds',
    at: 'populate.follow',
    to: 'populate',
    source: 'populate_vma_page_range in ODF: follow_page_pte finds it; up_read(mmap_sem)',
    guard: (s, t) => isThere(s, t),
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = false
      s.thread[t].page++
    },
  },
  {
    name: 'populateFaults',
    at: 'populate.follow',
    to: 'fault.walk',
    source: 'populate_vma_page_range in ODF: faultin_page without FAULT_FLAG_WRITE (gup.c:1183)',
    guard: (s, t) => !isThere(s, t),
    effect: (s, t) => {
      s.thread[t].wants = false
      s.thread[t].onward = 'populate.follow'
    },
  },
]
