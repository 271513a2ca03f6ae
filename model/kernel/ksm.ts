/**
 * Merging two pages of the parent that hold the same (mm/ksm.c: try_to_merge_two_pages): both are
 * write-protected and flushed, compared, and the second page's PTE is pointed at the first one's
 * frame. Under mmap_lock held for reading. The operation's `page` is kept, `target` is replaced.
 */
import { isPinned, putFrame, unmapFrame } from '../hardware/frames.js'
import {
  dropTableLock,
  frameOf,
  isUnlocked,
  keepTableLock,
  pmdOf,
  pteOf,
  setPte,
} from '../hardware/tables.js'
import { flushPage } from '../hardware/tlb.js'
import { mayRead } from '../locks.js'
import { kernelOperation, page } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, PARENT, type State } from '../state.js'
import { finish, opOf } from '../threads.js'

/** May a page be write-protected for merging: is its frame held by nobody but PTEs? */
export function mayProtect(s: State, page: number): boolean {
  const f = frameOf(s, PARENT, page)
  if (f === NONE || pmdOf(s, PARENT, page).huge || !isUnlocked(s, PARENT, page)) return false
  return s.frame[f].refs === s.frame[f].maps && s.frame[f].lock === NONE && !isPinned(s, f)
}

/** Takes write permission from a page of the parent, and the knowledge that it is alone with it. */
export function protectPage(s: State, page: number): void {
  pteOf(s, PARENT, page).writable = false
  s.frame[frameOf(s, PARENT, page)].exclusive = false
}

/** Are both pages as they were write-protected, and do they hold the same? */
export function mayMerge(s: State, t: number): boolean {
  const me = s.thread[t]
  const kept = frameOf(s, PARENT, opOf(s, t).page)
  const other = frameOf(s, PARENT, opOf(s, t).target)
  if (kept !== me.frame || other === NONE || other === kept) return false
  if (pteOf(s, PARENT, opOf(s, t).page).writable) return false
  if (pteOf(s, PARENT, opOf(s, t).target).writable) return false
  return s.frame[kept].value === s.frame[other].value
}

export const mergeRoutine = routine('merge', 'Lets two pages of equal content share a frame.', {
  'merge.keep': [],
  'merge.kept': [],
  'merge.protect': [],
  'merge.protected': [],
  'merge.replace': [],
  'merge.put': ['holdsOther'],
  'merge.unlock': [],
})

export const ksm: readonly Step[] = [
  {
    name: 'mergeSame',
    at: 'user',
    to: 'merge.keep',
    source: 'try_to_merge_with_ksm_page: mmap_read_lock',
    guard: (s, t) => opOf(s, t).do === 'mergeSame' && mayRead(s, PARENT) && s.mm[PARENT].users > 0,
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = true
    },
  },
  {
    // Under the frame's lock the PTE lock is taken, and kept until every CPU has dropped the page:
    // read-only. A reference keeps the frame.
    name: 'mergeProtectsKept',
    at: 'merge.keep',
    source: 'write_protect_page: page_vma_mapped_walk, ptep_clear_flush, set_pte_at_notify',
    guard: (s, t) => mayProtect(s, opOf(s, t).page),
    effect: (s, t) => {
      const me = s.thread[t]
      protectPage(s, opOf(s, t).page)
      me.frame = frameOf(s, PARENT, opOf(s, t).page)
      s.frame[me.frame].refs++
      keepTableLock(s, t, PARENT, opOf(s, t).page)
      flushPage(s, t, PARENT, opOf(s, t).page, 'merge.kept')
    },
  },
  {
    name: 'mergeProtectedKept',
    at: 'merge.kept',
    to: 'merge.protect',
    source: 'write_protect_page: page_vma_mapped_walk_done; set_page_stable_node',
    effect: (s, t) => {
      dropTableLock(s, t)
    },
  },
  {
    name: 'mergeProtectsOther',
    at: 'merge.protect',
    source: 'write_protect_page: page_vma_mapped_walk, ptep_clear_flush, set_pte_at_notify',
    guard: (s, t) => mayProtect(s, opOf(s, t).target),
    effect: (s, t) => {
      protectPage(s, opOf(s, t).target)
      keepTableLock(s, t, PARENT, opOf(s, t).target)
      flushPage(s, t, PARENT, opOf(s, t).target, 'merge.protected')
    },
  },
  {
    name: 'mergeProtectedOther',
    at: 'merge.protected',
    to: 'merge.replace',
    source: 'write_protect_page: page_vma_mapped_walk_done',
    effect: (s, t) => {
      dropTableLock(s, t)
    },
  },
  {
    // The PTE lock is taken, and kept until every CPU has dropped the page: the PTE still is what
    // was write-protected, and the contents are equal.
    name: 'mergeReplaces',
    at: 'merge.replace',
    source: 'pages_identical, replace_page: pte_same, ptep_clear_flush, set_pte_at_notify',
    guard: (s, t) => isUnlocked(s, PARENT, opOf(s, t).target) && mayMerge(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      const page = opOf(s, t).target
      me.other = frameOf(s, PARENT, page)
      unmapFrame(s, me.other)
      setPte(s, PARENT, page, me.frame, false)
      s.frame[me.frame].maps++
      s.frame[me.frame].refs++
      keepTableLock(s, t, PARENT, page)
      flushPage(s, t, PARENT, page, 'merge.put')
    },
  },
  {
    name: 'mergePuts',
    at: 'merge.put',
    to: 'merge.unlock',
    source: 'replace_page: put_page, pte_unmap_unlock',
    effect: (s, t) => {
      dropTableLock(s, t)
      putFrame(s, s.thread[t].other)
      s.thread[t].other = NONE
    },
  },
  {
    name: 'mergeGivesUp',
    at: 'merge.replace',
    to: 'merge.unlock',
    source: 'try_to_merge_one_page: not identical, or replace_page fails',
    guard: (s, t) => !mayMerge(s, t),
  },
  {
    name: 'mergeCannotKeep',
    at: 'merge.keep',
    to: 'merge.unlock',
    source: 'write_protect_page: -EFAULT',
    guard: (s, t) => !mayProtect(s, opOf(s, t).page),
  },
  {
    name: 'mergeCannotProtect',
    at: 'merge.protect',
    to: 'merge.unlock',
    source: 'write_protect_page: -EFAULT',
    guard: (s, t) => !mayProtect(s, opOf(s, t).target),
  },
  {
    name: 'mergeUnlocks',
    at: 'merge.unlock',
    source: 'try_to_merge_with_ksm_page: mmap_read_unlock',
    effect: (s, t) => {
      if (s.thread[t].frame !== NONE) putFrame(s, s.thread[t].frame)
      s.mm[PARENT].lock.readers[t] = false
      finish(s, t)
    },
  },
]

export const mergeSameOperation = kernelOperation(
  'mergeSame',
  'ksmd',
  { page, with: page },
  {
    says: 'Lets two pages with the same content share a frame.',
    needs: ['merging'],
    compiled: (op) => ({ target: op.with }),
  },
)

declare module '../operation-names.js' {
  interface KernelOperations {
    mergeSame: typeof mergeSameOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof mergeRoutine>, unknown> {}
}
