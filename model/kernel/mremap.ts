/**
 * mremap (mm/mremap.c): a mapping grows or shrinks where it is, or moves elsewhere with its page
 * tables: whole tables where both ends allow it, else entry by entry. Under mmap_lock held for
 * writing. The operation's range is the old one, `size` the new length, `target` the new place.
 *
 * With MREMAP_FIXED (`replace`) the new place is unmapped first, before the old one is looked at
 * (mremap_to); else something that is mapped there is in the way.
 */
import { expectFresh } from '../ghosts.js'
import { queueToWrite, startChanging } from '../locks.js'
import { flag, length, operation, range, rangeMisfit, target } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, type State } from '../state.js'
import { begins, failCall, mmOf, opOf } from '../threads.js'
import {
  areAlike,
  copyVmaFlags,
  freeVma,
  removeVma,
  vmaAt,
  vmaBefore,
  vmaFrom,
  vmaIn,
} from '../vmas.js'
import { isQuiet } from './mmap.js'
import { unmapRange } from './munmap.js'

/** The VMA that is to be resized or moved: it must hold all of the old range; or NONE. */
export function vmaToResize(s: State, t: number): number {
  const v = vmaAt(s, mmOf(s, t), opOf(s, t).page)
  if (v === NONE) return NONE
  return s.mm[mmOf(s, t)].vma[v].end < opOf(s, t).end ? NONE : v
}

/** Is there what is to be resized? What shrinks or stays may go over several VMAs, and holes. */
export function mayResize(s: State, t: number): boolean {
  if (opOf(s, t).target !== NONE || newEnd(s, t) > opOf(s, t).end) return vmaToResize(s, t) !== NONE
  return vmaAt(s, mmOf(s, t), opOf(s, t).page) !== NONE
}

/** Where the mapping ends afterwards, if it stays. */
export const newEnd = (s: State, t: number) => opOf(s, t).page + opOf(s, t).size

/** Does it stay and shrink? Does it stay, end with its VMA, and find room behind it to grow? */
export const shrinks = (s: State, t: number) =>
  opOf(s, t).target === NONE && newEnd(s, t) < opOf(s, t).end
export function growsInPlace(s: State, t: number): boolean {
  const op = opOf(s, t)
  if (op.target !== NONE || newEnd(s, t) <= op.end || newEnd(s, t) > s.geometry.pages) return false
  if (s.mm[mmOf(s, t)].vma[vmaToResize(s, t)].end !== op.end) return false
  return vmaIn(s, mmOf(s, t), op.end, newEnd(s, t)) === NONE
}

/** Does it stay as it is? */
export const stays = (s: State, t: number) =>
  opOf(s, t).target === NONE && newEnd(s, t) === opOf(s, t).end

/** Must it unmap the new place first? */
export const mustClear = (s: State, t: number) =>
  opOf(s, t).replace &&
  vmaIn(s, mmOf(s, t), opOf(s, t).target, opOf(s, t).target + opOf(s, t).size) !== NONE

/** Does it move, to a place that is free? */
export function moves(s: State, t: number): boolean {
  const op = opOf(s, t)
  if (op.target === NONE) return false
  return vmaIn(s, mmOf(s, t), op.target, op.target + op.size) === NONE
}

/** The page of the new place that belongs to the page the thread is at. */
export const movedPage = (s: State, t: number) =>
  opOf(s, t).target + s.thread[t].page - opOf(s, t).page

/** A neighbour of the new place that is like the moved VMA, so that it may grow; or NONE. */
export function joinsBelow(s: State, t: number): number {
  const v = vmaBefore(s, mmOf(s, t), opOf(s, t).target)
  return v !== NONE && areAlike(s, mmOf(s, t), v, vmaToResize(s, t)) ? v : NONE
}
export function joinsAbove(s: State, t: number): number {
  const v = vmaFrom(s, mmOf(s, t), opOf(s, t).target + opOf(s, t).size)
  return v !== NONE && areAlike(s, mmOf(s, t), v, vmaToResize(s, t)) ? v : NONE
}

