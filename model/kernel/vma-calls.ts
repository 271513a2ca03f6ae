/**
 * System calls that change VMAs: munmap, mmap, mprotect, all under mmap_lock held for writing, so
 * that the steps between lock and unlock meet only CPUs in user mode and the copying child.
 * madvise DONTNEED changes no VMA and holds the lock for reading.
 */
import { expectFresh, expectUnmapped } from '../ghosts.js'
import { firstPageOf, flushPage, frameOf, freeTable, pteOf } from '../memory.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { finish, mmOf, opOf } from '../threads.js'
import {
  freeVma,
  mayWriteLock,
  removeVma,
  slotInUse,
  splitVma,
  vmaAcross,
  vmaAt,
  vmaBefore,
  vmaIn,
} from '../vmas.js'
import { calls } from './user.js'

/** The VMA that the bounds of the thread's range would cut in two, or NONE. */
export function vmaToSplit(s: State, t: number): number {
  const v = vmaAcross(s, mmOf(s, t), opOf(s, t).page)
  return v !== NONE ? v : vmaAcross(s, mmOf(s, t), opOf(s, t).end)
}

/** The lowest VMA in the thread's range, or NONE. */
export const vmaInRange = (s: State, t: number) =>
  vmaIn(s, mmOf(s, t), opOf(s, t).page, opOf(s, t).end)

/** Splits one VMA at a bound of the thread's range. */
export function splitAtBound(s: State, t: number): void {
  const m = mmOf(s, t)
  const lower = vmaAcross(s, m, opOf(s, t).page)
  if (lower !== NONE) splitVma(s, m, lower, opOf(s, t).page)
  else splitVma(s, m, vmaAcross(s, m, opOf(s, t).end), opOf(s, t).end)
}

/** A slot in the thread's range that has a table and no VMA any more, or NONE. */
export function slotToFree(s: State, t: number): number {
  const m = mmOf(s, t)
  for (let slot = 0; slot < s.geometry.slots; slot++) {
    const first = firstPageOf(s, slot)
    const inRange = first < opOf(s, t).end && opOf(s, t).page < first + s.geometry.pagesPerTable
    if (inRange && s.mm[m].pmd[slot].table !== NONE && !slotInUse(s, m, slot)) return slot
  }
  return NONE
}

/** Maps the thread's range: joined to the neighbours with the same protection, else apart. */
export function mapRange(s: State, t: number): void {
  const m = mmOf(s, t)
  const vma = s.mm[m].vma
  const before = vmaBefore(s, m, opOf(s, t).page)
  const after = opOf(s, t).end < s.geometry.pages ? vmaAt(s, m, opOf(s, t).end) : NONE
  const joinsBefore = before !== NONE && vma[before].writable === opOf(s, t).writable
  const joinsAfter = after !== NONE && vma[after].writable === opOf(s, t).writable
  if (joinsBefore && joinsAfter) {
    vma[before].end = vma[after].end
    removeVma(s, m, after)
  } else if (joinsBefore) vma[before].end = opOf(s, t).end
  else if (joinsAfter) vma[after].start = opOf(s, t).page
  else {
    const v = freeVma(s, m)
    vma[v].start = opOf(s, t).page
    vma[v].end = opOf(s, t).end
    vma[v].writable = opOf(s, t).writable
  }
}

/** Takes the thread's mmap_lock for writing and goes on at a place. */
export function writeLock(s: State, t: number): void {
  s.mm[mmOf(s, t)].lock.writer = t
  s.thread[t].page = opOf(s, t).page
}

/** May the thread begin this system call, which takes mmap_lock for writing? */
export const mayCall = (s: State, t: number, name: string) =>
  calls(s, t, name) && mayWriteLock(s, mmOf(s, t))

/** Is a VMA in the way of the range the thread wants to map? */
export const isTaken = (s: State, t: number) => vmaInRange(s, t) !== NONE

