/**
 * Phase 2, the child, in the kernel, before it first runs user code: VMA by VMA it copies what the
 * parent only marked, checking each VMA's pointer for an error code before and after (paper 3.8;
 * as shipped: async_fork.c C1 to C5, from schedule_tail). When it fails it undoes the markers of
 * the parent and kills itself.
 */
import { leave } from '../../kernel/user.js'
import { putMm, slotOf } from '../../memory.js'
import type { Step } from '../../rule.js'
import { CHILD, ERROR, NONE, PARENT, type State } from '../../state.js'
import { rest } from '../../threads.js'
import { mayWriteLock, nextVma } from '../../vmas.js'
import { firstBound, hasNextSlot, slotToUnmark } from './markers.js'

/** The child's VMA the copier comes to next, or NONE. */
export const vmaToCopy = (s: State, t: number) => nextVma(s, CHILD, s.thread[t].page)

/** What the pointer of the VMA the copier comes to next holds; NONE also at the end. */
export function pointerAhead(s: State, t: number): number {
  const v = vmaToCopy(s, t)
  if (v === NONE) return NONE
  return s.mm[CHILD].vma[v].peer
}

/** What the pointer of the VMA that has just been copied holds. */
export const pointerHere = (s: State, t: number) => s.mm[CHILD].vma[s.thread[t].vma].peer

/** On behind a VMA. With `copierLock: vma` the parent's lock is dropped in between. */
export function leaveCopiedVma(s: State, t: number): void {
  const me = s.thread[t]
  me.page = s.mm[CHILD].vma[me.vma].end
  me.vma = 0
  me.slot = 0
  if (s.options.copierLock === 'vma') {
    s.mm[PARENT].lock.readers[t] = false
    me.pc = 'copier.relock'
  } else me.pc = 'copier.vma'
}