export const mremapRoutine = routine(
  'mremap',
  'Resizes a mapping or moves it, and moves it back if memory runs out.',
  {
    'mremap.find': ['writes'],
    'mremap.resize': ['writes'],
    'mremap.join': ['writes'],
    'mremap.merge': ['writes'],
    'mremap.table': ['writes'],
    'mremap.pte': ['writes'],
    'mremap.flushed': ['writes'],
    'mremap.moved': ['writes', 'spinsPage', 'spinsTarget'],
    'mremap.movedTable': ['writes', 'changesRmap'],
    'mremap.undo': ['writes'],
    'mremap.flushedBack': ['writes'],
    'mremap.movedBack': ['writes', 'spinsPage', 'spinsTarget'],
    'mremap.movedTableBack': ['writes', 'changesRmap'],
  },
)

export const mremap: readonly Step[] = [
  {
    name: 'mremap',
    at: 'user',
    source: 'mremap: mmap_write_lock_killable',
    guard: (s, t) => begins(s, t, 'mremap'),
    effect: (s, t) => queueToWrite(s, t, mmOf(s, t), 'mremap.find'),
  },
  {
    // All that munmap does, under the same lock for writing, which is kept.
    name: 'mremapReplaces',
    at: 'mremap.find',
    source: 'mremap_to: MREMAP_FIXED, do_munmap of the new range',
    guard: (s, t) => mustClear(s, t),
    effect: (s, t) => {
      s.thread[t].clears = true
      unmapRange(s, t, opOf(s, t).target, opOf(s, t).target + opOf(s, t).size)
    },
  },
  {
    name: 'mremapRefused',
    at: 'mremap.find',
    to: 'call.unlock',
    source: 'mremap: vma_lookup; vma_to_resize: -EFAULT',
    guard: (s, t) => !mustClear(s, t) && !mayResize(s, t),
  },
  {
    name: 'mremapFinds',
    at: 'mremap.find',
    to: 'mremap.resize',
    source: 'mremap: vma_lookup; vma_to_resize where it does not shrink',
    guard: (s, t) => !mustClear(s, t) && mayResize(s, t),
  },
  {
    name: 'mremapShrinks',
    at: 'mremap.resize',
    source: 'mremap: do_vmi_munmap of the tail',
    guard: (s, t) => shrinks(s, t),
    effect: (s, t) => unmapRange(s, t, newEnd(s, t), opOf(s, t).end),
  },
  {
    // Under mmap_lock for writing, with no fault in it: the VMA grows where it is, and is joined
    // with what it comes to touch.
    name: 'mremapGrows',
    at: 'mremap.resize',
    to: 'mremap.join',
    source: 'mremap: vma_expandable, vma_merge',
    guard: (s, t) => growsInPlace(s, t) && isQuiet(s, mmOf(s, t), vmaToResize(s, t)),
    effect: (s, t) => {
      const m = mmOf(s, t)
      const v = vmaToResize(s, t)
      startChanging(s, m, v)
      expectFresh(s, m, opOf(s, t).end, newEnd(s, t))
      s.mm[m].vma[v].end = newEnd(s, t)
    },
  },
  {
    name: 'mremapJoins',
    at: 'mremap.join',
    to: 'call.unlock',
    source: 'mremap: vma_merge with the next VMA',
    guard: (s, t) => isQuiet(s, mmOf(s, t), vmaFrom(s, mmOf(s, t), newEnd(s, t))),
    effect: (s, t) => {
      const m = mmOf(s, t)
      const v = vmaToResize(s, t)
      const next = vmaFrom(s, m, newEnd(s, t))
      if (next !== NONE && areAlike(s, m, v, next)) {
        s.mm[m].vma[v].end = s.mm[m].vma[next].end
        removeVma(s, m, next)
      }
    },
  },
  {
    name: 'mremapMoves',
    at: 'mremap.resize',
    to: 'mremap.merge',
    source: 'mremap: move_vma',
    guard: (s, t) => moves(s, t),
  },
  {
    name: 'mremapFindsNoRoom',
    at: 'mremap.resize',
    to: 'call.unlock',
    source: 'mremap: -ENOMEM',
    guard: (s, t) => !shrinks(s, t) && !stays(s, t) && !growsInPlace(s, t) && !moves(s, t),
  },
  {
    name: 'mremapStays',
    at: 'mremap.resize',
    to: 'call.unlock',
    source: 'mremap: the length is as it was',
    guard: (s, t) => stays(s, t),
  },
  {
    // Under mmap_lock for writing, with no fault in the VMAs that grow: the new place is mapped,
    // as part of its neighbours where they are alike.
    name: 'mremapCopiesVma',
    at: 'mremap.merge',
    to: 'mremap.table',
    source: 'copy_vma: vma_merge, or vm_area_dup; vma_start_write of the old VMA',
    allocates: ['vma'],
    guard: (s, t) =>
      isQuiet(s, mmOf(s, t), vmaToResize(s, t)) &&
      isQuiet(s, mmOf(s, t), joinsBelow(s, t)) &&
      isQuiet(s, mmOf(s, t), joinsAbove(s, t)),
    effect: (s, t) => {
      const m = mmOf(s, t)
      const old = vmaToResize(s, t)
      const lower = joinsBelow(s, t)
      const upper = joinsAbove(s, t)
      startChanging(s, m, old)
      if (lower !== NONE) {
        startChanging(s, m, lower)
        s.mm[m].vma[lower].end = opOf(s, t).target + opOf(s, t).size
        if (upper !== NONE) {
          s.mm[m].vma[lower].end = s.mm[m].vma[upper].end
          removeVma(s, m, upper)
        }
      } else if (upper !== NONE) {
        startChanging(s, m, upper)
        s.mm[m].vma[upper].start = opOf(s, t).target
      } else {
        const v = freeVma(s, m)
        s.mm[m].vma[v].start = opOf(s, t).target
        s.mm[m].vma[v].end = opOf(s, t).target + opOf(s, t).size
        copyVmaFlags(s, m, old, m, v)
        startChanging(s, m, v)
      }
      expectFresh(
        s,
        m,
        opOf(s, t).target + opOf(s, t).end - opOf(s, t).page,
        opOf(s, t).target + opOf(s, t).size,
      )
      s.thread[t].page = opOf(s, t).page
    },
  },
  {
    name: 'mremapVmaFails',
    at: 'mremap.merge',
    source: 'copy_vma: vm_area_dup, -ENOMEM',
    guard: (s, t) =>
      joinsBelow(s, t) === NONE && joinsAbove(s, t) === NONE && s.mayFail.vma && s.failuresLeft > 0,
    effect: (s, t) => failCall(s, t, 'call.unlock'),
  },
]

