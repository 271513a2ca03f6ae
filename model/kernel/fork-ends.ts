/** How fork ends: with a child, or with an error and nothing left of the attempt. */
import { expectSnapshot, expectVmas } from '../ghosts.js'
import { tearDown } from '../hardware/frames.js'
import { flushAll } from '../hardware/tlb.js'
import { dropWrite } from '../locks.js'
import type { Step } from '../rule.js'
import { PARENT, type Place, type State } from '../state.js'
import { fail, finish, rest } from '../threads.js'
import { childOf } from './fork.js'
import { copyMutex, inheritMutex } from './malloc.js'

/** Is a thread the first one of an address space? */
export const isFirstOf = (s: State, t: number, m: number) =>
  s.actor[t].mm === m && s.actor[t].rank === 0

/** The child can be scheduled, and begins at a place; fork returns its number to the parent. */
export function wakeChild(s: State, t: number, start: Place): void {
  s.mm[childOf(s, t)].fork = 'done'
  s.mm[childOf(s, t)].users = 1
  expectVmas(s, childOf(s, t))
  for (let c = 0; c < s.geometry.threads; c++)
    if (isFirstOf(s, c, childOf(s, t))) {
      s.thread[c].pc = start
      inheritMutex(s, childOf(s, t), t, c)
    }
  finish(s, t)
}

/** Something after the address space fails: namespaces, the process number, a cgroup's limit. */
export function failLate(s: State, t: number): void {
  fail(s)
  s.ghost.forkFailed[childOf(s, t)] = true
  s.ghost.forked[childOf(s, t)] = false
}

export const forkEnds: readonly Step[] = [
  {
    // Every CPU has answered: no CPU can write, without a fault, to what the child shares. This is
    // the instant the snapshot shows.
    name: 'forkFlushed',
    at: 'fork.flushed',
    to: 'fork.unlock',
    source: 'dup_mmap: flush_tlb_mm(oldmm) returns',
    effect: (s, t) => {
      expectSnapshot(s, childOf(s, t))
      copyMutex(s, childOf(s, t))
    },
  },
  {
    name: 'forkUnlock',
    at: 'fork.unlock',
    to: 'fork.wake',
    source: 'dup_mmap: mmap_write_unlock(oldmm)',
    effect: (s) => dropWrite(s, PARENT),
  },
  {
    name: 'forkReturn',
    at: 'fork.wake',
    source: 'kernel_clone: wake_up_new_task',
    allocates: ['forkLate'],
    effect: (s, t) => wakeChild(s, t, s.childStart),
  },
  {
    name: 'forkFailsLate',
    at: 'fork.wake',
    to: 'fork.late',
    source: 'copy_process: bad_fork_cleanup_mm',
    guard: (s) => s.mayFail.forkLate && s.failuresLeft > 0,
    effect: (s, t) => {
      failLate(s, t)
    },
  },
  {
    name: 'forkCleansUp',
    at: 'fork.late',
    to: 'fork.destroy',
    source: 'copy_process: bad_fork_cleanup_mm: mmput',
  },
  {
    // PTEs that have been write-protected stay so: the next write fault undoes it.
    name: 'forkFailFlush',
    at: 'fork.failed',
    source: 'dup_mmap: out: flush_tlb_mm(oldmm)',
    effect: (s, t) => {
      rest(s, t)
      s.thread[t].page = 0
      flushAll(s, t, PARENT, 'fork.undo')
    },
  },
  {
    name: 'forkFailUnlock',
    at: 'fork.undo',
    to: 'fork.destroy',
    source: 'dup_mmap: out: mmap_write_unlock(oldmm)',
    effect: (s) => dropWrite(s, PARENT),
  },
  {
    // What there is of the child is freed; nobody has ever been able to reach it.
    name: 'forkFailReturn',
    at: 'fork.destroy',
    source: 'dup_mm: fail_nomem, mmput: exit_mmap; fork returns -ENOMEM',
    effect: (s, t) => {
      tearDown(s, childOf(s, t))
      s.mm[childOf(s, t)].fork = 'failed'
      finish(s, t)
    },
  },
]
