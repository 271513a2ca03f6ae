/**
 * Unmapping a range (mm/mmap.c: do_vmi_align_munmap): for munmap, for MAP_FIXED over something old,
 * for brk and mremap that shrink, and for what mremap has moved away. Under mmap_lock held for
 * writing; munmap and brk let readers in again once the VMAs are detached. Who wants it sets
 * `from` and `to` and goes to munmap.split; leaveMunmap says where it goes on.
 */
import { expectUnmapped } from '../ghosts.js'
import { firstPageOf, isUnlocked } from '../hardware/tables.js'
import { flush } from '../hardware/tlb.js'
import { hasNoFaults, queueToWrite, startChanging } from '../locks.js'
import { operation, range } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { begins, mmOf, opOf } from '../threads.js'
import { removeVma, slotInUse, vmaIn } from '../vmas.js'
import { downgrade } from './locks.js'
import { splitAtBounds } from './split.js'
import { zapRange } from './zap.js'

/** The lowest VMA in the thread's range, or NONE. */
export const vmaInRange = (s: State, t: number) =>
  vmaIn(s, mmOf(s, t), s.thread[t].from, s.thread[t].to)

/** A slot in the thread's range that has a table and no VMA any more, or NONE. */
export function slotToFree(s: State, t: number): number {
  const m = mmOf(s, t)
  for (let slot = 0; slot < s.geometry.slots; slot++) {
    const first = firstPageOf(s, slot)
    const me = s.thread[t]
    const inRange = first < me.to && me.from < first + s.geometry.pagesPerTable
    if (inRange && s.mm[m].pmd[slot].table !== NONE && !slotInUse(s, m, slot)) return slot
  }
  return NONE
}

/** Does the call need its write lock only as far as VMAs change? */
export const mayDowngrade = (s: State, t: number) =>
  opOf(s, t).do === 'munmap' || opOf(s, t).do === 'brk'

/** Sends a thread that holds mmap_lock for writing to unmap a range. */
export function unmapRange(s: State, t: number, from: number, to: number): void {
  s.thread[t].from = from
  s.thread[t].to = to
  s.thread[t].pc = 'munmap.split'
}

/** On with a system call when its range has been unmapped. */
export function leaveMunmap(s: State, t: number): void {
  if (s.thread[t].clears) {
    s.thread[t].clears = false
    s.thread[t].from = 0
    s.thread[t].to = 0
    s.thread[t].page = s.geometry.pages
    s.thread[t].pc = 'mremap.find'
  } else if (opOf(s, t).do === 'mmap') s.thread[t].pc = 'mmap.merge'
  else s.thread[t].pc = mayDowngrade(s, t) ? 'call.unlockRead' : 'call.unlock'
}

export const munmapRoutine = routine('munmap', 'Unmaps a range.', {
  'munmap.split': ['writes'],
  'munmap.detach': ['writes'],
  'munmap.tables': [],
  'munmap.free': [],
})

export const munmap: readonly Step[] = [
  {
    name: 'munmap',
    at: 'user',
    source: '__vm_munmap: mmap_write_lock_killable',
    guard: (s, t) => begins(s, t, 'munmap'),
    effect: (s, t) => {
      s.thread[t].from = opOf(s, t).page
      s.thread[t].to = opOf(s, t).end
      queueToWrite(s, t, mmOf(s, t), 'munmap.split')
    },
  },
  {
    name: 'munmapSplits',
    at: 'munmap.split',
    source: 'do_vmi_align_munmap: __split_vma at start and end',
    effect: (s, t) => splitAtBounds(s, t, 'munmap.detach'),
  },
  {
    // Under mmap_lock for writing, with no fault in it: one whole VMA taken out of the tree.
    name: 'munmapDetach',
    at: 'munmap.detach',
    source: 'do_vmi_align_munmap: vma_start_write, mas_store_gfp, vma_mark_detached',
    guard: (s, t) => vmaInRange(s, t) !== NONE && hasNoFaults(s, mmOf(s, t), vmaInRange(s, t)),
    effect: (s, t) => {
      const m = mmOf(s, t)
      const v = vmaInRange(s, t)
      startChanging(s, m, v)
      expectUnmapped(s, m, s.mm[m].vma[v].start, s.mm[m].vma[v].end)
      removeVma(s, m, v)
    },
  },
  {
    // Nothing is mapped there any more; readers may come in again while the pages go.
    name: 'munmapZap',
    at: 'munmap.detach',
    source: 'do_vmi_align_munmap: mmap_write_downgrade, unmap_region, unmap_vmas',
    guard: (s, t) => vmaInRange(s, t) === NONE,
    effect: (s, t) => {
      if (mayDowngrade(s, t)) downgrade(s, t)
      zapRange(s, t, s.thread[t].from, s.thread[t].to, 'munmap.tables')
    },
  },
  {
    // Under mmap_lock and the pmd lock: the entry of one table that no VMA needs any more is
    // cleared, and every CPU is asked to drop it.
    name: 'munmapClearsTable',
    at: 'munmap.tables',
    source: 'free_pgtables: free_pte_range, pmd_clear',
    guard: (s, t) =>
      slotToFree(s, t) !== NONE && isUnlocked(s, mmOf(s, t), firstPageOf(s, slotToFree(s, t))),
    effect: (s, t) => {
      const me = s.thread[t]
      const slot = slotToFree(s, t)
      const pmd = s.mm[mmOf(s, t)].pmd[slot]
      const first = firstPageOf(s, slot)
      me.table = pmd.table
      pmd.table = NONE
      pmd.writable = false
      pmd.huge = false
      flush(s, t, mmOf(s, t), first, first + s.geometry.pagesPerTable, 'munmap.free')
    },
  },
  {
    // Every CPU has answered; only now is the table freed.
    name: 'munmapFreesTable',
    at: 'munmap.free',
    to: 'munmap.tables',
    source: 'pte_free_tlb, tlb_finish_mmu',
    effect: (s, t) => {
      s.table[s.thread[t].table].used = false
      s.thread[t].table = NONE
    },
  },
  {
    name: 'munmapDone',
    at: 'munmap.tables',
    source: 'unmap_region: tlb_finish_mmu',
    guard: (s, t) => slotToFree(s, t) === NONE,
    effect: (s, t) => leaveMunmap(s, t),
  },
]

export const munmapOperation = operation('munmap', ['parent', 'sibling', 'child'], range, {
  says: 'Unmaps a range.',
  needs: ['vmaChanges'],
  vmas: 2,
  weight: 2,
})

declare module '../operation-names.js' {
  interface ProcessOperations {
    munmap: typeof munmapOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof munmapRoutine>, unknown> {}
}