export const copier: readonly Step[] = [
  {
    // C1: from here to copierUnlock (or, with `copierLock: vma`, to the end of each VMA) no VMA
    // of the parent can change.
    name: 'copierLock',
    for: ['thread'],
    at: 'copier.start',
    source: 'async_fork.c C1: mmap_read_lock(P)',
    guard: (s) => s.mm[PARENT].lock.writer === NONE,
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = true
      s.thread[t].page = 0
      s.thread[t].pc = 'copier.vma'
    },
  },
  {
    name: 'copierRelock',
    for: ['thread'],
    at: 'copier.relock',
    source: 'granularity 11.3 a: mmap_read_lock(P) per VMA',
    guard: (s) => s.mm[PARENT].lock.writer === NONE,
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = true
      s.thread[t].pc = 'copier.vma'
    },
  },
  {
    // C2 a: between two VMAs a fatal signal counts as an error.
    name: 'copierNoticesKill',
    for: ['thread'],
    at: 'copier.vma',
    source: 'async_fork.c C2 a: fatal_signal_pending, -EINTR',
    guard: (s) => s.killed,
    effect: (s, t) => {
      s.thread[t].pc = 'copier.fail'
    },
  },
  {
    // The check before: the parent has failed to synchronise in this VMA.
    name: 'copierFindsError',
    for: ['thread'],
    at: 'copier.vma',
    source: 'paper 3.8; async_fork.c C2 c2',
    guard: (s, t) => !s.killed && pointerAhead(s, t) === ERROR,
    effect: (s, t) => {
      s.thread[t].pc = 'copier.fail'
    },
  },
  {
    // C2 b: an unlocked read; the parent has copied this VMA, or nothing in it was left to copy.
    name: 'copierSkipsVma',
    for: ['thread'],
    at: 'copier.vma',
    source: 'async_fork.c C2 b: null, next',
    guard: (s, t) => !s.killed && vmaToCopy(s, t) !== NONE && pointerAhead(s, t) === NONE,
    effect: (s, t) => {
      s.thread[t].page = s.mm[CHILD].vma[vmaToCopy(s, t)].end
    },
  },
  {
    name: 'copierEntersVma',
    for: ['thread'],
    at: 'copier.vma',
    source: 'async_fork.c C2 c2 to c4',
    guard: (s, t) => !s.killed && pointerAhead(s, t) >= 0,
    effect: (s, t) => {
      const me = s.thread[t]
      me.vma = vmaToCopy(s, t)
      me.slot = slotOf(s, s.mm[CHILD].vma[me.vma].start)
      me.pc = 'slow.check'
    },
  },
  {
    name: 'copierNextTable',
    for: ['thread'],
    at: 'copier.next',
    source: 'async_fork.c C2 c4: next PMD',
    effect: (s, t) => {
      const me = s.thread[t]
      if (hasNextSlot(s, CHILD, me.vma, me.slot)) {
        me.slot++
        me.pc = 'slow.check'
      } else me.pc = 'copier.check'
    },
  },
  {
    // The check after: without it a rollback in the middle of the walk would go unnoticed, as the
    // tables it unmarked look like copied ones.
    name: 'copierFindsErrorAfter',
    for: ['thread'],
    at: 'copier.check',
    source: 'paper 3.8',
    guard: (s, t) => pointerHere(s, t) === ERROR,
    effect: (s, t) => {
      s.thread[t].pc = 'copier.fail'
    },
  },
  {
    // Nobody else can have closed it: to synchronise a whole VMA the parent needs mmap_lock for
    // writing, and this thread holds it for reading.
    name: 'copierFindsNoError',
    for: ['thread'],
    at: 'copier.check',
    source: 'paper 3.8',
    guard: (s, t) => pointerHere(s, t) >= 0,
    effect: (s, t) => {
      s.thread[t].pc = 'copier.close'
    },
  },
  {
    // A plain store. An error code that arrives between check and store is lost, and harmlessly
    // so: markers are undone after the code is stored, and by then this walk had seen them all.
    name: 'copierClosesVma',
    for: ['thread'],
    at: 'copier.close',
    source: 'paper 3.6; async_fork.c C2 c7: Vc.ptr := null',
    effect: (s, t) => {
      s.mm[CHILD].vma[s.thread[t].vma].peer = NONE
      s.thread[t].pc = 'copier.closeParent'
    },
  },
  {
    // The parent's end second, after a write barrier. A pair has the same slot on both sides.
    name: 'copierClosesParentVma',
    for: ['thread'],
    at: 'copier.closeParent',
    source: 'async_fork.c C2 c7: then Vp.ptr := null',
    effect: (s, t) => {
      s.mm[PARENT].vma[s.thread[t].vma].peer = NONE
      leaveCopiedVma(s, t)
    },
  },
  {
    name: 'copierIsDone',
    for: ['thread'],
    at: 'copier.vma',
    source: 'async_fork.c C2: end of loop',
    guard: (s, t) => !s.killed && vmaToCopy(s, t) === NONE,
    effect: (s, t) => {
      s.thread[t].pc = 'copier.finish'
    },
  },
  {
    name: 'copierFails',
    for: ['thread'],
    at: 'copier.fail',
    source: 'paper 3.8 phase 2; async_fork.c C4: if ret',
    effect: (s, t) => {
      rest(s, t)
      s.thread[t].pc = 'copier.undo'
    },
  },
  {
    // One marker of the parent less, under the parent's PTE lock. RO to RW needs no flush.
    name: 'copierUndoesMarker',
    for: ['thread'],
    at: 'copier.undo',
    source: 'paper 3.8 phase 2; async_fork.c C4: roll back every still-bound VMA',
    guard: (s) => slotToUnmark(s) !== NONE,
    effect: (s) => {
      s.mm[PARENT].pmd[slotToUnmark(s)].writable = true
    },
  },
  {
    name: 'copierUndoesPointers',
    for: ['thread'],
    at: 'copier.undo',
    source: 'async_fork.c C4: both pointers := null',
    guard: (s) => slotToUnmark(s) === NONE && firstBound(s) !== NONE,
    effect: (s) => {
      const v = firstBound(s)
      s.mm[CHILD].vma[s.mm[PARENT].vma[v].peer].peer = NONE
      s.mm[PARENT].vma[v].peer = NONE
    },
  },
  {
    // fork has long returned success to the parent: nobody but the child can be told (10 Q3).
    name: 'copierKillsItself',
    for: ['thread'],
    at: 'copier.undo',
    source: 'paper 3.8 phase 2; async_fork.c C5: send_sig(SIGKILL) to itself',
    guard: (s) => firstBound(s) === NONE,
    effect: (s, t) => {
      s.killed = true
      s.thread[t].pc = 'copier.finish'
    },
  },
  {
    name: 'copierUnlock',
    for: ['thread'],
    at: 'copier.finish',
    source: 'async_fork.c C3: mmap_read_unlock(P)',
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = false
      s.thread[t].pc = 'copier.drain'
    },
  },
  {
    // Write lock, unbind, unlock, mmput: getting the lock proves that no parent thread is in the
    // middle of copying into the child (readers have left). Nobody sees the moment it is held.
    name: 'copierDrains',
    for: ['thread'],
    at: 'copier.drain',
    source: 'async_fork.c C4: mmap_write_lock(P), async_fork_mm := null, unlock, mmput(P)',
    guard: (s) => mayWriteLock(s, PARENT),
    effect: (s, t) => {
      s.bound = false
      rest(s, t)
      s.thread[t].page = s.geometry.pages
      s.thread[t].pc = s.killed ? 'copier.die' : 'user'
      putMm(s, PARENT)
    },
  },
  {
    // Before the first user instruction. exit_mmap frees what had been copied.
    name: 'copierDies',
    for: ['thread'],
    at: 'copier.die',
    source: 'async_fork.c C5; exit_to_user_mode_loop, do_group_exit',
    effect: (s, t) => leave(s, t),
  },
]
