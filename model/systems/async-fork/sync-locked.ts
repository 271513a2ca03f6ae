/**
 * The child's mmap_lock around a synchronisation (`pointerLock: child`), as shipped: read-held
 * while tables are copied, write-held while pointers change, so that no rollback can happen in the
 * middle of the child's walk of the same VMA (async_fork.c: fixup_pmd, fixup_vma).
 */

import { slotOf } from '../../hardware/tables.js'
import { dropWrite, mayRead, mayWrite, takeToWrite } from '../../locks.js'
import type { Step } from '../../rule.js'
import { ERROR, PARENT, type State } from '../../state.js'
import { farVma, isBound } from './markers.js'
import { leaveSync } from './sync.js'

/** Queues for the child's lock, for writing, having dropped it for reading. */
export function exchangeLock(s: State, t: number, then: State['childStart']): void {
  const lock = s.mm[s.thread[t].child].lock
  lock.readers[t] = false
  lock.waiting[t] = true
  s.thread[t].pc = then
}

export const syncLocked: readonly Step[] = [
  {
    name: 'syncReadLocks',
    at: 'sync.read',
    source: 'async_fork.c: mmap_read_lock(C)',
    guard: (s, t) => mayRead(s, s.thread[t].child),
    effect: (s, t) => {
      const me = s.thread[t]
      s.mm[me.child].lock.readers[t] = true
      // Re-read under the lock: it may have been closed meanwhile.
      if (isBound(s, me.vma)) me.pc = 'copyTable.check'
      else leaveSync(s, t)
    },
  },
  {
    name: 'syncExchangesLock',
    at: 'sync.unread',
    source: 'async_fork.c: mmap_read_unlock(C), mmap_write_lock(C)',
    effect: (s, t) => exchangeLock(s, t, 'sync.write'),
  },
  {
    // If the parent's end is still open, both ends are closed.
    name: 'syncWriteLocks',
    at: 'sync.write',
    source: 'async_fork.c: mmap_write_lock(C); Vp.ptr still non-null',
    guard: (s, t) => mayWrite(s, s.thread[t].child),
    effect: (s, t) => {
      const me = s.thread[t]
      takeToWrite(s, t, me.child)
      me.pc = isBound(s, me.vma) ? 'sync.close' : 'sync.unwrite'
    },
  },
  {
    // One table could not be copied: the same again for the whole VMA, which may do better.
    name: 'syncFailsTable',
    at: 'sync.fail',
    to: 'sync.read',
    source: 'async_fork.c: mmap_read_unlock(C), fixup_vma(Vp)',
    guard: (s, t) => s.options.pointerLock === 'child' && !s.thread[t].whole,
    effect: (s, t) => {
      const me = s.thread[t]
      s.mm[me.child].lock.readers[t] = false
      me.whole = true
      me.slot = slotOf(s, s.mm[PARENT].vma[me.vma].start)
    },
  },
  {
    name: 'syncFailsVma',
    at: 'sync.fail',
    source: 'async_fork.c: mmap_read_unlock(C), mmap_write_lock(C)',
    guard: (s, t) => s.options.pointerLock === 'child' && s.thread[t].whole,
    effect: (s, t) => exchangeLock(s, t, 'sync.writeFailed'),
  },
  {
    name: 'syncWriteLocksFailed',
    at: 'sync.writeFailed',
    source: 'async_fork.c: on error, if Vp.ptr is still non-null',
    guard: (s, t) => mayWrite(s, s.thread[t].child),
    effect: (s, t) => {
      const me = s.thread[t]
      takeToWrite(s, t, me.child)
      me.slot = slotOf(s, s.mm[PARENT].vma[me.vma].start)
      me.pc = isBound(s, me.vma) ? 'sync.undo' : 'sync.unwrite'
    },
  },
  {
    name: 'syncTellsChild',
    at: 'sync.tell',
    to: 'sync.closeParent',
    source: 'async_fork.c: Vc.ptr := ERR_PTR(-EFAULT)',
    effect: (s, t) => {
      farVma(s, s.thread[t].vma).peer = ERROR
    },
  },
  {
    name: 'syncWriteUnlocks',
    at: 'sync.unwrite',
    source: 'async_fork.c: mmap_write_unlock(C)',
    effect: (s, t) => {
      dropWrite(s, s.thread[t].child)
      leaveSync(s, t)
    },
  },
]
