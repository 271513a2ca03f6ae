/**
 * fork, as far as all systems share it (kernel/fork.c: copy_process, dup_mmap): VMA by VMA, under
 * the parent's mmap_lock held for writing from the moment it is taken to forkUnlock. What happens
 * at `fork.slot` to a table that is there is each system's own business; fork-tables.ts copies one
 * the ordinary way for whoever needs that, fork-ends.ts is how fork ends.
 *
 * The child's mmap_lock, which fork holds too, is left out: nobody can reach the child yet.
 */
import { firstPageOf, slotOf } from '../hardware/tables.js'
import { flushAll } from '../hardware/tlb.js'
import { hasNoFaults, mayChangeRmap, queueToWrite, startChanging } from '../locks.js'
import { operation } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, PARENT, type State } from '../state.js'
import { begins, fail, opOf } from '../threads.js'
import { copyVmaFlags, nextVma } from '../vmas.js'
import { mayPrepareFork, prepareFork } from './malloc.js'

/** The address space that the thread's fork makes. */
export const childOf = (s: State, t: number) => opOf(s, t).child

/** fork gives up: its own part has failed, or a fatal signal is pending. */
export function abandonFork(s: State, t: number): void {
  if (!s.uses.sharing || s.thread[t].pc !== 'fork.dup') endProtecting(s)
  s.ghost.forkFailed[childOf(s, t)] = true
  s.thread[t].pc = 'fork.failed'
}

/** Counts a failed allocation as the snapshot's failure in phase 1. */
export function failFork(s: State, t: number): void {
  fail(s)
  abandonFork(s, t)
}

/** Goes on behind the VMA the thread is at. */
export function leaveVma(s: State, t: number): void {
  const me = s.thread[t]
  me.page = s.mm[PARENT].vma[me.vma].end
  me.slot = 0
  me.pc = 'fork.vma'
}

/** Has fork been through all slots of the VMA the thread is at? */
export const pastVma = (s: State, t: number) =>
  s.thread[t].slot * s.geometry.pagesPerTable >= s.mm[PARENT].vma[s.thread[t].vma].end

/** Is there a table at the slot of the VMA that the thread is at? */
export const isAtTable = (s: State, t: number) =>
  !pastVma(s, t) && s.mm[PARENT].pmd[s.thread[t].slot].table !== NONE

/** Begins to copy a table the ordinary way. */
export function enterTable(s: State, t: number): void {
  s.thread[t].page = firstPageOf(s, s.thread[t].slot)
  s.thread[t].pc = 'fork.table'
}

export const forkRoutine = routine(
  'fork',
  "Makes a child: VMA by VMA. What becomes of a table is the system's own business.",
  {
    'fork.vma': ['writes', 'forks', 'flushesAll'],
    'fork.dup': ['writes', 'forks', 'flushesAll'],
    'fork.slot': ['writes', 'forks', 'flushesAll'],
    'fork.table': ['writes', 'forks', 'flushesAll'],
    'fork.lock': ['writes', 'forks', 'flushesAll', 'spinsChild'],
    'fork.pte': ['writes', 'forks', 'flushesAll', 'spinsChild', 'spinsParent'],
    'fork.share': ['writes', 'forks', 'flushesAll', 'spinsChild', 'spinsParent'],
    'fork.flushed': ['writes', 'forks'],
    'fork.unlock': ['writes', 'forks'],
    'fork.wake': ['unlocked', 'forks'],
    'fork.failed': ['writes', 'forks', 'flushesAll'],
    'fork.undo': ['writes', 'forks'],
    'fork.late': ['unlocked', 'forks', 'failsLate'],
    'fork.destroy': ['unlocked', 'forks'],
  },
)

