/**
 * Handing pages to somebody else (mm/gup.c): pinned for a device that will write to them, first
 * without any lock (GUP-fast), else under mmap_lock held for reading; or referenced and put into a
 * pipe (vmsplice).
 */

import { expectPutIn } from '../ghosts.js'
import { putFrame } from '../hardware/frames.js'
import { isPresent, isUnlocked, isWritable, pteOf } from '../hardware/tables.js'
import { mayRead } from '../locks.js'
import { operation, page } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, PARENT, type State } from '../state.js'
import { begins, finish, mmOf, opOf } from '../threads.js'
import { isClosed, vmaAt } from '../vmas.js'

/** The page the thread's operation is about. */
export const targetPage = (s: State, t: number) => opOf(s, t).page

/** Does the PTE of the thread's page let a device write? GUP looks at no PMD above it. */
export function mayPin(s: State, t: number): boolean {
  const m = mmOf(s, t)
  const page = s.thread[t].page
  if (!isPresent(s, m, page)) return false
  return !pteOf(s, m, page).hinted && isWritable(s, m, page)
}

/** Takes or drops what a pin counts for. */
export function addPin(s: State, f: number): void {
  s.frame[f].refs++
  s.frame[f].pins++
}
export function dropPin(s: State, f: number): void {
  s.frame[f].pins--
  putFrame(s, f)
}

/** The device has the page from now on. One whose VMA is gone is being unmapped. */
export function giveToDevice(s: State, f: number, page: number): void {
  s.device.frame = f
  s.device.page = vmaAt(s, PARENT, page) === NONE ? NONE : page
}

export const pinRoutine = routine(
  'pin',
  'Pins a page for a device: without locks if it can (GUP-fast), else under mmap_lock.',
  {
    'pin.look': ['unlocked'],
    'pin.check': ['unlocked', 'pins'],
    'pin.lock': ['unlocked'],
    'pin.follow': [],
    'pin.pte': [],
  },
)

