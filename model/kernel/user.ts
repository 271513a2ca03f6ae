/**
 * User mode: what a thread's CPU does by itself. An access goes through the TLB; a miss walks the
 * page tables; what they do not permit is a fault (Intel SDM vol. 3A, 4.6, 4.10).
 */
import { expectStore } from '../ghosts.js'
import { permits, pteOf, putMm } from '../memory.js'
import type { OutsideStep, Step } from '../rule.js'
import { ANY, CHILD, NONE, type State } from '../state.js'
import { finish, isChild, mmOf, opOf, rest } from '../threads.js'

/** Is the thread about to read or write? */
export const isAccess = (s: State, t: number) =>
  opOf(s, t).do === 'read' || opOf(s, t).do === 'write'

/** Is the thread about to read or write this page? */
export const accesses = (s: State, t: number, page: number) =>
  isAccess(s, t) &&
  (opOf(s, t).page === page || (opOf(s, t).page === ANY && s.thread[t].page === page))

/** Does the CPU's TLB let the thread's access through? */
export const tlbPermits = (s: State, t: number, page: number) =>
  s.cpu[t].tlb[page].frame !== NONE && (opOf(s, t).do === 'read' || s.cpu[t].tlb[page].writable)

/** Is a thread about to make this system call? A child with SIGKILL pending makes none. */
export const calls = (s: State, t: number, name: string) =>
  opOf(s, t).do === name && !(isChild(s, t) && s.killed)

export const user: readonly Step[] = [
  {
    // The program's choice, before the access: nothing shared is touched.
    name: 'pick',
    for: ['thread', 'page'],
    at: 'user',
    source: 'the program: an access to any page',
    guard: (s, t) =>
      isAccess(s, t) && opOf(s, t).page === ANY && s.thread[t].page === s.geometry.pages,
    effect: (s, t, page) => {
      s.thread[t].page = page
    },
  },
  {
    // One load through a cached translation; the machine does not change.
    name: 'read',
    for: ['thread', 'page'],
    at: 'user',
    source: 'hardware: load through the TLB',
    guard: (s, t, page) =>
      accesses(s, t, page) && opOf(s, t).do === 'read' && tlbPermits(s, t, page),
    effect: (s, t) => finish(s, t),
  },
  {
    // One store through a cached translation, whatever the page tables say by now.
    name: 'write',
    for: ['thread', 'page'],
    at: 'user',
    source: 'hardware: store through the TLB',
    guard: (s, t, page) =>
      accesses(s, t, page) && opOf(s, t).do === 'write' && tlbPermits(s, t, page),
    effect: (s, t, page) => {
      const entry = s.cpu[t].tlb[page]
      s.frame[entry.frame].value = opOf(s, t).value
      expectStore(s, t, page, entry.frame, opOf(s, t).value)
      finish(s, t)
    },
  },
  {
    // The hardware walk reads the tables and fills the TLB; the access itself comes later, and the
    // tables may change in between. The entry caches the permission of all levels together.
    name: 'walk',
    for: ['thread', 'page'],
    at: 'user',
    source: 'hardware: page walk, TLB fill',
    guard: (s, t, page) =>
      accesses(s, t, page) &&
      s.cpu[t].tlb[page].frame === NONE &&
      permits(s, mmOf(s, t), page, opOf(s, t).do === 'write'),
    effect: (s, t, page) => {
      const entry = s.cpu[t].tlb[page]
      entry.frame = pteOf(s, mmOf(s, t), page).frame
      entry.writable = permits(s, mmOf(s, t), page, true)
    },
  },
  {
    // The CPU raises #PF and drops its own entry for the page; a store that finds a cached
    // read-only entry faults without a new walk, so the fault may be spurious.
    name: 'fault',
    for: ['thread', 'page'],
    at: 'user',
    source: 'hardware: page fault',
    guard: (s, t, page) =>
      accesses(s, t, page) &&
      !tlbPermits(s, t, page) &&
      (s.cpu[t].tlb[page].frame !== NONE ||
        !permits(s, mmOf(s, t), page, opOf(s, t).do === 'write')),
    effect: (s, t, page) => {
      const entry = s.cpu[t].tlb[page]
      entry.frame = NONE
      entry.writable = false
      s.thread[t].page = page
      s.thread[t].pc = 'fault'
    },
  },
  {
    // The thread leaves its address space; the last one to leave frees it, unseen by anybody.
    name: 'exit',
    for: ['thread'],
    at: 'user',
    source: 'do_exit, exit_mm, mmput',
    guard: (s, t) => calls(s, t, 'exit'),
    effect: (s, t) => leave(s, t),
  },
]

/** Out of the address space and off the CPU, for good. */
export function leave(s: State, t: number): void {
  for (const entry of s.cpu[t].tlb) {
    entry.frame = NONE
    entry.writable = false
  }
  rest(s, t)
  s.thread[t].page = s.geometry.pages
  s.thread[t].pc = 'gone'
  putMm(s, mmOf(s, t))
}

export const death: readonly (Step | OutsideStep)[] = [
  {
    // Somebody outside sends SIGKILL to the child: one bit in its pending signals.
    name: 'killer.killChild',
    source: 'send_sig(SIGKILL)',
    guard: (s) => s.mayKill && !s.killed && s.mm[CHILD].users > 0 && s.fork.result === 'done',
    effect: (s) => {
      s.killed = true
    },
  },
  {
    // A pending SIGKILL is acted upon before the next user instruction.
    name: 'dies',
    for: ['thread'],
    at: 'user',
    source: 'exit_to_user_mode_loop, get_signal, do_group_exit',
    guard: (s, t) => isChild(s, t) && s.killed,
    effect: (s, t) => leave(s, t),
  },
]
