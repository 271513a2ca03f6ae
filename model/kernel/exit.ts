/**
 * How processes end: exit, exec, SIGKILL from outside (kernel/exit.c, fs/exec.c, kernel/signal.c).
 */
import { mayPutMm, putMm } from '../hardware/frames.js'
import { dropRange } from '../hardware/tlb.js'
import { mayRead } from '../locks.js'
import { operation } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { OutsideStep, Step } from '../rule.js'
import { NONE, PARENT, type State } from '../state.js'
import { begins, finish, isChild, mmOf, rest } from '../threads.js'

/** Out of the address space and off the CPU, for good. */
export function leave(s: State, t: number): void {
  dropRange(s, t, 0, s.geometry.pages)
  rest(s, t)
  s.thread[t].page = s.geometry.pages
  s.thread[t].pc = 'gone'
  putMm(s, mmOf(s, t))
}

/** Has the address space other threads than this one? */
export function hasSiblings(s: State, t: number): boolean {
  for (let u = 0; u < s.geometry.threads; u++)
    if (u !== t && mmOf(s, u) === mmOf(s, t) && s.thread[u].pc !== 'gone') return true
  return false
}

/** Is some child's thread there, alive in user mode or in the kernel? */
export function hasChildren(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    if (isChild(s, t) && s.thread[t].pc !== 'gone' && s.thread[t].pc !== 'unborn') return true
  return false
}

export const execRoutine = routine('exec', 'Leaves the address space for a new program.', {
  'exec.unlock': [],
  'exec.leave': ['unlocked'],
})

export const exit: readonly (Step | OutsideStep)[] = [
  {
    // The process ends: its other threads get SIGKILL. The last one to leave frees the address
    // space, unless somebody else still keeps it.
    name: 'exit',
    at: 'user',
    source: 'do_group_exit, zap_other_threads, exit_mm: mmput',
    guard: (s, t) => begins(s, t, 'exit') && mayPutMm(s, mmOf(s, t)),
    effect: (s, t) => {
      if (hasSiblings(s, t)) s.mm[mmOf(s, t)].killed = true
      leave(s, t)
    },
  },
  {
    // A new program: the old address space is read-locked once, so that no core dump is missed.
    name: 'exec',
    at: 'user',
    to: 'exec.unlock',
    source: 'exec_mmap: mmap_read_lock_killable(old_mm)',
    guard: (s, t) => begins(s, t, 'exec') && mayRead(s, mmOf(s, t)),
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = true
    },
  },
  {
    name: 'execUnlocks',
    at: 'exec.unlock',
    to: 'exec.leave',
    source: 'exec_mmap: mmap_read_unlock(old_mm)',
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = false
    },
  },
  {
    // The process goes on in an address space of its own that is of no interest here.
    name: 'execLeaves',
    at: 'exec.leave',
    source: 'exec_mmap: mmput(old_mm)',
    guard: (s, t) => mayPutMm(s, mmOf(s, t)),
    effect: (s, t) => leave(s, t),
  },
  {
    // No child is left, or none ever was; how each one ended is told.
    name: 'wait',
    at: 'user',
    source: 'do_wait: wait_task_zombie, until -ECHILD',
    guard: (s, t) => begins(s, t, 'wait') && !hasChildren(s),
    effect: (s, t) => finish(s, t),
  },
  {
    // Somebody outside sends SIGKILL: one bit in the pending signals.
    name: 'killer.kill',
    for: ['space'],
    source: 'send_sig(SIGKILL)',
    guard: (s, m) =>
      s.mayKill[m] &&
      !s.mm[m].killed &&
      s.mm[m].users > 0 &&
      (m === PARENT || s.mm[m].fork === 'done'),
    effect: (s, m) => {
      s.mm[m].killed = true
    },
  },
  {
    // A pending SIGKILL is acted upon before the next user instruction.
    name: 'dies',
    at: 'user',
    source: 'exit_to_user_mode_loop, get_signal, do_group_exit',
    guard: (s, t) => mmOf(s, t) !== NONE && s.mm[mmOf(s, t)].killed && mayPutMm(s, mmOf(s, t)),
    effect: (s, t) => leave(s, t),
  },
]

export const exitOperation = operation(
  'exit',
  ['parent', 'sibling', 'child'],
  {},
  {
    says: 'Ends the process: all its threads.',
    ends: true,
  },
)

export const execOperation = operation(
  'exec',
  ['parent', 'child'],
  {},
  {
    says: 'Leaves the address space for a new program.',
    ends: true,
  },
)

export const waitOperation = operation(
  'wait',
  ['parent', 'sibling'],
  {},
  {
    says: 'Waits until no child is left, and learns how each one ended.',
  },
)

declare module '../operation-names.js' {
  interface ProcessOperations {
    exit: typeof exitOperation
    exec: typeof execOperation
    wait: typeof waitOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof execRoutine>, unknown> {}
}