export const pin: readonly Step[] = [
  {
    // Reads write_protect_seq: odd means that fork is at work.
    name: 'pin',
    at: 'user',
    source: 'internal_get_user_pages_fast, lockless_pages_from_mm: raw_read_seqcount',
    guard: (s, t) => begins(s, t, 'pin') && s.device.frame === NONE,
    effect: (s, t) => {
      const me = s.thread[t]
      me.page = targetPage(s, t)
      me.raced = false
      me.pc = s.mm[mmOf(s, t)].protecting ? 'pin.lock' : 'pin.look'
    },
  },
  {
    // One page at a time is enough for the model.
    name: 'pinBusy',
    at: 'user',
    source: 'the program: a page is pinned already',
    guard: (s, t) => begins(s, t, 'pin') && s.device.frame !== NONE,
    effect: (s, t) => finish(s, t),
  },
  {
    // Without a lock: reads the PTE and takes a pin on the frame it names.
    name: 'pinTakes',
    at: 'pin.look',
    to: 'pin.check',
    source: 'gup_pte_range: pte_access_permitted, try_grab_folio',
    guard: (s, t) => mayPin(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      me.frame = pteOf(s, mmOf(s, t), me.page).frame
      s.frame[me.frame].pins++
      s.frame[me.frame].refs++
    },
  },
  {
    name: 'pinNotPermitted',
    at: 'pin.look',
    to: 'pin.lock',
    source: 'gup_pte_range: none, or not writable',
    guard: (s, t) => !mayPin(s, t),
  },
  {
    // The PTE is the same still and no fork has begun: the pin stands.
    name: 'pinStands',
    at: 'pin.check',
    source: 'gup_pte_range: pte_val same; lockless_pages_from_mm: read_seqcount_retry',
    guard: (s, t) => isStillPinnable(s, t) && !s.thread[t].raced,
    effect: (s, t) => {
      giveToDevice(s, s.thread[t].frame, s.thread[t].page)
      s.thread[t].frame = NONE
      finish(s, t)
    },
  },
  {
    name: 'pinUndone',
    at: 'pin.check',
    to: 'pin.lock',
    source: 'gup_put_folio; unpin_user_pages_lockless: try the slow way',
    guard: (s, t) => !isStillPinnable(s, t) || s.thread[t].raced,
    effect: (s, t) => {
      const me = s.thread[t]
      dropPin(s, me.frame)
      me.frame = NONE
      me.raced = false
    },
  },
  {
    name: 'pinLocks',
    at: 'pin.lock',
    to: 'pin.follow',
    source: '__gup_longterm_locked: mmap_read_lock',
    guard: (s, t) => mayRead(s, mmOf(s, t)),
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = true
    },
  },
  {
    // An unlocked read of the PMD.
    name: 'pinFollows',
    at: 'pin.follow',
    to: 'pin.pte',
    source: 'follow_pmd_mask',
  },
  {
    // Under the PTE lock.
    name: 'pinTakesLocked',
    at: 'pin.pte',
    to: 'call.unlockRead',
    source: 'follow_page_pte: can_follow_write_pte, try_grab_folio',
    guard: (s, t) => isUnlocked(s, mmOf(s, t), s.thread[t].page) && mayPin(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      const f = pteOf(s, mmOf(s, t), me.page).frame
      addPin(s, f)
      giveToDevice(s, f, me.page)
    },
  },
  {
    name: 'pinFaults',
    at: 'pin.pte',
    to: 'fault.walk',
    source: 'faultin_page: handle_mm_fault with FAULT_FLAG_WRITE',
    guard: (s, t) =>
      isUnlocked(s, mmOf(s, t), s.thread[t].page) && !mayPin(s, t) && mayBePinned(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      me.wants = true
      me.onward = 'pin.follow'
    },
  },
  {
    name: 'pinRefused',
    at: 'pin.pte',
    to: 'call.unlockRead',
    source: 'check_vma_flags: -EFAULT',
    guard: (s, t) => !mayBePinned(s, t),
  },
  {
    name: 'unpin',
    at: 'user',
    source: 'unpin_user_page',
    guard: (s, t) => begins(s, t, 'unpin'),
    effect: (s, t) => {
      if (s.device.frame !== NONE) dropPin(s, s.device.frame)
      s.device.frame = NONE
      s.device.page = NONE
      finish(s, t)
    },
  },
  {
    // Under mmap_lock for reading and the PTE lock: a reference, no mapping, and no pin. Memory
    // that may not be read is refused (check_vma_flags).
    name: 'splice',
    at: 'user',
    source: 'vmsplice_to_pipe: iov_iter_get_pages2',
    guard: (s, t) =>
      begins(s, t, 'splice') &&
      mayRead(s, mmOf(s, t)) &&
      isUnlocked(s, mmOf(s, t), targetPage(s, t)),
    effect: (s, t) => {
      const page = targetPage(s, t)
      const mayLook = isPresent(s, mmOf(s, t), page) && !isClosed(s, mmOf(s, t), page)
      if (mayLook && s.pipe.frame === NONE) {
        s.pipe.frame = pteOf(s, mmOf(s, t), page).frame
        s.frame[s.pipe.frame].refs++
        expectPutIn(s, mmOf(s, t), page, s.pipe.frame)
      }
      finish(s, t)
    },
  },
  {
    name: 'readPipe',
    at: 'user',
    source: 'pipe_read, put_page',
    guard: (s, t) => begins(s, t, 'readPipe'),
    effect: (s, t) => {
      if (s.pipe.frame !== NONE) putFrame(s, s.pipe.frame)
      s.pipe.frame = NONE
      s.ghost.pipe = 0
      s.ghost.pipeOf = PARENT
      finish(s, t)
    },
  },
]

/** Does the PTE still name the frame that was taken, with the same permission? */
export const isStillPinnable = (s: State, t: number) =>
  mayPin(s, t) && pteOf(s, mmOf(s, t), s.thread[t].page).frame === s.thread[t].frame

/** Is the thread's page in a VMA that may be written to? */
export function mayBePinned(s: State, t: number): boolean {
  const v = vmaAt(s, mmOf(s, t), s.thread[t].page)
  return v !== NONE && s.mm[mmOf(s, t)].vma[v].writable && mmOf(s, t) === PARENT
}

export const pinOperation = operation(
  'pin',
  ['parent', 'sibling'],
  { page },
  {
    says: 'Pins a page, so that a device may write to it.',
    needs: ['pins'],
    byOneThread: true,
  },
)

export const unpinOperation = operation(
  'unpin',
  ['parent', 'sibling'],
  {},
  {
    says: 'Takes the pinned page back from the device.',
    byOneThread: true,
  },
)

export const spliceOperation = operation(
  'splice',
  ['parent', 'sibling', 'child'],
  { page },
  {
    says: 'Puts a page into a pipe without a copy (vmsplice).',
    needs: ['pipe'],
  },
)

export const readPipeOperation = operation(
  'readPipe',
  ['parent', 'sibling', 'child'],
  {},
  {
    says: 'Takes the page out of the pipe.',
  },
)

declare module '../operation-names.js' {
  interface ProcessOperations {
    pin: typeof pinOperation
    unpin: typeof unpinOperation
    splice: typeof spliceOperation
    readPipe: typeof readPipeOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof pinRoutine>, unknown> {}
}