export const vmaCalls: readonly Step[] = [
  {
    name: 'munmap',
    for: ['thread'],
    at: 'user',
    source: '__vm_munmap: mmap_write_lock_killable',
    guard: (s, t) => mayCall(s, t, 'munmap'),
    effect: (s, t) => {
      writeLock(s, t)
      s.thread[t].pc = 'munmap.split'
    },
  },
  {
    // Under mmap_lock for writing: one VMA cut in two.
    name: 'munmapSplit',
    for: ['thread'],
    at: 'munmap.split',
    source: 'do_vmi_align_munmap: __split_vma',
    guard: (s, t) => vmaToSplit(s, t) !== NONE,
    effect: (s, t) => splitAtBound(s, t),
  },
  {
    // Under mmap_lock for writing: one whole VMA taken out of the tree.
    name: 'munmapDetach',
    for: ['thread'],
    at: 'munmap.split',
    source: 'do_vmi_align_munmap: mas_store_gfp, vma_mark_detached',
    guard: (s, t) => vmaToSplit(s, t) === NONE && vmaInRange(s, t) !== NONE,
    effect: (s, t) => {
      const v = vmaInRange(s, t)
      const vma = s.mm[mmOf(s, t)].vma[v]
      expectUnmapped(s, vma.start, vma.end)
      removeVma(s, mmOf(s, t), v)
    },
  },
  {
    name: 'munmapZap',
    for: ['thread'],
    at: 'munmap.split',
    source: 'unmap_region: unmap_vmas',
    guard: (s, t) => vmaInRange(s, t) === NONE,
    effect: (s, t) => {
      s.thread[t].pc = 'zap'
    },
  },
  {
    // Under mmap_lock for writing and the pmd lock: one table that no VMA needs any more.
    name: 'munmapFreeTable',
    for: ['thread'],
    at: 'munmap.tables',
    source: 'free_pgtables: free_pte_range, pmd_clear, pte_free_tlb',
    guard: (s, t) => slotToFree(s, t) !== NONE,
    effect: (s, t) => freeTable(s, mmOf(s, t), slotToFree(s, t)),
  },
  {
    name: 'munmapDone',
    for: ['thread'],
    at: 'munmap.tables',
    source: '__vm_munmap: mmap_write_unlock',
    guard: (s, t) => slotToFree(s, t) === NONE,
    effect: (s, t) => writeUnlock(s, t),
  },
  {
    name: 'mmap',
    for: ['thread'],
    at: 'user',
    source: 'vm_mmap_pgoff: mmap_write_lock_killable',
    guard: (s, t) => mayCall(s, t, 'mmap'),
    effect: (s, t) => {
      writeLock(s, t)
      s.thread[t].pc = 'mmap.merge'
    },
  },
  {
    // Under mmap_lock for writing: a new VMA, or a neighbour grown, or two neighbours joined.
    name: 'mmapMerge',
    for: ['thread'],
    at: 'mmap.merge',
    source: 'mmap_region: vma_merge, vma_expand, or a new VMA',
    guard: (s, t) => !isTaken(s, t),
    effect: (s, t) => {
      mapRange(s, t)
      expectFresh(s, opOf(s, t).page, opOf(s, t).end)
      s.thread[t].pc = 'mmap.unlock'
    },
  },
  {
    // Asked for a fixed place where something is mapped: EEXIST (MAP_FIXED_NOREPLACE).
    name: 'mmapRefused',
    for: ['thread'],
    at: 'mmap.merge',
    source: 'do_mmap: -EEXIST',
    guard: (s, t) => isTaken(s, t),
    effect: (s, t) => {
      s.thread[t].pc = 'mmap.unlock'
    },
  },
  {
    name: 'mmapDone',
    for: ['thread'],
    at: 'mmap.unlock',
    source: 'vm_mmap_pgoff: mmap_write_unlock',
    effect: (s, t) => writeUnlock(s, t),
  },
  {
    name: 'mprotect',
    for: ['thread'],
    at: 'user',
    source: 'do_mprotect_pkey: mmap_write_lock_killable',
    guard: (s, t) => mayCall(s, t, 'mprotect'),
    effect: (s, t) => {
      writeLock(s, t)
      s.thread[t].pc = 'mprotect.vma'
    },
  },
  {
    // Under mmap_lock for writing: one VMA cut in two. (The kernel may also join neighbours that
    // have become alike; joining is modelled for mmap only.)
    name: 'mprotectSplit',
    for: ['thread'],
    at: 'mprotect.vma',
    source: 'mprotect_fixup: split_vma',
    guard: (s, t) => vmaToSplit(s, t) !== NONE,
    effect: (s, t) => splitAtBound(s, t),
  },
  {
    // Under mmap_lock for writing: the new protection of every VMA in the range. No CPU looks at
    // VMAs, and every kernel path that does waits for the lock.
    name: 'mprotectVma',
    for: ['thread'],
    at: 'mprotect.vma',
    source: 'mprotect_fixup: vm_flags_reset',
    guard: (s, t) => vmaToSplit(s, t) === NONE,
    effect: (s, t) => {
      for (const vma of s.mm[mmOf(s, t)].vma)
        if (opOf(s, t).page <= vma.start && vma.start < vma.end && vma.end <= opOf(s, t).end)
          vma.writable = opOf(s, t).writable
      s.thread[t].pc = 'mprotect.pte'
    },
  },
  {
    // Under the PTE lock: write permission is taken at once and given by the next fault.
    name: 'mprotectPage',
    for: ['thread'],
    at: 'mprotect.pte',
    source: 'change_pte_range: ptep_modify_prot_commit',
    guard: (s, t) => s.thread[t].page < opOf(s, t).end,
    effect: (s, t) => {
      const me = s.thread[t]
      const m = mmOf(s, t)
      if (frameOf(s, m, me.page) !== NONE && !opOf(s, t).writable)
        pteOf(s, m, me.page).writable = false
      me.page++
    },
  },
  {
    // Ends when every CPU has answered.
    name: 'mprotectFlush',
    for: ['thread'],
    at: 'mprotect.pte',
    source: 'do_mprotect_pkey: tlb_finish_mmu',
    guard: (s, t) => s.thread[t].page === opOf(s, t).end,
    effect: (s, t) => {
      for (let page = 0; page < s.geometry.pages; page++)
        if (opOf(s, t).page <= page && page < opOf(s, t).end) flushPage(s, mmOf(s, t), page)
      s.thread[t].pc = 'mprotect.unlock'
    },
  },
  {
    name: 'mprotectDone',
    for: ['thread'],
    at: 'mprotect.unlock',
    source: 'do_mprotect_pkey: mmap_write_unlock',
    effect: (s, t) => writeUnlock(s, t),
  },
  {
    name: 'dontneed',
    for: ['thread'],
    at: 'user',
    source: 'do_madvise: mmap_read_lock (madvise_need_mmap_write is false)',
    guard: (s, t) => calls(s, t, 'dontneed') && s.mm[mmOf(s, t)].lock.writer === NONE,
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = true
      s.thread[t].page = opOf(s, t).page
      s.thread[t].pc = 'zap'
    },
  },
  {
    name: 'dontneedDone',
    for: ['thread'],
    at: 'madvise.unlock',
    source: 'do_madvise: mmap_read_unlock',
    effect: (s, t) => {
      s.mm[mmOf(s, t)].lock.readers[t] = false
      finish(s, t)
    },
  },
]

/** Drops the thread's mmap_lock, held for writing, and returns from the system call. */
export function writeUnlock(s: State, t: number): void {
  s.mm[mmOf(s, t)].lock.writer = NONE
  finish(s, t)
}