export const fork: readonly Step[] = [
  {
    name: 'fork',
    at: 'user',
    source: 'dup_mmap: mmap_write_lock_killable',
    guard: (s, t) => begins(s, t, 'fork') && mayPrepareFork(s),
    effect: (s, t) => {
      prepareFork(s, t)
      s.thread[t].page = 0
      queueToWrite(s, t, PARENT, 'fork.vma')
    },
  },
  {
    // The next VMA: waits until nobody is in a fault on its own lock, and keeps such faults out.
    // One that is marked not to be copied is passed over.
    name: 'forkLockVma',
    at: 'fork.vma',
    source: 'dup_mmap: vma_start_write, VM_DONTCOPY',
    guard: (s, t) =>
      nextVma(s, PARENT, s.thread[t].page) !== NONE &&
      hasNoFaults(s, PARENT, nextVma(s, PARENT, s.thread[t].page)),
    effect: (s, t) => {
      const me = s.thread[t]
      const v = nextVma(s, PARENT, me.page)
      startChanging(s, PARENT, v)
      if (s.mm[PARENT].vma[v].leftOut) me.page = s.mm[PARENT].vma[v].end
      else me.pc = 'fork.dup'
    },
  },
  {
    name: 'forkNoticesKill',
    at: 'fork.dup',
    source: 'dup_mmap: fatal_signal_pending, -EINTR',
    guard: (s) => s.mm[PARENT].killed,
    effect: (s, t) => abandonFork(s, t),
  },
  {
    // The VMA copied to the child, unlocked and unbound; only walks of the reverse map can reach
    // the child from now on, and earlier walks have ended. From
    // here to the end of its tables write_protect_seq is odd, so that GUP-fast keeps away.
    name: 'forkVma',
    at: 'fork.dup',
    source: 'dup_mmap: vm_area_dup, anon_vma_fork, mas_store, copy_page_range',
    allocates: ['fork'],
    guard: (s) => !s.mm[PARENT].killed && mayChangeRmap(s),
    effect: (s, t) => {
      const me = s.thread[t]
      me.vma = nextVma(s, PARENT, me.page)
      const from = s.mm[PARENT].vma[me.vma]
      const to = s.mm[childOf(s, t)].vma[me.vma]
      to.start = from.start
      to.end = from.end
      copyVmaFlags(s, PARENT, me.vma, childOf(s, t), me.vma)
      to.locked = false
      if (from.wiped) leaveVma(s, t)
      else {
        beginProtecting(s)
        me.slot = slotOf(s, from.start)
        me.pc = 'fork.slot'
      }
    },
  },
  {
    name: 'forkVmaFails',
    at: 'fork.dup',
    source:
      'dup_mmap: vm_area_dup, or security_vm_enough_memory_mm (overcommit): fail_nomem, -ENOMEM',
    guard: (s) => !s.mm[PARENT].killed && s.mayFail.fork && s.failuresLeft > 0,
    effect: (s, t) => failFork(s, t),
  },
  {
    // A PUD or PMD page of the child; in the model each slot may be the first under a new one.
    name: 'forkUpperTableFails',
    at: 'fork.slot',
    source: 'copy_pud_range, copy_pmd_range: pmd_alloc, -ENOMEM',
    guard: (s, t) => !pastVma(s, t) && s.mayFail.fork && s.failuresLeft > 0,
    effect: (s, t) => failFork(s, t),
  },
  {
    name: 'forkSkipTable',
    at: 'fork.slot',
    source: 'copy_pmd_range: pmd_none_or_clear_bad',
    guard: (s, t) => !pastVma(s, t) && !isAtTable(s, t),
    effect: (s, t) => {
      s.thread[t].slot++
    },
  },
  {
    name: 'forkVmaDone',
    at: 'fork.slot',
    source: 'copy_page_range: raw_write_seqcount_end; dup_mmap: next VMA',
    guard: (s, t) => pastVma(s, t),
    effect: (s, t) => {
      endProtecting(s)
      leaveVma(s, t)
    },
  },
  {
    // The last VMA is done: every CPU is asked to drop what it caches.
    name: 'forkFlush',
    at: 'fork.vma',
    source: 'dup_mmap: flush_tlb_mm(oldmm)',
    guard: (s, t) => nextVma(s, PARENT, s.thread[t].page) === NONE,
    effect: (s, t) => flushAll(s, t, PARENT, 'fork.flushed'),
  },
]

/**
 * Outside fork, where several threads write-protect at once: the first one makes the sequence odd,
 * the last one makes it even again.
 */
export function joinProtecting(s: State, t: number): void {
  if (!s.uses.pins) return
  if (!s.mm[PARENT].protecting) beginProtecting(s)
  s.thread[t].protects = true
}
export function leaveProtecting(s: State, t: number): void {
  s.thread[t].protects = false
  for (const thread of s.thread) if (thread.protects) return
  s.mm[PARENT].protecting = false
}

/**
 * write_protect_seq becomes odd, and at the end even again: who looked before will notice. Both add
 * one. Where shared tables are broken, that is done there too, without a lock that would keep two
 * apart, and a break that fails adds no second one: then the beginning makes it even.
 */
export function beginProtecting(s: State): void {
  if (!s.uses.pins) return
  s.mm[PARENT].protecting = !s.uses.sharing || !s.mm[PARENT].protecting
  noteRaced(s)
}
export function endProtecting(s: State): void {
  if (!s.uses.pins) return
  s.mm[PARENT].protecting = s.uses.sharing && !s.mm[PARENT].protecting
  // Else nobody can have begun since: the sequence was odd.
  if (s.uses.sharing) noteRaced(s)
}

/** Who is in GUP-fast will find that the sequence has changed. */
export function noteRaced(s: State): void {
  for (const thread of s.thread)
    thread.raced = thread.pc === 'pin.look' || thread.pc === 'pin.check'
}

export const forkOperation = operation(
  'fork',
  ['parent', 'sibling'],
  {},
  {
    says: 'Makes a child with a snapshot of the memory.',
  },
)

declare module '../operation-names.js' {
  interface ProcessOperations {
    fork: typeof forkOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof forkRoutine>, unknown> {}
}
