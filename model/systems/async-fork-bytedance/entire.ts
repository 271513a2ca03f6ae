/**
 * Copying one PTE table entirely (copy_pte_entire_async): by the child for every
 * flagged table, by the parent for one it is about to change. The order of locks is the lock of
 * the child's table page, the parent's spinlock, the child's; the flag is tested again under the
 * second. After an error nobody allocates any more, but the marker is given back all the same.
 *
 * Who wants a table copied sets its registers `child`, `vma` and `slot` and goes to entire.begin.
 */
import { copyPinned, mustCopyNow, shareEntry } from '../../hardware/frames.js'
import { installTable } from '../../hardware/tables.js'
import type { Step } from '../../rule.js'
import { NONE, PARENT, type Place, type State } from '../../state.js'
import { fail, isChild } from '../../threads.js'
import {
  dropSpinlocks,
  lacksTable,
  mayBecomePinned,
  mayFailCopy,
  pageAt,
  sourceOf,
  tableOf,
} from '../both-tables.js'
import { isFlagged, restoreSlot } from './flags.js'

/** Is the thread at an entry, not behind the last? */
export const hasEntryLeft = (s: State, t: number) => s.thread[t].entry < s.geometry.pagesPerTable

/** An allocation fails: the child's error word says so from now on. */
export function failEntire(s: State, t: number, then: Place): void {
  fail(s)
  if (isChild(s, t)) s.ghost.failed.copier = true
  else s.ghost.failed.sync = true
  s.mm[s.thread[t].child].copyFailed = true
  s.thread[t].pc = then
}

/** Done with the table: the child to its next one, the parent back to what it was about to do. */
export function leaveEntire(s: State, t: number): void {
  const me = s.thread[t]
  me.entry = 0
  if (isChild(s, t)) {
    me.slot++
    me.pc = 'walk.table'
    return
  }
  me.pc = me.back
  me.back = 'user'
  me.vma = 0
  me.slot = 0
  me.child = 0
}

