/**
 * A process reads how its pages are mapped (/proc/self/smaps): it walks its tables and changes
 * nothing. A saving child does so to tell how much memory copy-on-write has cost (Redis:
 * zmalloc_get_private_dirty).
 */
import { firstPageOf, isUnlocked, slotOf } from '../hardware/tables.js'
import { mayRead } from '../locks.js'
import { operation } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import type { State } from '../state.js'
import { begins, finish, mmOf } from '../threads.js'
import { slotInUse } from '../vmas.js'

/** May the table of the page a thread is at be looked at: is it in no VMA, or is its lock free? */
export function mayLook(s: State, t: number): boolean {
  const m = mmOf(s, t)
  const { page } = s.thread[t]
  if (page === s.geometry.pages) return false
  return !slotInUse(s, m, slotOf(s, page)) || isUnlocked(s, m, page)
}

export const smapsRoutine = routine('smaps', 'Reads how its pages are mapped.', {
  'smaps.table': [],
})

export const smaps: readonly Step[] = [
  {
    name: 'smaps',
    at: 'user',
    to: 'smaps.table',
    source: 'fs/proc/task_mmu.c: m_start, mmap_read_lock_killable',
    guard: (s, t) => begins(s, t, 'smaps') && mayRead(s, mmOf(s, t)),
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = true
      s.thread[t].page = 0
      s.thread[t].to = s.geometry.pages
    },
  },
  {
    // Under the PTE lock all entries of a table are counted. Nothing is kept of what was seen, so
    // looking at several entries is one step.
    name: 'smapsTable',
    at: 'smaps.table',
    source: 'smaps_pte_range: pmd_trans_unstable is false, pte_offset_map_lock',
    guard: (s, t) => mayLook(s, t),
    effect: (s, t) => {
      s.thread[t].page = firstPageOf(s, slotOf(s, s.thread[t].page) + 1)
    },
  },
  {
    name: 'smapsUnlock',
    at: 'smaps.table',
    source: 'm_stop: mmap_read_unlock',
    guard: (s, t) => s.thread[t].page === s.geometry.pages,
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = false
      finish(s, t)
    },
  },
]

export const smapsOperation = operation(
  'smaps',
  ['parent', 'sibling', 'child'],
  {},
  {
    says: 'Reads how its pages are mapped, and changes nothing.',
  },
)

declare module '../operation-names.js' {
  interface ProcessOperations {
    smaps: typeof smapsOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof smapsRoutine>, unknown> {}
}
