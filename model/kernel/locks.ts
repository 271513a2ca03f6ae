/** Waiting for mmap_lock, and dropping it at the end of a system call (kernel/locking/rwsem.c). */
import { dropWrite, mayWrite, takeToWrite } from '../locks.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { finish, isChild, mmOf, opOf } from '../threads.js'

/**
 * Does a thread wait for its own mmap_lock, so that a fatal signal ends the waiting? A child that
 * is still tied to its parent is in no system call: it waits with mmap_write_lock
 * (async_fork.c: mmap_write_lock of the child and of the parent).
 */
export const isKilledWaiting = (s: State, t: number) =>
  mmOf(s, t) === s.thread[t].space &&
  s.mm[s.thread[t].space].killed &&
  !(isChild(s, t) && s.mm[mmOf(s, t)].peer !== NONE)

export const lockRoutine = routine(
  'lock',
  'Waits for mmap_lock, and drops it at the end of a system call.',
  {
    'lock.write': ['waitsToWrite'],
    'call.unlock': ['writes', 'returns'],
    'call.unlockRead': ['returns'],
  },
)

export const locking: readonly Step[] = [
  {
    // An atomic operation on the lock's count.
    name: 'takeWriteLock',
    at: 'lock.write',
    source: 'down_write: rwsem_try_write_lock',
    guard: (s, t) => mayWrite(s, s.thread[t].space),
    effect: (s, t) => {
      const me = s.thread[t]
      takeToWrite(s, t, me.space)
      me.pc = me.onward
      me.onward = 'user'
      me.space = 0
    },
  },
  {
    // The system call returns -EINTR; the thread dies on its way to user mode.
    name: 'giveUpWriteLock',
    at: 'lock.write',
    source: 'mmap_write_lock_killable: fatal_signal_pending, -EINTR',
    guard: (s, t) => isKilledWaiting(s, t),
    effect: (s, t) => {
      s.mm[s.thread[t].space].lock.waiting[t] = false
      if (opOf(s, t).do === 'fork') {
        s.mm[opOf(s, t).child].fork = 'failed'
        s.ghost.forkFailed[opOf(s, t).child] = true
      }
      finish(s, t)
    },
  },
  {
    name: 'callUnlock',
    at: 'call.unlock',
    source: 'mmap_write_unlock',
    effect: (s, t) => {
      dropWrite(s, mmOf(s, t))
      finish(s, t)
    },
  },
  {
    name: 'callUnlockRead',
    at: 'call.unlockRead',
    source: 'mmap_read_unlock',
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = false
      finish(s, t)
    },
  },
]

/** Turns a write lock into a read lock: writers stay out, readers get in (mmap_write_downgrade). */
export function downgrade(s: State, t: number): void {
  dropWrite(s, mmOf(s, t))
  s.mm[mmOf(s, t)].lock.readers[t] = true
}

/** Does a thread hold an address space's mmap_lock for reading? */
export const reads = (s: State, t: number, m: number) => m !== NONE && s.mm[m].lock.readers[t]

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof lockRoutine>, unknown> {}
}