export const entire: readonly Step[] = [
  {
    // One read of the child's error word: after an error nobody allocates.
    name: 'entireBegins',
    at: 'entire.begin',
    source: 'copy_pte_entire_async: READ_ONCE(async_copy_err)',
    effect: (s, t) => {
      s.thread[t].pc = s.mm[s.thread[t].child].copyFailed ? 'entire.failed' : 'entire.allocate'
    },
  },
  {
    // Under the pmd lock: of two who allocate at once the second frees its table again.
    name: 'entireAllocates',
    at: 'entire.allocate',
    to: 'entire.lockPage',
    source: 'copy_pte_entire_async: pte_alloc',
    allocates: ['copierTable', 'syncTable'],
    effect: (s, t) => {
      if (lacksTable(s, t)) installTable(s, s.thread[t].child, s.thread[t].slot)
    },
  },
  {
    name: 'entireAllocateFails',
    at: 'entire.allocate',
    source: 'copy_pte_entire_async: pte_alloc fails, WRITE_ONCE(async_copy_err)',
    guard: (s, t) => lacksTable(s, t) && mayFailCopy(s, t),
    effect: (s, t) => failEntire(s, t, 'entire.failed'),
  },
  {
    // Under the parent's spinlock, which a copier needs as well: the child has no table, so nobody
    // is copying this one, and nobody can begin.
    name: 'entireRestoresUncopied',
    at: 'entire.failed',
    source: 'copy_pte_entire_async: pmd_none(*dst_pmd), pmd_mkwrite, clear flag',
    guard: (s, t) => lacksTable(s, t) && sourceOf(s, t).spinlock === NONE,
    effect: (s, t) => {
      if (isFlagged(s, s.thread[t].slot)) restoreSlot(s, s.thread[t].slot)
      leaveEntire(s, t)
    },
  },
  {
    name: 'entireFindsTable',
    at: 'entire.failed',
    to: 'entire.lockFailed',
    source: 'copy_pte_entire_async: others have allocated it, goto have_dst_pte',
    guard: (s, t) => !lacksTable(s, t) && sourceOf(s, t).spinlock === NONE,
  },
  {
    name: 'entireLocksFailed',
    at: 'entire.lockFailed',
    to: 'entire.testFailed',
    source: 'copy_pte_entire_async: lock_page(dst_pte_page)',
    guard: (s, t) => tableOf(s, t).lock === NONE,
    effect: (s, t) => {
      tableOf(s, t).lock = t
    },
  },
  {
    // The flag, under the parent's spinlock.
    name: 'entireTestsFailed',
    at: 'entire.testFailed',
    source: 'copy_pte_entire_async: err, goto restore_pmd',
    guard: (s, t) => sourceOf(s, t).spinlock === NONE,
    effect: (s, t) => {
      s.thread[t].pc = isFlagged(s, s.thread[t].slot) ? 'entire.restore' : 'entire.unlock'
    },
  },
  {
    // A sleeping lock, for all of the table.
    name: 'entireLocksPage',
    at: 'entire.lockPage',
    to: 'entire.lockParent',
    source: 'copy_pte_entire_async: lock_page(dst_pte_page)',
    guard: (s, t) => tableOf(s, t).lock === NONE,
    effect: (s, t) => {
      tableOf(s, t).lock = t
    },
  },
  {
    name: 'entireLocksParent',
    at: 'entire.lockParent',
    to: 'entire.lockChild',
    source: 'copy_pte_entire_async: src_pte lock; the flag is tested again',
    guard: (s, t) => sourceOf(s, t).spinlock === NONE && isFlagged(s, s.thread[t].slot),
    effect: (s, t) => {
      sourceOf(s, t).spinlock = t
    },
  },
  {
    // Somebody has copied it while this thread waited.
    name: 'entireFindsCopied',
    at: 'entire.lockParent',
    to: 'entire.unlock',
    source: 'copy_pte_entire_async: no flag, goto unlock_pg_lock',
    guard: (s, t) => sourceOf(s, t).spinlock === NONE && !isFlagged(s, s.thread[t].slot),
  },
  {
    name: 'entireLocksChild',
    at: 'entire.lockChild',
    to: 'entire.copy',
    source: 'copy_pte_entire_async: spin_lock_nested(dst_ptl)',
    guard: (s, t) => tableOf(s, t).spinlock === NONE,
    effect: (s, t) => {
      tableOf(s, t).spinlock = t
    },
  },
  {
    // Under both spinlocks, which are kept for all of the table; CPUs look at any time.
    name: 'entireCopiesPage',
    at: 'entire.copy',
    source: 'copy_pte_entire_async: copy_present_pte, copy_nonpresent_pte',
    guard: (s, t) => hasEntryLeft(s, t) && !mayBecomePinned(s, t),
    effect: (s, t) => {
      shareEntry(s, s.thread[t].child, pageAt(s, t))
      s.thread[t].entry++
    },
  },
  {
    // Under both spinlocks, which GUP-fast does not mind: nobody has pinned the page so far.
    name: 'entireFindsUnpinned',
    at: 'entire.copy',
    to: 'entire.share',
    source: 'copy_present_pte: page_needs_cow_for_dma is false',
    guard: (s, t) => hasEntryLeft(s, t) && mayBecomePinned(s, t) && !mustCopyNow(s, pageAt(s, t)),
  },
  {
    name: 'entireSharesPage',
    at: 'entire.share',
    to: 'entire.copy',
    source: 'copy_present_pte: ptep_set_wrprotect, set_pte_at',
    effect: (s, t) => {
      shareEntry(s, s.thread[t].child, pageAt(s, t))
      s.thread[t].entry++
    },
  },
  {
    // With a frame got beforehand (the spinlocks dropped for it, and the walk taken up again).
    name: 'entireCopiesPinned',
    at: 'entire.copy',
    source: 'copy_pte_entire_async: -EAGAIN, page_copy_prealloc, goto again',
    allocates: ['copierTable', 'syncTable'],
    guard: (s, t) => hasEntryLeft(s, t) && mustCopyNow(s, pageAt(s, t)),
    effect: (s, t) => {
      copyPinned(s, s.thread[t].child, pageAt(s, t))
      s.thread[t].entry++
    },
  },
  {
    // Out by the common exit, which gives the copy lock back.
    name: 'entireCopyPinnedFails',
    at: 'entire.copy',
    source: 'copy_pte_entire_async: page_copy_prealloc fails, -ENOMEM, goto out',
    guard: (s, t) => hasEntryLeft(s, t) && mustCopyNow(s, pageAt(s, t)) && mayFailCopy(s, t),
    effect: (s, t) => {
      dropSpinlocks(s, t)
      failEntire(s, t, 'entire.restore')
    },
  },
  {
    name: 'entireCopied',
    at: 'entire.copy',
    to: 'entire.restore',
    source: 'copy_pte_entire_async: pte_unmap_unlock, twice',
    copiesTable: true,
    guard: (s, t) => !hasEntryLeft(s, t),
    effect: (s, t) => {
      dropSpinlocks(s, t)
    },
  },
  {
    // With only the copy lock: the PMD becomes writable, after all PTEs below it are not.
    name: 'entireRestores',
    at: 'entire.restore',
    to: 'entire.unflag',
    source: 'copy_pte_entire_async: restore_pmd: set_pmd_at(pmd_mkwrite)',
    effect: (s, t) => {
      s.mm[PARENT].pmd[s.thread[t].slot].writable = true
    },
  },
  {
    name: 'entireUnflags',
    at: 'entire.unflag',
    to: 'entire.unlock',
    source: 'copy_pte_entire_async: pmd_clear_async_copy_flag',
    effect: (s, t) => {
      sourceOf(s, t).flagged = false
    },
  },
  {
    name: 'entireUnlocks',
    at: 'entire.unlock',
    source: 'copy_pte_entire_async: unlock_page(dst_pte_page)',
    effect: (s, t) => {
      tableOf(s, t).lock = NONE
      leaveEntire(s, t)
    },
  },
]
