/**
 * GUP in COW PTE (mm/gup.c): a table of which a page has been handed out is marked exclusive until
 * it is freed, so that it is never shared. GUP-fast looks at the PTE alone, and marks the table
 * that the PMD entry names afterwards (gup_pmd_range): also one that is shared already, which is
 * then never broken. These are the kernel's rules (kernel/pin.ts) with that mark.
 */
import { isPresent, isUnlocked, pmdOf, pteOf } from '../../hardware/tables.js'
import {
  addPin,
  dropPin,
  giveToDevice,
  isStillPinnable,
  mayPin,
  mustUnshare,
  targetPage,
} from '../../kernel/pin.js'
import { mayRead } from '../../locks.js'
import type { Step } from '../../rule.js'
import { NONE, type State } from '../../state.js'
import { begins, finish, mmOf } from '../../threads.js'

/** Marks the table of a page exclusive (pmd_cow_pte_mkexclusive). */
export function markExclusive(s: State, m: number, page: number): void {
  const { table } = pmdOf(s, m, page)
  if (table !== NONE) s.table[table].exclusive = true
}

/** Puts the page of the thread's operation into the pipe, if that is empty. */
export function spliceTarget(s: State, t: number): void {
  const page = targetPage(s, t)
  if (!isPresent(s, mmOf(s, t), page) || s.pipe.frame !== NONE) return
  s.pipe.frame = pteOf(s, mmOf(s, t), page).frame
  s.frame[s.pipe.frame].refs++
  s.ghost.pipe = s.ghost.memory[mmOf(s, t)][page]
  s.ghost.pipeOf = mmOf(s, t)
}

export const gup: readonly Step[] = [
  {
    name: 'pinStands',
    at: 'pin.check',
    source: 'gup_pmd_range in COW PTE: gup_pte_range, pmd_cow_pte_mkexclusive (gup.c:2815)',
    guard: (s, t) => isStillPinnable(s, t) && !s.thread[t].raced,
    effect: (s, t) => {
      markExclusive(s, mmOf(s, t), s.thread[t].page)
      giveToDevice(s, t, s.thread[t].frame, s.thread[t].page)
      s.thread[t].frame = NONE
      finish(s, t)
    },
  },
  {
    // Undone because of a fork, after the table has been marked.
    name: 'pinUndone',
    at: 'pin.check',
    to: 'pin.lock',
    source: 'gup_pmd_range in COW PTE; unpin_user_pages_lockless: try the slow way',
    guard: (s, t) => !isStillPinnable(s, t) || s.thread[t].raced,
    effect: (s, t) => {
      const me = s.thread[t]
      if (isStillPinnable(s, t)) markExclusive(s, mmOf(s, t), me.page)
      dropPin(s, me.frame)
      me.frame = NONE
      me.raced = false
    },
  },
  {
    // Under the PTE lock.
    name: 'pinTakesLocked',
    at: 'pin.pte',
    to: 'call.unlockRead',
    source: 'follow_page_pte in COW PTE: try_grab_page, pmd_cow_pte_mkexclusive (gup.c:655)',
    guard: (s, t) =>
      isUnlocked(s, mmOf(s, t), s.thread[t].page) && mayPin(s, t) && !mustUnshare(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      const f = pteOf(s, mmOf(s, t), me.page).frame
      markExclusive(s, mmOf(s, t), me.page)
      addPin(s, f)
      giveToDevice(s, t, f, me.page)
    },
  },
  {
    // Without a lock: a reference, no mapping, and no pin.
    name: 'splice',
    at: 'user',
    source: 'vmsplice_to_pipe: gup_pmd_range in COW PTE, pmd_cow_pte_mkexclusive',
    guard: (s, t) =>
      begins(s, t, 'splice') &&
      mayRead(s, mmOf(s, t)) &&
      isUnlocked(s, mmOf(s, t), targetPage(s, t)),
    effect: (s, t) => {
      if (isPresent(s, mmOf(s, t), targetPage(s, t))) markExclusive(s, mmOf(s, t), targetPage(s, t))
      spliceTarget(s, t)
      finish(s, t)
    },
  },
]
