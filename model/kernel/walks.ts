/**
 * Calls that walk the page tables of a range and change no entry (mm/mincore.c; mm/madvise.c): what
 * is in memory (mincore), pages that will not be needed soon (MADV_COLD), and pages that will be
 * (MADV_WILLNEED, which reads swapped ones into the swap cache). Under mmap_lock held for reading.
 *
 * process_madvise (6.0: COLD, PAGEOUT, WILLNEED; from 6.1 on COLLAPSE too, assumed) does the same
 * to another process, under that one's mmap_lock held for reading. COLD and WILLNEED of a stranger
 * are here those of a sibling, PAGEOUT is the operation `swapOut`, and COLLAPSE is `collapse`.
 *
 * Accessed bits are not modelled: MADV_COLD only splits a huge page of which it gets a part.
 */
import { isPinned, takeFrame, unmapFrame } from '../hardware/frames.js'
import { splitHuge } from '../hardware/huge.js'
import {
  firstPageOf,
  frameOf,
  isEmpty,
  isUnlocked,
  pmdOf,
  pteOf,
  slotOf,
} from '../hardware/tables.js'
import { mayChangeRmap, mayRead } from '../locks.js'
import { operation, range } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { begins, fail, finish, mmOf, opOf } from '../threads.js'
import { slotInUse, vmaAt } from '../vmas.js'
import { endOfUnlocked } from './madvise.js'

/** Is the thread at a page of its range whose table it may look at, or is none to be looked at? */
export function mayWalkOn(s: State, t: number): boolean {
  const m = mmOf(s, t)
  const { page, to } = s.thread[t]
  return page < to && (!slotInUse(s, m, slotOf(s, page)) || isUnlocked(s, m, page))
}

/** Where a walk ends: MADV_COLD stops at the first locked VMA, with -EINVAL (can_madv_lru_vma). */
export function endOfWalk(s: State, t: number): number {
  const { do: name, page, end } = opOf(s, t)
  return name === 'cold' ? endOfUnlocked(s, mmOf(s, t), page, end) : end
}

/** The page after the last one of its range that is in the table a thread has come to. */
export const endOfWalked = (s: State, t: number) =>
  Math.min(s.thread[t].to, firstPageOf(s, slotOf(s, s.thread[t].page) + 1))

/** Has MADV_COLD come to a huge page of which it gets a part, and that nobody else maps? */
export function coolsPartOfHuge(s: State, t: number): boolean {
  const me = s.thread[t]
  const m = mmOf(s, t)
  if (opOf(s, t).do !== 'cold' || vmaAt(s, m, me.page) === NONE) return false
  if (!pmdOf(s, m, me.page).huge) return false
  const f = frameOf(s, m, me.page)
  if (s.frame[f].maps !== 1 || isPinned(s, f)) return false
  return (
    me.page > firstPageOf(s, slotOf(s, me.page)) || endOfWalked(s, t) % s.geometry.pagesPerTable > 0
  )
}

/** The swap slot that a thread's page names, or NONE. */
export function slotNamed(s: State, t: number): number {
  const { page } = s.thread[t]
  if (isEmpty(s, mmOf(s, t), page) || vmaAt(s, mmOf(s, t), page) === NONE) return NONE
  const pte = pteOf(s, mmOf(s, t), page)
  return pte.swapped ? pte.frame : NONE
}

export const lookRoutine = routine('look', 'Walks page tables and changes no entry.', {
  'look.table': [],
  'look.slot': [],
})

