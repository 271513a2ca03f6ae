/**
 * Looking into a child from outside, as a debugger does (mm/memory.c: __access_remote_vm; ptrace,
 * /proc/pid/mem, process_vm_readv): a page that is not there is faulted in, under the child's
 * mmap_lock held for reading.
 */
import { takeFrame } from '../hardware/frames.js'
import { hasTable, installTable, isEmpty, isUnlocked, setPte, slotOf } from '../hardware/tables.js'
import { mayRead } from '../locks.js'
import { kernelOperation, page } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { CHILD, NONE, type State, ZEROS } from '../state.js'
import { finish, opOf } from '../threads.js'
import { vmaAt } from '../vmas.js'

/** Is there nothing in the child's page table for the page that is looked at? */
export const isMissing = (s: State, t: number) =>
  vmaAt(s, CHILD, opOf(s, t).page) !== NONE && isEmpty(s, CHILD, opOf(s, t).page)

export const peekRoutine = routine('peek', 'Reads a page of another process, as a debugger does.', {
  'peek.fault': ['ofSpace'],
  'peek.unlock': ['ofSpace'],
})

export const remote: readonly Step[] = [
  {
    name: 'peek',
    at: 'user',
    to: 'peek.fault',
    source: '__access_remote_vm: mmap_read_lock',
    guard: (s, t) =>
      opOf(s, t).do === 'peek' &&
      s.mm[CHILD].fork === 'done' &&
      s.mm[CHILD].users > 0 &&
      mayRead(s, CHILD),
    effect: (s, t) => {
      s.mm[CHILD].lock.readers[t] = true
      s.thread[t].space = CHILD
    },
  },
  {
    // Under the PTE lock: a fresh page, as for any first touch; or what is there is read.
    name: 'peekFaults',
    at: 'peek.fault',
    to: 'peek.unlock',
    source: 'get_user_pages_remote: faultin_page, do_anonymous_page',
    guard: (s, t) => isUnlocked(s, CHILD, opOf(s, t).page),
    effect: (s, t) => {
      const page = opOf(s, t).page
      if (isMissing(s, t)) {
        if (!hasTable(s, CHILD, page)) installTable(s, CHILD, slotOf(s, page))
        setPte(s, CHILD, page, takeFrame(s, page, ZEROS), false)
      }
    },
  },
  {
    name: 'peekUnlocks',
    at: 'peek.unlock',
    source: '__access_remote_vm: mmap_read_unlock',
    effect: (s, t) => {
      s.mm[CHILD].lock.readers[t] = false
      finish(s, t)
    },
  },
]

export const peekOperation = kernelOperation(
  'peek',
  'debugger',
  { page },
  {
    says: 'Reads a page of the child from outside.',
  },
)

declare module '../operation-names.js' {
  interface KernelOperations {
    peek: typeof peekOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof peekRoutine>, unknown> {}
}
