/**
 * fork, as On-demand-fork does it: no table of page-table entries is copied. The
 * child's PMD entry names the parent's table, and in both the RW bit is taken away, so that the
 * first write below it faults. Entries, and what they count for, are not touched.
 */
import { shareTable } from '../../hardware/sharing.js'
import { childOf, enterTable } from '../../kernel/fork.js'
import { isAtOrdinaryTable } from '../../kernel/fork-tables.js'
import type { Step } from '../../rule.js'
import { NONE, PARENT, type State } from '../../state.js'
import { isWholeSlot, vmaAt } from '../../vmas.js'

/** Does a VMA overlap the heap, or touch it (is_vma_odf_incompatible)? */
export function isAtHeap(s: State, v: number): boolean {
  const start = s.geometry.heap
  if (start === NONE) return false
  const heap = vmaAt(s, PARENT, start)
  const end = heap === NONE ? start : s.mm[PARENT].vma[heap].end
  return s.mm[PARENT].vma[v].start <= end && s.mm[PARENT].vma[v].end >= start
}

/** Is the table the thread is at one that is shared: of anonymous memory, of one VMA alone? */
export function isLeftShared(s: State, t: number): boolean {
  const me = s.thread[t]
  if (isAtHeap(s, me.vma)) return false
  if (!s.options.enabled || s.mm[PARENT].vma[me.vma].device) return false
  return isWholeSlot(s, PARENT, me.vma, me.slot)
}

export const share: readonly Step[] = [
  {
    // One PMD entry of each side, under mmap_lock held for writing; the child's is still unseen.
    // Of a VMA that must not be written to the entry stays writable: its PTEs are not.
    name: 'forkShare',
    at: 'fork.slot',
    source: 'copy_pmd_range in ODF: pmd_wrprotect, pte_table refcount++',
    guard: (s, t) => isAtOrdinaryTable(s, t) && isLeftShared(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      if (s.mm[PARENT].vma[me.vma].writable) s.mm[PARENT].pmd[me.slot].writable = false
      shareTable(s, childOf(s, t), me.slot)
      me.slot++
    },
  },
  {
    // Not wholly inside one VMA, or not anonymous: copied as by default.
    name: 'forkEnterTable',
    at: 'fork.slot',
    source: 'copy_pmd_range in ODF: copy_pte_range',
    guard: (s, t) => isAtOrdinaryTable(s, t) && !isLeftShared(s, t),
    effect: (s, t) => enterTable(s, t),
  },
]
