/**
 * mlock brings its pages in (mm/gup.c: __mm_populate, populate_vma_page_range): page by page, as a
 * store where the VMA is writable, so that copy-on-write is broken at once. mmap_lock is held for
 * reading, one page at a time.
 */
import { isPresent, isWritable } from '../hardware/tables.js'
import { dropWrite, mayRead } from '../locks.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { finish, mmOf } from '../threads.js'
import { isClosed, vmaAt } from '../vmas.js'

/** Is the thread's page mapped as the VMA allows, or outside every VMA? */
export function isPopulated(s: State, t: number): boolean {
  const m = mmOf(s, t)
  const page = s.thread[t].page
  const v = vmaAt(s, m, page)
  if (v === NONE) return true
  if (!isPresent(s, m, page)) return false
  return !s.mm[m].vma[v].writable || isWritable(s, m, page)
}

export const populateRoutine = routine('populate', 'Faults in the pages of a range.', {
  'populate.begin': ['writes'],
  populate: ['unlocked'],
  'populate.follow': [],
})

export const populate: readonly Step[] = [
  {
    name: 'populateBegins',
    at: 'populate.begin',
    to: 'populate',
    source: 'do_mlock: mmap_write_unlock, __mm_populate',
    effect: (s, t) => {
      dropWrite(s, mmOf(s, t))
      s.thread[t].page = s.thread[t].from
    },
  },
  {
    name: 'populateLocks',
    at: 'populate',
    to: 'populate.follow',
    source: '__mm_populate: mmap_read_lock',
    guard: (s, t) => s.thread[t].page < s.thread[t].to && mayRead(s, mmOf(s, t)),
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = true
    },
  },
  {
    // Under the PTE lock: there already.
    name: 'populateFinds',
    at: 'populate.follow',
    to: 'populate',
    source: 'faultin_page not needed: follow_page_pte finds it; mmap_read_unlock',
    guard: (s, t) => isPopulated(s, t) && !isClosed(s, mmOf(s, t), s.thread[t].page),
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = false
      s.thread[t].page++
    },
  },
  {
    // Nothing may be faulted in there; mlock fails, what it has locked stays locked.
    name: 'populateRefused',
    at: 'populate.follow',
    source: '__get_user_pages: check_vma_flags, -EFAULT; __mlock_posix_error_return: -ENOMEM',
    guard: (s, t) => isClosed(s, mmOf(s, t), s.thread[t].page),
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = false
      finish(s, t)
    },
  },
  {
    name: 'populateFaults',
    at: 'populate.follow',
    to: 'fault.walk',
    source: 'faultin_page: handle_mm_fault with FAULT_FLAG_WRITE where the VMA is writable',
    guard: (s, t) => !isPopulated(s, t) && !isClosed(s, mmOf(s, t), s.thread[t].page),
    effect: (s, t) => {
      const me = s.thread[t]
      me.wants = s.mm[mmOf(s, t)].vma[vmaAt(s, mmOf(s, t), me.page)].writable
      me.onward = 'populate.follow'
    },
  },
  {
    name: 'populateDone',
    at: 'populate',
    source: '__mm_populate: end of range',
    guard: (s, t) => s.thread[t].page === s.thread[t].to,
    effect: (s, t) => finish(s, t),
  },
]

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof populateRoutine>, unknown> {}
}