export const walks: readonly Step[] = [
  {
    name: 'walkBegins',
    at: 'user',
    to: 'look.table',
    source: 'do_mincore, do_madvise: mmap_read_lock; walk_page_range',
    guard: (s, t) =>
      (begins(s, t, 'mincore') || begins(s, t, 'cold') || begins(s, t, 'willneed')) &&
      mayRead(s, mmOf(s, t)),
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = true
      s.thread[t].page = opOf(s, t).page
      s.thread[t].to = endOfWalk(s, t)
    },
  },
  {
    // Under the PTE lock all entries of a table are looked at. Nothing is kept of what was seen, so
    // that this is one step. MADV_COLD takes the accessed bits away, which are not modelled.
    name: 'walkTable',
    at: 'look.table',
    source: 'mincore_pte_range, madvise_cold_or_pageout_pte_range: pte_offset_map_lock',
    guard: (s, t) => opOf(s, t).do !== 'willneed' && mayWalkOn(s, t) && !coolsPartOfHuge(s, t),
    effect: (s, t) => {
      s.thread[t].page = endOfWalked(s, t)
    },
  },
  {
    // Under the page lock, the anon_vma lock and the pmd lock; then the table is looked at.
    name: 'coldSplitsHuge',
    at: 'look.table',
    source: 'madvise_cold_or_pageout_pte_range: page_mapcount is 1, split_huge_page',
    guard: (s, t) => mayWalkOn(s, t) && coolsPartOfHuge(s, t) && mayChangeRmap(s),
    effect: (s, t) => splitHuge(s, mmOf(s, t), slotOf(s, s.thread[t].page)),
  },
  {
    // Each entry is read under the PTE lock: one that is no swap entry is passed over.
    name: 'willneedPasses',
    at: 'look.table',
    source: 'swapin_walk_pmd_entry: pte_offset_map_lock, pte_unmap_unlock; is_swap_pte is false',
    guard: (s, t) => opOf(s, t).do === 'willneed' && mayWalkOn(s, t) && slotNamed(s, t) === NONE,
    effect: (s, t) => {
      s.thread[t].page++
    },
  },
  {
    name: 'willneedFinds',
    at: 'look.table',
    to: 'look.slot',
    source: 'swapin_walk_pmd_entry: pte_offset_map_lock, pte_unmap_unlock; pte_to_swp_entry',
    guard: (s, t) => opOf(s, t).do === 'willneed' && mayWalkOn(s, t) && slotNamed(s, t) !== NONE,
    effect: (s, t) => {
      s.thread[t].other = slotNamed(s, t)
    },
  },
  {
    // Without a lock of the tables. Whoever takes SWAP_HAS_CACHE first reads the slot, if anybody
    // names it still; nobody maps the frame yet, and it is nobody's own.
    name: 'willneedReads',
    at: 'look.slot',
    to: 'look.table',
    source: 'read_swap_cache_async: swapcache_prepare, add_to_swap_cache',
    allocates: ['faultFrame'],
    guard: (s, t) => mayBeRead(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      const f = takeFrame(s, me.page, s.frame[me.other].value)
      unmapFrame(s, f)
      s.frame[f].exclusive = false
      s.frame[me.other].cache = f
      me.other = NONE
      me.page++
    },
  },
  {
    // It is there, or nobody names the slot any more.
    name: 'willneedNeedNot',
    at: 'look.slot',
    to: 'look.table',
    source: 'read_swap_cache_async: find_get_page; swapcache_prepare, -ENOENT',
    guard: (s, t) => !mayBeRead(s, t),
    effect: (s, t) => {
      s.thread[t].other = NONE
      s.thread[t].page++
    },
  },
  {
    // Advice that cannot be followed is no error.
    name: 'willneedFails',
    at: 'look.slot',
    to: 'look.table',
    source: 'read_swap_cache_async: vma_alloc_folio fails, NULL',
    guard: (s) => s.mayFail.faultFrame && s.failuresLeft > 0,
    effect: (s, t) => {
      fail(s)
      s.thread[t].other = NONE
      s.thread[t].page++
    },
  },
  {
    name: 'walkUnlocks',
    at: 'look.table',
    source: 'do_mincore, do_madvise: mmap_read_unlock',
    guard: (s, t) => s.thread[t].page === s.thread[t].to,
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = false
      finish(s, t)
    },
  },
]

/** Is the slot that the thread has found one to be read: named still, and not in the swap cache? */
export const mayBeRead = (s: State, t: number) =>
  s.frame[s.thread[t].other].refs > 0 && s.frame[s.thread[t].other].cache === NONE

const byAll = ['parent', 'sibling', 'child'] as const

export const mincoreOperation = operation('mincore', byAll, range, {
  says: 'Asks which pages of a range are in memory, and changes nothing.',
})
export const coldOperation = operation('cold', byAll, range, {
  says: 'Says that a range will not be needed soon (MADV_COLD).',
})
export const willneedOperation = operation('willneed', byAll, range, {
  says: 'Has swapped pages of a range read into the swap cache (MADV_WILLNEED).',
})

declare module '../operation-names.js' {
  interface ProcessOperations {
    mincore: typeof mincoreOperation
    cold: typeof coldOperation
    willneed: typeof willneedOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof lookRoutine>, unknown> {}
}
