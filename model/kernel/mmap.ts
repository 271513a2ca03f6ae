/**
 * mmap of anonymous memory at a given place (mm/mmap.c: mmap_region): what is there already is
 * unmapped first (MAP_FIXED) or is a reason to refuse; a neighbour that is alike grows, two such
 * neighbours become one with it, or there is a new VMA.
 */
import { expectFresh } from '../ghosts.js'
import { hasNoFaults, queueToWrite, startChanging } from '../locks.js'
import { flag, operation, range } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { begins, failCall, mmOf, opOf } from '../threads.js'
import { freeVma, removeVma, vmaBefore, vmaFrom, vmaIn } from '../vmas.js'
import { unmapRange } from './munmap.js'

/** Is a VMA in the way of the range the thread wants to map? */
export const isTaken = (s: State, t: number) =>
  vmaIn(s, mmOf(s, t), opOf(s, t).page, opOf(s, t).end) !== NONE

/** May a VMA grow into the range the thread maps: is it ordinary, with the same protection? */
export function mayGrow(s: State, t: number, v: number): boolean {
  if (v === NONE) return false
  const vma = s.mm[mmOf(s, t)].vma[v]
  if (vma.device || vma.stack || vma.locked || vma.leftOut || vma.wiped) return false
  if (vma.closed) return false
  return vma.writable === opOf(s, t).writable
}

/** The neighbour below the range that may grow into it, or NONE; and the one above. */
export function growsUp(s: State, t: number): number {
  const v = vmaBefore(s, mmOf(s, t), opOf(s, t).page)
  return mayGrow(s, t, v) ? v : NONE
}
export function growsDown(s: State, t: number): number {
  const v = vmaFrom(s, mmOf(s, t), opOf(s, t).end)
  return mayGrow(s, t, v) ? v : NONE
}

/** Is nobody in a fault on the VMA's own lock, if there is a VMA? */
export const isQuiet = (s: State, m: number, v: number) => v === NONE || hasNoFaults(s, m, v)

export const mmapRoutine = routine('mmap', 'Maps a range.', {
  'mmap.find': ['writes'],
  'mmap.merge': ['writes', 'joinsVmas'],
})

export const mmap: readonly Step[] = [
  {
    name: 'mmap',
    at: 'user',
    source: 'vm_mmap_pgoff: mmap_write_lock_killable',
    guard: (s, t) => begins(s, t, 'mmap'),
    effect: (s, t) => queueToWrite(s, t, mmOf(s, t), 'mmap.find'),
  },
  {
    name: 'mmapFindsRoom',
    at: 'mmap.find',
    to: 'mmap.merge',
    source: 'mmap_region: nothing is mapped there',
    guard: (s, t) => !isTaken(s, t),
  },
  {
    name: 'mmapReplaces',
    at: 'mmap.find',
    source: 'mmap_region: MAP_FIXED, do_vmi_munmap',
    guard: (s, t) => isTaken(s, t) && opOf(s, t).replace,
    effect: (s, t) => unmapRange(s, t, opOf(s, t).page, opOf(s, t).end),
  },
  {
    // Asked for a fixed place where something is mapped: EEXIST (MAP_FIXED_NOREPLACE).
    name: 'mmapRefused',
    at: 'mmap.find',
    to: 'call.unlock',
    source: 'do_mmap: -EEXIST',
    guard: (s, t) => isTaken(s, t) && !opOf(s, t).replace,
  },
  {
    // Under mmap_lock for writing, with no fault in them: a neighbour grown, or two joined.
    name: 'mmapExpands',
    at: 'mmap.merge',
    to: 'call.unlock',
    source: 'mmap_region: vma_merge, vma_expand: vma_start_write',
    guard: (s, t) =>
      (growsUp(s, t) !== NONE || growsDown(s, t) !== NONE) &&
      isQuiet(s, mmOf(s, t), growsUp(s, t)) &&
      isQuiet(s, mmOf(s, t), growsDown(s, t)),
    effect: (s, t) => {
      const m = mmOf(s, t)
      const lower = growsUp(s, t)
      const upper = growsDown(s, t)
      if (lower !== NONE) startChanging(s, m, lower)
      if (upper !== NONE) startChanging(s, m, upper)
      if (lower !== NONE && upper !== NONE) {
        s.mm[m].vma[lower].end = s.mm[m].vma[upper].end
        removeVma(s, m, upper)
      } else if (lower !== NONE) s.mm[m].vma[lower].end = opOf(s, t).end
      else s.mm[m].vma[upper].start = opOf(s, t).page
      expectFresh(s, m, opOf(s, t).page, opOf(s, t).end)
    },
  },
  {
    name: 'mmapMakesVma',
    at: 'mmap.merge',
    to: 'call.unlock',
    source: 'mmap_region: vm_area_alloc, vma_iter_store',
    allocates: ['vma'],
    guard: (s, t) => growsUp(s, t) === NONE && growsDown(s, t) === NONE,
    effect: (s, t) => {
      const m = mmOf(s, t)
      const vma = s.mm[m].vma[freeVma(s, m)]
      vma.start = opOf(s, t).page
      vma.end = opOf(s, t).end
      vma.writable = opOf(s, t).writable
      expectFresh(s, m, opOf(s, t).page, opOf(s, t).end)
    },
  },
  {
    name: 'mmapFails',
    at: 'mmap.merge',
    source: 'mmap_region: vm_area_alloc, -ENOMEM',
    guard: (s, t) =>
      growsUp(s, t) === NONE && growsDown(s, t) === NONE && s.mayFail.vma && s.failuresLeft > 0,
    effect: (s, t) => failCall(s, t, 'call.unlock'),
  },
]

/** `replace` is MAP_FIXED: it unmaps first whatever the range holds. */
export const mmapOperation = operation(
  'mmap',
  ['parent', 'sibling', 'child'],
  { ...range, write: flag(true), replace: flag(false) },
  {
    says: 'Maps fresh memory to a range.',
    needs: ['vmaChanges'],
    vmas: 3,
    weight: 2,
    compiled: ({ replace }) => ({ replace }),
  },
)

declare module '../operation-names.js' {
  interface ProcessOperations {
    mmap: typeof mmapOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof mmapRoutine>, unknown> {}
}
