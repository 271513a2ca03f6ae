/**
 * The lock of the program's allocator, which every thread takes for a moment. It is a word in the
 * program's memory: a child gets it as it is at fork, held by a thread that the child may not have.
 * So fork of the C library takes it first, and both sides give it back (glibc, sysdeps/nptl/fork.c:
 * __malloc_fork_lock_parent, __malloc_fork_unlock_parent, __malloc_fork_unlock_child; jemalloc does
 * the same by pthread_atfork).
 *
 * Nothing of this is kernel code, and no page table is looked at: that the word is in the snapshot
 * like all memory is what the other properties are about. It is set at the instant of fork.
 */
import { operation } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, PARENT, type State } from '../state.js'
import { begins, finish, mmOf } from '../threads.js'

/** May fork be called: is the allocator's lock free for its handlers? */
export const mayPrepareFork = (s: State) => !s.uses.mutex || s.mm[PARENT].mutex === NONE

/** The handlers of fork take the allocator's lock. */
export function prepareFork(s: State, t: number): void {
  if (s.uses.mutex) s.mm[PARENT].mutex = t
}

/** The instant of fork: the child has the word as the parent has it now. */
export function copyMutex(s: State, child: number): void {
  s.mm[child].mutex = s.mm[PARENT].mutex
}

/** The child's first thread is a copy of the one that forks, and holds what that holds. */
export function inheritMutex(s: State, child: number, forker: number, first: number): void {
  if (s.uses.mutex && s.mm[child].mutex === forker) s.mm[child].mutex = first
}

export const mallocRoutine = routine('malloc', "Holds the lock of the program's allocator.", {
  'malloc.locked': ['unlocked'],
})

export const malloc: readonly Step[] = [
  {
    // One atomic operation on the word. Who finds it taken sleeps until it is free.
    name: 'malloc',
    at: 'user',
    to: 'malloc.locked',
    source: 'glibc malloc: __libc_lock_lock(arena->mutex)',
    guard: (s, t) => begins(s, t, 'malloc') && s.mm[mmOf(s, t)].mutex === NONE,
    effect: (s, t) => {
      s.mm[mmOf(s, t)].mutex = t
    },
  },
  {
    name: 'mallocUnlocks',
    at: 'malloc.locked',
    source: 'glibc malloc: __libc_lock_unlock(arena->mutex)',
    effect: (s, t) => {
      s.mm[mmOf(s, t)].mutex = NONE
      finish(s, t)
    },
  },
  {
    // Back from fork, on either side, before the next call of the program.
    name: 'forkHandlersUnlock',
    at: 'user',
    source: 'glibc fork: __malloc_fork_unlock_parent, __malloc_fork_unlock_child',
    guard: (s, t) => s.uses.mutex && mmOf(s, t) !== NONE && s.mm[mmOf(s, t)].mutex === t,
    effect: (s, t) => {
      s.mm[mmOf(s, t)].mutex = NONE
    },
  },
]

export const mallocOperation = operation(
  'malloc',
  ['parent', 'sibling', 'child'],
  {},
  {
    says: "Takes the lock of the program's allocator for a moment.",
    needs: ['mutex'],
  },
)

declare module '../operation-names.js' {
  interface ProcessOperations {
    malloc: typeof mallocOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof mallocRoutine>, unknown> {}
}
