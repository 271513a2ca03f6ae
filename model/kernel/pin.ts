/**
 * Handing pages to somebody else (mm/gup.c): pinned for a device that will write to them or only
 * read them (FOLL_PIN | FOLL_LONGTERM, with or without FOLL_WRITE), first without any lock
 * (GUP-fast), else under mmap_lock held for reading; or referenced and put into a pipe (vmsplice).
 *
 * A device that only reads is to find what the process writes later. Since 5.19 such a pin is taken
 * on an exclusive page alone, and the slow way gives the process one (FAULT_FLAG_UNSHARE). Before,
 * a shared page is pinned as it is, and the next write of the process goes to a copy.
 *
 * The zero page is not modelled (fault.ts): from 5.19 to 6.1 a pin of it was not unshared.
 */

import { expectPutIn } from '../ghosts.js'
import { putFrame } from '../hardware/frames.js'
import { isPresent, isUnlocked, isWritable, pteOf } from '../hardware/tables.js'
import { mayRead } from '../locks.js'
import { flag, operation, page } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, PARENT, type State } from '../state.js'
import { begins, finish, mmOf, opOf } from '../threads.js'
import { isClosed, vmaAt } from '../vmas.js'

/** The page the thread's operation is about. */
export const targetPage = (s: State, t: number) => opOf(s, t).page

/** Does the PTE of the thread's page let a device do what it will? GUP looks at no PMD above it. */
export function mayPin(s: State, t: number): boolean {
  const m = mmOf(s, t)
  const page = s.thread[t].page
  if (!isPresent(s, m, page) || pteOf(s, m, page).hinted) return false
  return !opOf(s, t).writable || isWritable(s, m, page)
}

/** Is the thread's page, which is there, one that a reading device may not have as it is? */
export function mustUnshare(s: State, t: number): boolean {
  const m = mmOf(s, t)
  const page = s.thread[t].page
  if (opOf(s, t).writable || s.options.reuse !== 'exclusive' || isWritable(s, m, page)) return false
  return !s.frame[pteOf(s, m, page).frame].exclusive
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
export function giveToDevice(s: State, t: number, f: number, page: number): void {
  s.device.frame = f
  s.device.readOnly = !opOf(s, t).writable
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
    // Without a lock: reads the PTE and takes a pin on the frame it names. Whether the page is
    // exclusive is asked afterwards.
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
    source: 'gup_pte_range: none, or pte_access_permitted is false',
    guard: (s, t) => !mayPin(s, t),
  },
  {
    // The PTE is the same still, the page need not be unshared, and no fork has begun: the pin
    // stands. If the page has been exclusive since, that is read after the PTE (smp_rmb).
    name: 'pinStands',
    at: 'pin.check',
    source:
      'gup_pte_range: pte_val same, gup_must_unshare; lockless_pages_from_mm: read_seqcount_retry',
    guard: (s, t) => isStillPinnable(s, t) && !s.thread[t].raced,
    effect: (s, t) => {
      giveToDevice(s, t, s.thread[t].frame, s.thread[t].page)
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
    source: 'follow_page_pte: can_follow_write_pte, gup_must_unshare, try_grab_folio',
    guard: (s, t) =>
      isUnlocked(s, mmOf(s, t), s.thread[t].page) && mayPin(s, t) && !mustUnshare(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      const f = pteOf(s, mmOf(s, t), me.page).frame
      addPin(s, f)
      giveToDevice(s, t, f, me.page)
    },
  },
  {
    name: 'pinFaults',
    at: 'pin.pte',
    to: 'fault.walk',
    source: 'faultin_page: handle_mm_fault, with FAULT_FLAG_WRITE if FOLL_WRITE',
    guard: (s, t) =>
      isUnlocked(s, mmOf(s, t), s.thread[t].page) && !mayPin(s, t) && mayBePinned(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      me.wants = opOf(s, t).writable
      me.unshares = false
      me.onward = 'pin.follow'
    },
  },
  {
    // Under the PTE lock: a page that may be shared, for a device that reads.
    name: 'pinUnshares',
    at: 'pin.pte',
    to: 'fault.walk',
    source: 'follow_page_pte: -EMLINK; faultin_page: handle_mm_fault with FAULT_FLAG_UNSHARE',
    guard: (s, t) =>
      isUnlocked(s, mmOf(s, t), s.thread[t].page) &&
      mayPin(s, t) &&
      mustUnshare(s, t) &&
      mayBePinned(s, t),
    effect: (s, t) => {
      s.thread[t].unshares = true
      s.thread[t].onward = 'pin.follow'
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
      s.device.readOnly = false
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

/** Does the PTE still name the frame that was taken, and may a device have that as it is? */
export const isStillPinnable = (s: State, t: number) =>
  mayPin(s, t) &&
  pteOf(s, mmOf(s, t), s.thread[t].page).frame === s.thread[t].frame &&
  !mustUnshare(s, t)

/** Is the thread's page in a VMA that allows what the device will do (check_vma_flags)? */
export function mayBePinned(s: State, t: number): boolean {
  const v = vmaAt(s, mmOf(s, t), s.thread[t].page)
  if (v === NONE || mmOf(s, t) !== PARENT) return false
  const vma = s.mm[PARENT].vma[v]
  return opOf(s, t).writable ? vma.writable : !vma.closed
}

export const pinOperation = operation(
  'pin',
  ['parent', 'sibling'],
  { page, write: flag(true) },
  {
    says: 'Pins a page, so that a device may write to it, or only read it (`write: false`).',
    needs: ({ write }) => (write ? ['pins'] : ['pins', 'readPins']),
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
