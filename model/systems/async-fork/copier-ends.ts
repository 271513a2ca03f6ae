/**
 * How copying ends: the locks are given back, and the child runs; or it gives all markers back and
 * kills itself (paper, errors, phase 2; as shipped: the end of the child's copy in async_fork.c).
 */
import { mayPutMm, putMm } from '../../hardware/frames.js'
import { flushAll } from '../../hardware/tlb.js'
import { leave } from '../../kernel/exit.js'
import { dropWrite, mayRead, queueToWrite } from '../../locks.js'
import type { Step } from '../../rule.js'
import { NONE, PARENT, type State } from '../../state.js'
import { mmOf, rest } from '../../threads.js'
import { locksPointers } from './copier.js'
import { dismissOthers, othersJoined } from './copiers.js'
import { firstBound, slotToUnmark, unmark, untie } from './markers.js'
import { unbindMms } from './phase-1.js'

/** Has the child's own thread heard from all copiers, and has one of them failed? */
export const hasFailed = (s: State, t: number) =>
  s.actor[t].rank === 0 && s.mm[mmOf(s, t)].copyFailed && othersJoined(s, t)

export const copierEnds: readonly Step[] = [
  {
    // The other copiers will see it between two VMAs.
    name: 'copierFails',
    at: 'copier.fail',
    to: 'copier.join',
    source: 'paper, errors phase 2; async_fork.c: break',
    effect: (s, t) => {
      const m = mmOf(s, t)
      if (locksPointers(s)) s.mm[m].lock.readers[t] = false
      s.mm[m].copyFailed = true
      rest(s, t)
      s.thread[t].page = s.geometry.pages
    },
  },
  {
    // The lock is dropped and taken again: a writer that has waited for the copying comes first,
    // and finds a child that still wants its tables.
    name: 'copierStops',
    at: 'copier.join',
    to: 'copier.reread',
    source: 'async_fork.c: mmap_read_unlock(P)',
    guard: (s, t) => hasFailed(s, t),
    effect: (s, t) => {
      dismissOthers(s, t)
      s.mm[PARENT].lock.readers[t] = false
    },
  },
  {
    name: 'copierBeginsUndoing',
    at: 'copier.reread',
    source: 'async_fork.c: if ret: mmap_read_lock(P), mmap_write_lock(C)',
    guard: (s) => mayRead(s, PARENT),
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = true
      if (locksPointers(s)) queueToWrite(s, t, mmOf(s, t), 'copier.undo')
      else s.thread[t].pc = 'copier.undo'
    },
  },
  {
    name: 'copierFinishes',
    at: 'copier.join',
    to: 'copier.finish',
    source: 'async_fork.c: end of loop, ret is 0',
    guard: (s, t) => s.actor[t].rank === 0 && s.thread[t].whole && !s.mm[mmOf(s, t)].copyFailed,
    effect: (s, t) => {
      s.thread[t].whole = false
    },
  },
  {
    // One marker of the parent less, under the parent's PTE lock. RO to RW needs no flush.
    name: 'copierUndoesMarker',
    at: 'copier.undo',
    source: 'paper, errors phase 2; async_fork.c: roll back every still-bound VMA',
    guard: (s, t) => slotToUnmark(s, mmOf(s, t)) !== NONE,
    effect: (s, t) => unmark(s, slotToUnmark(s, mmOf(s, t))),
  },
  {
    name: 'copierUndoesPointers',
    at: 'copier.undo',
    source: 'async_fork.c: both pointers := null',
    guard: (s, t) => slotToUnmark(s, mmOf(s, t)) === NONE && firstBound(s, mmOf(s, t)) !== NONE,
    effect: (s, t) => untie(s, firstBound(s, mmOf(s, t))),
  },
  {
    // fork has long returned success to the parent: nobody but the child can be told.
    name: 'copierKillsItself',
    at: 'copier.undo',
    to: 'copier.finish',
    source: 'paper, errors phase 2; async_fork.c: send_sig(SIGKILL) to itself',
    guard: (s, t) => firstBound(s, mmOf(s, t)) === NONE,
    effect: (s, t) => {
      if (locksPointers(s)) dropWrite(s, mmOf(s, t))
      s.mm[mmOf(s, t)].killed = true
    },
  },
  {
    // Where CPUs may keep stale entries, the parent's are told of the raised permissions.
    name: 'copierUnlock',
    at: 'copier.finish',
    source: 'async_fork.c: mmap_read_unlock(P); arm64: flush_tlb_mm(P)',
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = false
      if (s.options.arch === 'arm64') flushAll(s, t, PARENT, 'copier.queue')
      else s.thread[t].pc = 'copier.queue'
    },
  },
  {
    name: 'copierQueues',
    at: 'copier.queue',
    source: 'async_fork.c: mmap_write_lock(P)',
    effect: (s, t) => queueToWrite(s, t, PARENT, 'copier.drain'),
  },
  {
    // Holding the lock proves that no parent thread is in the middle of copying into the child:
    // readers have left. A newer child's claim on the parent is left alone.
    name: 'copierDrains',
    at: 'copier.drain',
    to: 'copier.put',
    source: 'async_fork.c: async_fork_mm := null, mmap_write_unlock(P)',
    effect: (s, t) => {
      unbindMms(s, mmOf(s, t))
      dropWrite(s, PARENT)
    },
  },
  {
    name: 'copierPuts',
    at: 'copier.put',
    source: 'async_fork.c: mmput(P)',
    guard: (s) => mayPutMm(s, PARENT),
    effect: (s, t) => {
      rest(s, t)
      s.thread[t].page = s.geometry.pages
      s.thread[t].pc = s.mm[mmOf(s, t)].killed ? 'copier.die' : 'user'
      putMm(s, PARENT)
    },
  },
  {
    // Before the first user instruction. exit_mmap frees what had been copied.
    name: 'copierDies',
    at: 'copier.die',
    source: 'async_fork.c: SIGKILL to itself; exit_to_user_mode_loop, do_group_exit',
    guard: (s, t) => mayPutMm(s, mmOf(s, t)),
    effect: (s, t) => leave(s, t),
  },
]