/**
 * Without a new length it keeps the old one, without a target it stays in its place. `replace` is
 * MREMAP_FIXED: it unmaps first whatever is mapped at the target.
 */
export const mremapOperation = operation(
  'mremap',
  ['parent', 'sibling', 'child'],
  { ...range, size: length, target, replace: flag(false) },
  {
    says: 'Shrinks, grows or moves a mapping.',
    needs: ({ target, replace }) => [
      'vmaChanges',
      ...(target === undefined ? [] : (['moves'] as const)),
      ...(replace ? (['movesOver'] as const) : []),
    ],
    // Two cuts at the old place, two at the new one, and the new mapping.
    vmas: ({ replace }) => (replace ? 5 : 3),
    weight: 2,
    mistake: ({ from, to, size = to - from, target, replace }, room) => {
      if (target === undefined && replace) return 'replace: only what moves to a target replaces'
      if (target === undefined)
        return from + size <= room.pages ? null : `size ${size} reaches beyond page ${room.pages}`
      if (size < to - from) return 'a mapping that moves cannot shrink as well'
      const misfit = rangeMisfit({ from: target, to: target + size }, room)
      if (misfit) return `target: ${misfit}`
      return target < to && from < target + size ? 'target: overlaps the old place' : null
    },
    compiled: ({ from, to, size = to - from, target = NONE, replace }) => ({
      size,
      target,
      replace,
    }),
  },
)

declare module '../operation-names.js' {
  interface ProcessOperations {
    mremap: typeof mremapOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof mremapRoutine>, unknown> {}
}
