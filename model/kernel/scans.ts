/**
 * Walks over a range of PTEs that change no content: NUMA balancing closes pages to the CPU to see
 * who uses them (mm/mempolicy.c: change_prot_numa), and clearing soft-dirty bits write-protects
 * them (fs/proc/task_mmu.c: clear_refs_write).
 */
import { isPinned } from '../hardware/frames.js'
import { isPresent, isUnlocked, pmdOf, pteOf } from '../hardware/tables.js'
import { flush } from '../hardware/tlb.js'
import { mayRead, queueToWrite } from '../locks.js'
import { kernelOperation, operation, range } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { PARENT, type State } from '../state.js'
import { begins, finish, mmOf, opOf } from '../threads.js'
import { isClosed } from '../vmas.js'

/**
 * Does NUMA balancing close the page: is it mapped once, and pinned by nobody? It
 * leaves memory alone that is closed anyway (task_numa_work: vma_is_accessible).
 */
export function isSampled(s: State, page: number): boolean {
  if (!isPresent(s, PARENT, page) || pmdOf(s, PARENT, page).huge) return false
  if (isClosed(s, PARENT, page)) return false
  const f = pteOf(s, PARENT, page).frame
  return s.frame[f].maps === 1 && !isPinned(s, f)
}

export const clearRoutine = routine('clear', 'Clears the soft-dirty bits of all entries.', {
  'clear.pte': ['writes', 'flushesRange'],
})

export const numaRoutine = routine(
  'numa',
  'Closes entries to the CPU, to see who uses them (NUMA balancing).',
  {
    'numa.pte': ['flushesRange'],
    'numa.unlock': [],
  },
)

export const scans: readonly Step[] = [
  {
    name: 'numaScan',
    at: 'user',
    to: 'numa.pte',
    source: 'task_numa_work: mmap_read_trylock',
    guard: (s, t) => opOf(s, t).do === 'numaScan' && mayRead(s, PARENT) && s.mm[PARENT].users > 0,
    effect: (s, t) => {
      const me = s.thread[t]
      s.mm[PARENT].lock.readers[t] = true
      me.page = opOf(s, t).page
      me.from = opOf(s, t).page
      me.to = opOf(s, t).end
    },
  },
  {
    // Under the PTE lock.
    name: 'numaHint',
    at: 'numa.pte',
    source: 'change_pte_range: MM_CP_PROT_NUMA, pte_modify(PAGE_NONE)',
    guard: (s, t) => s.thread[t].page < s.thread[t].to && isUnlocked(s, PARENT, s.thread[t].page),
    effect: (s, t) => {
      const me = s.thread[t]
      if (isSampled(s, me.page)) pteOf(s, PARENT, me.page).hinted = true
      me.page++
    },
  },
  {
    name: 'numaFlush',
    at: 'numa.pte',
    source: 'change_prot_numa: tlb_finish_mmu',
    guard: (s, t) => s.thread[t].page === s.thread[t].to,
    effect: (s, t) => flush(s, t, PARENT, s.thread[t].from, s.thread[t].to, 'numa.unlock'),
  },
  {
    name: 'numaUnlock',
    at: 'numa.unlock',
    source: 'task_numa_work: mmap_read_unlock',
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = false
      finish(s, t)
    },
  },
  {
    name: 'clearRefs',
    at: 'user',
    source: 'clear_refs_write: mmap_write_lock_killable',
    guard: (s, t) => begins(s, t, 'clearRefs'),
    effect: (s, t) => {
      const me = s.thread[t]
      me.page = opOf(s, t).page
      me.from = opOf(s, t).page
      me.to = opOf(s, t).end
      queueToWrite(s, t, mmOf(s, t), 'clear.pte')
    },
  },
  {
    // Under the PTE lock.
    name: 'clearPage',
    at: 'clear.pte',
    source: 'clear_soft_dirty: ptep_modify_prot_start, pte_wrprotect',
    guard: (s, t) =>
      s.thread[t].page < s.thread[t].to && isUnlocked(s, mmOf(s, t), s.thread[t].page),
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      if (isPresent(s, m, me.page) && !pmdOf(s, m, me.page).huge)
        pteOf(s, m, me.page).writable = false
      me.page++
    },
  },
  {
    name: 'clearFlush',
    at: 'clear.pte',
    source: 'clear_refs_write: flush_tlb_mm',
    guard: (s, t) => s.thread[t].page === s.thread[t].to,
    effect: (s, t) => flush(s, t, mmOf(s, t), s.thread[t].from, s.thread[t].to, 'call.unlock'),
  },
]

export const clearRefsOperation = operation('clearRefs', ['parent', 'sibling'], range, {
  says: 'Clears the soft-dirty bits of a range, so that the next stores fault.',
  needs: ['softDirty'],
})

export const numaScanOperation = kernelOperation('numaScan', 'numa', range, {
  says: 'Closes the entries of a range, to see who uses them (NUMA balancing).',
  needs: ['hints'],
})

declare module '../operation-names.js' {
  interface ProcessOperations {
    clearRefs: typeof clearRefsOperation
  }
  interface KernelOperations {
    numaScan: typeof numaScanOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof clearRoutine>, unknown> {}
  interface Places extends Record<PlaceIn<typeof numaRoutine>, unknown> {}
}
