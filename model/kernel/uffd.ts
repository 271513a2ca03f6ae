/**
 * userfaultfd copy (mm/userfaultfd.c: mfill_atomic_pte_copy): a monitor thread fills a page that
 * nobody has touched yet. Under mmap_lock held for reading.
 */
import { takeFrame } from '../hardware/frames.js'
import { hasTable, installTable, isEmpty, isUnlocked, setPte, slotOf } from '../hardware/tables.js'
import { mayRead } from '../locks.js'
import { operation, page } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { begins, failCall, mmOf, opOf } from '../threads.js'
import { vmaAt } from '../vmas.js'

/** Is the page the call is about in a VMA? */
export const isMapped = (s: State, t: number) => vmaAt(s, mmOf(s, t), s.thread[t].page) !== NONE

export const uffdRoutine = routine('uffd', 'Fills a page for a monitor (userfaultfd).', {
  'uffd.find': [],
  'uffd.install': [],
})

export const uffd: readonly Step[] = [
  {
    name: 'uffdCopy',
    at: 'user',
    to: 'uffd.find',
    source: 'mfill_atomic: mmap_read_lock, find_dst_vma',
    guard: (s, t) => begins(s, t, 'uffdCopy') && mayRead(s, mmOf(s, t)),
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = true
      s.thread[t].page = opOf(s, t).page
    },
  },
  {
    // An unlocked read of the PMD; a missing table is installed under the pmd lock.
    name: 'uffdFindsTable',
    at: 'uffd.find',
    to: 'uffd.install',
    source: 'mfill_atomic: mm_alloc_pmd, __pte_alloc',
    allocates: ['uffdFrame'],
    guard: (s, t) => isMapped(s, t),
    effect: (s, t) => {
      const m = mmOf(s, t)
      if (!hasTable(s, m, s.thread[t].page)) installTable(s, m, slotOf(s, s.thread[t].page))
    },
  },
  {
    name: 'uffdFails',
    at: 'uffd.find',
    to: 'call.unlockRead',
    source: 'mfill_atomic: -ENOENT; mfill_atomic_pte_copy: -ENOMEM',
    guard: (s, t) => !isMapped(s, t),
  },
  {
    name: 'uffdFindsNoMemory',
    at: 'uffd.find',
    source: 'mfill_atomic_pte_copy: vma_alloc_folio, -ENOMEM',
    guard: (s, t) => isMapped(s, t) && s.mayFail.uffdFrame && s.failuresLeft > 0,
    effect: (s, t) => failCall(s, t, 'call.unlockRead'),
  },
  {
    // Under the PTE lock: the filled frame goes in if the entry is still empty, else EEXIST.
    name: 'uffdInstalls',
    at: 'uffd.install',
    to: 'call.unlockRead',
    source: 'mfill_atomic_install_pte: pte_none, set_pte_at',
    guard: (s, t) =>
      hasTable(s, mmOf(s, t), s.thread[t].page) && isUnlocked(s, mmOf(s, t), s.thread[t].page),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      if (isEmpty(s, m, me.page)) {
        const writable = s.mm[m].vma[vmaAt(s, m, me.page)].writable
        setPte(s, m, me.page, takeFrame(s, me.page, opOf(s, t).value), writable)
        s.ghost.memory[m][me.page] = opOf(s, t).value
      }
    },
  },
  {
    // The table has been freed meanwhile (MADV_DONTNEED): the caller is told to try again.
    name: 'uffdFindsNoTable',
    at: 'uffd.install',
    to: 'call.unlockRead',
    source: 'mfill_atomic_install_pte: pte_offset_map_lock fails, -EAGAIN',
    guard: (s, t) => !hasTable(s, mmOf(s, t), s.thread[t].page),
  },
]

export const uffdCopyOperation = operation(
  'uffdCopy',
  ['parent', 'sibling'],
  { page },
  {
    says: 'Fills an empty page, as the monitor of a userfaultfd.',
    needs: ['monitor'],
    stores: true,
  },
)

declare module '../operation-names.js' {
  interface ProcessOperations {
    uffdCopy: typeof uffdCopyOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof uffdRoutine>, unknown> {}
}
