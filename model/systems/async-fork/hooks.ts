/**
 * Where the parent must synchronise: every place in the kernel at which a VMA or a page table of
 * the parent changes (paper 3.5, 3.7; protocol facts 5.1, 5.2). One entry, one hook: dropping a
 * line is the mutant "this hook was forgotten".
 */
import { vmaInRange, vmaToSplit } from '../../kernel/vma-calls.js'
import type { Hook } from '../../rule.js'
import { NONE, PARENT, type State } from '../../state.js'
import { mmOf, opOf } from '../../threads.js'
import { vmaAt, vmaBefore } from '../../vmas.js'
import { isBound, isUncopied } from './markers.js'
import { syncTable, syncVma } from './sync.js'

/** Is a VMA, if there is one, tied to the child? */
export const isBoundVma = (s: State, v: number) => v !== NONE && isBound(s, v)

/** A bound VMA next to the range the thread wants to map, or NONE. */
export function boundNeighbour(s: State, t: number): number {
  const before = vmaBefore(s, PARENT, opOf(s, t).page)
  if (isBoundVma(s, before)) return before
  if (opOf(s, t).end === s.geometry.pages) return NONE
  const after = vmaAt(s, PARENT, opOf(s, t).end)
  return isBoundVma(s, after) ? after : NONE
}

/** A bound VMA in the thread's range, or NONE. */
export function boundInRange(s: State, t: number): number {
  for (let v = 0; v < s.geometry.vmas; v++) {
    const vma = s.mm[PARENT].vma[v]
    if (vma.start < opOf(s, t).end && opOf(s, t).page < vma.end && isBound(s, v)) return v
  }
  return NONE
}

export const hooks: readonly Hook[] = [
  {
    name: 'syncBeforeFault',
    before: 'fault.pte',
    source: '5.2: __handle_mm_fault, last before handle_pte_fault',
    due: (s, t) => mmOf(s, t) === PARENT && isUncopied(s, s.thread[t].page),
    effect: (s, t) => syncTable(s, t, s.thread[t].page),
  },
  {
    name: 'syncBeforeZap',
    before: 'zap',
    source: '5.2: zap_pmd_range, before zap_pte_range',
    due: (s, t) =>
      mmOf(s, t) === PARENT && s.thread[t].page < opOf(s, t).end && isUncopied(s, s.thread[t].page),
    effect: (s, t) => syncTable(s, t, s.thread[t].page),
  },
  {
    name: 'syncBeforeMunmapSplit',
    before: 'munmap.split',
    source: '5.1: __split_vma, first statement',
    due: (s, t) => isBoundVma(s, vmaToSplit(s, t)),
    effect: (s, t) => syncVma(s, t, vmaToSplit(s, t)),
  },
  {
    name: 'syncBeforeMunmap',
    before: 'munmap.split',
    source: '5.1: do_vmi_align_munmap, after the split, before detaching',
    due: (s, t) => vmaToSplit(s, t) === NONE && isBoundVma(s, vmaInRange(s, t)),
    effect: (s, t) => syncVma(s, t, vmaInRange(s, t)),
  },
  {
    name: 'syncBeforeMmap',
    before: 'mmap.merge',
    source: '5.1: vma_merge, vma_expand: both neighbours, mergeable or not',
    due: (s, t) => boundNeighbour(s, t) !== NONE,
    effect: (s, t) => syncVma(s, t, boundNeighbour(s, t)),
  },
  {
    name: 'syncBeforeMprotect',
    before: 'mprotect.vma',
    source: '5.1: do_mprotect_pkey, first statement per VMA',
    due: (s, t) => boundInRange(s, t) !== NONE,
    effect: (s, t) => syncVma(s, t, boundInRange(s, t)),
  },
  {
    name: 'syncBeforeMprotectSplit',
    before: 'mprotect.vma',
    source: '5.1: __split_vma, first statement',
    due: (s, t) => isBoundVma(s, vmaToSplit(s, t)),
    effect: (s, t) => syncVma(s, t, vmaToSplit(s, t)),
  },
]
