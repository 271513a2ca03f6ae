/**
 * Phase 2, the child, in the kernel, before it first runs user code: VMA by VMA it copies what the
 * parent only marked, checking each VMA's pointer for an error code before and after (paper,
 * errors; as shipped: async_fork.c, from schedule_tail). copiers.ts is for several threads that
 * share this work, copier-ends.ts is how it ends.
 */
import { slotOf } from '../../hardware/tables.js'
import { dropWrite, mayRead, queueToWrite } from '../../locks.js'
import type { Step } from '../../rule.js'
import { ERROR, NONE, PARENT, type State } from '../../state.js'
import { mmOf } from '../../threads.js'
import { nextVma } from '../../vmas.js'
import { isMyVma } from './copiers.js'
import { hasNextSlot } from './markers.js'

/** The child's VMA the copier comes to next, or NONE. */
export function vmaToCopy(s: State, t: number): number {
  let v = nextVma(s, mmOf(s, t), s.thread[t].page)
  for (let i = 0; i < s.geometry.vmas; i++)
    if (v !== NONE && !isMyVma(s, t, v)) v = nextVma(s, mmOf(s, t), s.mm[mmOf(s, t)].vma[v].end)
  return v
}

/** What the pointer of the VMA the copier comes to next holds; NONE also at the end. */
export function pointerAhead(s: State, t: number): number {
  const v = vmaToCopy(s, t)
  return v === NONE ? NONE : s.mm[mmOf(s, t)].vma[v].peer
}

/** What the pointer of the VMA that has just been copied holds. */
export const pointerHere = (s: State, t: number) => s.mm[mmOf(s, t)].vma[s.thread[t].vma].peer

/** Must the copier stop: is a fatal signal pending, or has another copier failed? */
export const mustStop = (s: State, t: number) =>
  s.mm[mmOf(s, t)].killed || s.mm[mmOf(s, t)].copyFailed

/** Are the pointers under the child's own mmap_lock? */
export const locksPointers = (s: State) => s.options.pointerLock === 'child'

/** On behind a VMA. With `copierLock: vma` the parent's lock is dropped in between. */
export function leaveCopiedVma(s: State, t: number): void {
  const me = s.thread[t]
  me.page = s.mm[mmOf(s, t)].vma[me.vma].end
  me.vma = 0
  me.slot = 0
  me.child = 0
  if (s.options.copierLock === 'vma') {
    s.mm[PARENT].lock.readers[t] = false
    me.pc = 'copier.relock'
  } else me.pc = 'copier.vma'
}

