/** Where the model says on purpose less, or something else, than the kernel does. */

export interface Abstraction {
  readonly name: string
  /** What the kernel does, what the model does, and why that is all right. */
  readonly reason: string
}

const LIST = [
  {
    name: 'vma-merging',
    reason:
      'The kernel keeps alike neighbours apart when their anon_vma or offset differ, and what a scenario begins with may be joined. The model joins alike neighbours. No page, lock or permission depends on it.',
  },
  {
    name: 'zero-page',
    reason:
      'A first read maps the shared zero page, which has no owner and is never reclaimed, moved or merged. The model gives a frame full of zeros. Both read zeros, and a store gets a frame of its own.',
  },
  {
    name: 'no-tables-without-anon-vma',
    reason:
      'fork copies no tables of a VMA that was never written to (vma_needs_copy): the child finds nothing there and reads zeros. The model shares the frame full of zeros.',
  },
  {
    name: 'pageout-keeps-page',
    reason:
      'MADV_PAGEOUT, by which reclaim is asked for, passes over a page that is mapped more than once, locked in memory, or held by somebody. The model’s reclaim is the one of memory pressure, which does not.',
  },
  {
    name: 'taken-target',
    reason:
      'mremap with MREMAP_FIXED unmaps what is at its target. The model’s mremap needs a free place, as the kernel’s search for one gives it; the helper does not call where the target is taken.',
  },
  {
    name: 'absent-page-into-pipe',
    reason:
      'vmsplice brings a missing page in first. The model puts only present pages into a pipe; the helper does not call for others.',
  },
  {
    name: 'madvise-result',
    reason:
      'madvise over a hole does its work and returns ENOMEM at the end. The model does the work and has no result for it.',
  },
  {
    name: 'mremap-of-several-vmas',
    reason:
      'Since 6.17 mremap moves a range of several VMAs at once. The model is of 6.6, which refuses it; on the host the sequence ends there.',
  },
  {
    name: 'opened-when-dirty',
    reason:
      'mprotect makes the entry of a page writable at once where nobody else has the page (can_change_pte_writable). Until 6.2 the page must be dirty as well, and no part of a huge page. The model is of 6.6; an older kernel finds out in the fault of the next store, which copies nothing.',
  },
  {
    name: 'ksmd-looks-first',
    reason:
      'ksmd compares two pages before it protects one, and begins nothing where they differ or one is missing. The model’s ksmd protects the first and then finds out.',
  },
  {
    name: 'collapse-declined',
    reason:
      'MADV_COLLAPSE declines where no page of the table is writable (SCAN_PAGE_RO), one is held, or the VMA does not cover the table. The model collapses more often, never less.',
  },
  {
    name: 'huge-page-in-parts',
    reason:
      'A huge page of which one address space maps parts by entries stays one huge page in memory. The model looks at how it is mapped. Exclusivity and the mark of MADV_FREE are compared for its first page.',
  },
  {
    name: 'lists-of-processors',
    reason:
      'MADV_FREE marks a page when a list of its processor is emptied. On the host the lists are left alone, and the mark is not compared there.',
  },
  {
    name: 'nothing-to-migrate',
    reason:
      'move_pages refuses what the model’s migration finds nothing to do for (no page, the zero page), and where somebody holds the page.',
  },
] as const satisfies readonly Abstraction[]

export type AbstractionName = (typeof LIST)[number]['name']

export const abstractions: readonly Abstraction[] = LIST
