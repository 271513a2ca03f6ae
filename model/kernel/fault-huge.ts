/**
 * Write faults on huge pages, and faults that unshare them (mm/huge_memory.c: do_huge_pmd_wp_page):
 * taken over or split.
 */
import { mayReuse } from '../hardware/frames.js'
import { splitHuge } from '../hardware/huge.js'
import { pmdOf, pteOf, slotOf } from '../hardware/tables.js'
import { flush } from '../hardware/tlb.js'
import type { Step } from '../rule.js'
import type { State } from '../state.js'
import { mmOf } from '../threads.js'
import { inHuge, isOrdinary, wantsWrite } from './fault.js'

/** May a write fault take over all frames of a huge page? */
export function mayReuseHuge(s: State, m: number, slot: number): boolean {
  for (const pte of s.table[s.mm[m].pmd[slot].table].pte) if (!mayReuse(s, pte.frame)) return false
  return true
}

export const faultHuge: readonly Step[] = [
  {
    // Under the pmd lock: nobody else has any part of the page, it is written in place; or, to
    // unshare it, only marked exclusive.
    name: 'faultReuseHuge',
    at: 'fault.pte',
    source: 'do_huge_pmd_wp_page: reuse',
    guard: (s, t) =>
      isOrdinary(s, t) &&
      inHuge(s, t) &&
      wantsWrite(s, t) &&
      mayReuseHuge(s, mmOf(s, t), slotOf(s, s.thread[t].page)),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      const pmd = pmdOf(s, m, me.page)
      const first = slotOf(s, me.page) * s.geometry.pagesPerTable
      if (!me.unshares) {
        pmd.writable = true
        pteOf(s, m, me.page).dirty = s.uses.lazy
      }
      for (const pte of s.table[pmd.table].pte)
        if (s.options.reuse === 'exclusive') s.frame[pte.frame].exclusive = true
      if (s.options.arch === 'arm64' && !me.unshares)
        flush(s, t, m, first, first + s.geometry.pagesPerTable, me.onward)
      else me.pc = me.onward
    },
  },
  {
    // Under the pmd lock: split, and copied page by page like any other (since 5.8).
    name: 'faultSplitHuge',
    at: 'fault.pte',
    source: 'do_huge_pmd_wp_page: fallback, __split_huge_pmd',
    guard: (s, t) =>
      isOrdinary(s, t) &&
      inHuge(s, t) &&
      wantsWrite(s, t) &&
      !mayReuseHuge(s, mmOf(s, t), slotOf(s, s.thread[t].page)),
    effect: (s, t) => splitHuge(s, mmOf(s, t), slotOf(s, s.thread[t].page)),
  },
]