export const copier: readonly Step[] = [
  {
    // From here to copierUnlock (or, with `copierLock: vma`, to the end of each VMA) no VMA
    // of the parent can change.
    name: 'copierLock',
    at: 'copier.start',
    source: 'async_fork.c: mmap_read_lock(P)',
    guard: (s) => mayRead(s, PARENT),
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = true
      s.thread[t].page = 0
      s.thread[t].whole = s.options.copiers === 1
      s.thread[t].pc = s.options.copiers === 1 ? 'copier.vma' : 'copier.spawn'
    },
  },
  {
    name: 'copierRelock',
    at: 'copier.relock',
    to: 'copier.vma',
    source: 'assumed: mmap_read_lock(P) per VMA',
    assumed: 'the paper does not say how long a copier keeps the lock',
    guard: (s) => mayRead(s, PARENT),
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = true
    },
  },
  {
    // Between two VMAs a fatal signal counts as an error.
    name: 'copierNoticesKill',
    at: 'copier.vma',
    to: 'copier.fail',
    source: 'async_fork.c: fatal_signal_pending, -EINTR',
    guard: (s, t) => mustStop(s, t),
  },
  {
    // The check before: the parent has failed to synchronise in this VMA.
    name: 'copierFindsError',
    at: 'copier.vma',
    to: 'copier.fail',
    source: 'paper, errors; async_fork.c: the pointer is read again',
    guard: (s, t) => !mustStop(s, t) && pointerAhead(s, t) === ERROR,
  },
  {
    // An unlocked read; the parent has copied this VMA, or nothing in it was left to copy.
    name: 'copierSkipsVma',
    at: 'copier.vma',
    source: 'async_fork.c: null, next',
    guard: (s, t) => !mustStop(s, t) && vmaToCopy(s, t) !== NONE && pointerAhead(s, t) === NONE,
    effect: (s, t) => {
      s.thread[t].page = s.mm[mmOf(s, t)].vma[vmaToCopy(s, t)].end
    },
  },
  {
    // With the pointers under the child's lock, that is taken for reading first.
    name: 'copierEntersVma',
    at: 'copier.vma',
    to: 'copyTable.check',
    source: 'async_fork.c: mmap_read_lock(C)',
    guard: (s, t) =>
      !mustStop(s, t) && pointerAhead(s, t) >= 0 && (!locksPointers(s) || mayRead(s, mmOf(s, t))),
    effect: (s, t) => {
      const me = s.thread[t]
      if (locksPointers(s)) s.mm[mmOf(s, t)].lock.readers[t] = true
      me.vma = vmaToCopy(s, t)
      me.child = mmOf(s, t)
      me.slot = slotOf(s, s.mm[mmOf(s, t)].vma[me.vma].start)
    },
  },
  {
    name: 'copierNextTable',
    at: 'copier.next',
    to: 'copyTable.check',
    source: 'async_fork.c: next PMD',
    guard: (s, t) => hasNextSlot(s, mmOf(s, t), s.thread[t].vma, s.thread[t].slot),
    effect: (s, t) => {
      s.thread[t].slot++
    },
  },
  {
    // The walk is over; a copier that has only done its share leaves the pointers alone.
    name: 'copierWalkedVma',
    at: 'copier.next',
    source: 'async_fork.c: mmap_read_unlock(C), mmap_write_lock(C)',
    guard: (s, t) => !hasNextSlot(s, mmOf(s, t), s.thread[t].vma, s.thread[t].slot),
    effect: (s, t) => {
      if (locksPointers(s)) s.mm[mmOf(s, t)].lock.readers[t] = false
      if (!s.thread[t].whole) leaveCopiedVma(s, t)
      else if (locksPointers(s)) queueToWrite(s, t, mmOf(s, t), 'copier.check')
      else s.thread[t].pc = 'copier.check'
    },
  },
  {
    // The check after: without it a rollback in the middle of the walk would go unnoticed, as the
    // tables it unmarked look like copied ones.
    name: 'copierFindsErrorAfter',
    at: 'copier.check',
    to: 'copier.fail',
    source: 'paper, errors',
    guard: (s, t) =>
      s.options.errorCheck === 'both' && !locksPointers(s) && pointerHere(s, t) === ERROR,
  },
  {
    // Nobody else can have closed it: to synchronise a whole VMA the parent needs mmap_lock for
    // writing, and this thread holds it for reading.
    name: 'copierFindsNoError',
    at: 'copier.check',
    to: 'copier.close',
    source: 'paper, errors',
    guard: (s, t) => !locksPointers(s) && pointerHere(s, t) >= 0,
  },
  {
    // With the pointers under the lock an error that is found now came after the walk, when all
    // was copied: it is left where it is. So it is where the check after is left out.
    name: 'copierChecksNothing',
    at: 'copier.check',
    source: 'async_fork.c: if Vp.ptr is still non-null',
    guard: (s, t) =>
      locksPointers(s) || (s.options.errorCheck === 'before' && pointerHere(s, t) === ERROR),
    effect: (s, t) => {
      s.thread[t].pc = pointerHere(s, t) >= 0 ? 'copier.close' : 'copier.closed'
    },
  },
  {
    // A plain store. An error code that arrives between check and store is lost, and harmlessly
    // so: markers are undone after the code is stored, and by then this walk had seen them all.
    name: 'copierClosesVma',
    at: 'copier.close',
    to: 'copier.closeParent',
    source: 'paper, two-way pointer; async_fork.c: Vc.ptr := null',
    effect: (s, t) => {
      s.mm[mmOf(s, t)].vma[s.thread[t].vma].peer = NONE
    },
  },
  {
    // The parent's end second, after a write barrier. A pair has the same slot on both sides.
    name: 'copierClosesParentVma',
    at: 'copier.closeParent',
    to: 'copier.closed',
    source: 'async_fork.c: then Vp.ptr := null',
    effect: (s, t) => {
      s.mm[PARENT].vma[s.thread[t].vma].peer = NONE
    },
  },
  {
    name: 'copierLeavesVma',
    at: 'copier.closed',
    source: 'async_fork.c: mmap_write_unlock(C); next VMA',
    effect: (s, t) => {
      if (locksPointers(s)) dropWrite(s, mmOf(s, t))
      leaveCopiedVma(s, t)
    },
  },
  {
    name: 'copierIsDone',
    at: 'copier.vma',
    to: 'copier.join',
    source: 'async_fork.c: end of loop',
    guard: (s, t) => !mustStop(s, t) && vmaToCopy(s, t) === NONE,
    effect: (s, t) => {
      s.thread[t].page = s.geometry.pages
    },
  },
]
