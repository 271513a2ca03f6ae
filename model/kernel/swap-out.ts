/**
 * Reclaim (mm/vmscan.c: shrink_folio_list; mm/rmap.c: try_to_unmap_one): a frame is locked, every
 * PTE that maps it is replaced by a swap entry, address space by address space, and when nobody
 * maps or holds it any more its content goes to swap space and it is freed. A frame that may be
 * dropped (MADV_FREE) goes without that, unless it is dirty again.
 *
 * The CPUs are not asked at each PTE: the flush is deferred until all PTEs are gone
 * (TTU_BATCH_FLUSH). Whoever changes PTEs in between flushes first (flush_tlb_batched_pending).
 * The walk from the frame to its PTEs holds the lock of the reverse map for reading.
 */
import { isPinned, putFrame, unmapFrame } from '../hardware/frames.js'
import { firstSpace, isInHuge, mappingOf, spaceBehind } from '../hardware/rmap.js'
import { clearPte, frameOf, isUnlocked, pteOf } from '../hardware/tables.js'
import { deferFlush, flushDeferred } from '../hardware/tlb.js'
import { mayWalk } from '../locks.js'
import { anyPage, kernelOperation } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { ANY, NONE, PARENT, type State } from '../state.js'
import { failCall, finish, opOf } from '../threads.js'
import { vmaAt } from '../vmas.js'

/** The page a thread of the kernel has been told to work on, or has picked. */
export const chosenPage = (s: State, t: number) =>
  opOf(s, t).page === ANY ? s.thread[t].page : opOf(s, t).page

/** The parent's frame at the page the thread is to work on, or NONE. */
export function chosenFrame(s: State, t: number): number {
  if (chosenPage(s, t) === s.geometry.pages) return NONE
  return frameOf(s, PARENT, chosenPage(s, t))
}

/** May a thread of the kernel take this frame off its list and lock it? */
export const mayIsolate = (s: State, f: number) =>
  f !== NONE && s.frame[f].lock === NONE && !isPinned(s, f) && !isInHuge(s, f)

/** Has the frame a swap slot already? */
export function isInSwapCache(s: State, f: number): boolean {
  for (const frame of s.frame) if (frame.cache === f) return true
  return false
}

/** Is the page in a VMA whose pages must stay in memory? */
export function isLockedIn(s: State, page: number): boolean {
  const v = vmaAt(s, PARENT, page)
  return v !== NONE && s.mm[PARENT].vma[v].locked
}

/** A swap slot that is not in use, or NONE. */
export function freeSlot(s: State): number {
  for (let i = s.geometry.frames; i < s.geometry.frames + s.geometry.swapSlots; i++)
    if (s.frame[i].refs === 0 && s.frame[i].cache === NONE) return i
  return NONE
}

/** Takes a frame off its list: locked, with a reference that keeps it. */
export function isolate(s: State, t: number, f: number): void {
  const me = s.thread[t]
  me.frame = f
  me.page = s.geometry.pages
  s.frame[f].lock = t
  s.frame[f].refs++
}

/** The page at which the address space the thread has come to maps its frame, or NONE. */
export const mappedHere = (s: State, t: number) =>
  mappingOf(s, s.thread[t].space, s.thread[t].frame, false)

/** May the mapping the thread has come to be taken away now? */
export const mayUnmap = (s: State, t: number) =>
  mappedHere(s, t) !== NONE &&
  isUnlocked(s, s.thread[t].space, mappedHere(s, t)) &&
  !isPinned(s, s.thread[t].frame)

/** May the mapping go without a trace: is the frame lazily freed, clean, and held by PTEs alone? */
export function mayDiscard(s: State, t: number): boolean {
  const frame = s.frame[s.thread[t].frame]
  if (!frame.lazy || frame.refs !== frame.maps + 1) return false
  return !pteOf(s, s.thread[t].space, mappedHere(s, t)).dirty
}

/** Is there nothing to take away in the address space the thread has come to? */
export const isPassed = (s: State, t: number) =>
  mappedHere(s, t) === NONE || isPinned(s, s.thread[t].frame)

/** Is the frame free of mappings, and held by nobody but the thread and the swap cache? */
export const isFreeOfOthers = (s: State, t: number) =>
  s.frame[s.thread[t].frame].maps === 0 &&
  s.frame[s.thread[t].frame].refs === (s.thread[t].other === NONE ? 1 : 2)

/** Begins a walk from the frame to its PTEs: the lock of the reverse map is taken for reading. */
export function beginWalk(s: State, t: number): void {
  s.thread[t].space = firstSpace()
  s.rmap.readers[t] = true
}

/** The walk is over, and the lock of the reverse map is dropped. */
export function endWalk(s: State, t: number): void {
  s.thread[t].space = 0
  s.rmap.readers[t] = false
}

/** Unlocks the frame and drops the reference that kept it. */
export function release(s: State, t: number): void {
  const me = s.thread[t]
  s.frame[me.frame].lock = NONE
  putFrame(s, me.frame)
  me.frame = NONE
  me.other = NONE
  finish(s, t)
}

/** The swap slot is given up if no PTE names it. */
export function dropUnusedSlot(s: State, t: number): void {
  const slot = s.frame[s.thread[t].other]
  if (slot.refs > 0) return
  slot.cache = NONE
  putFrame(s, s.thread[t].frame)
}

export const swapRoutine = routine(
  'swap',
  'Takes a page out of all page tables and writes it to swap.',
  {
    'swap.walk': ['unlocked', 'locksFrame'],
    'swap.unmap': ['unlocked', 'locksFrame', 'walksRmap'],
    'swap.flush': ['unlocked', 'locksFrame'],
    'swap.write': ['unlocked', 'locksFrame'],
  },
)

export const swapOut: readonly Step[] = [
  {
    // Under the LRU lock: taken off the list; trylock of the frame. It enters the swap cache.
    name: 'swapOut',
    at: 'user',
    to: 'swap.walk',
    source: 'shrink_folio_list: folio_trylock, add_to_swap',
    allocates: ['swapSlot'],
    guard: (s, t) =>
      opOf(s, t).do === 'swapOut' &&
      mayIsolate(s, chosenFrame(s, t)) &&
      !isInSwapCache(s, chosenFrame(s, t)) &&
      !s.frame[chosenFrame(s, t)].lazy &&
      !isLockedIn(s, chosenPage(s, t)) &&
      freeSlot(s) !== NONE,
    effect: (s, t) => {
      const me = s.thread[t]
      isolate(s, t, chosenFrame(s, t))
      me.other = freeSlot(s)
      s.frame[me.other].cache = me.frame
      s.frame[me.frame].refs++
    },
  },
  {
    name: 'swapOutFails',
    at: 'user',
    source: 'add_to_swap: folio_alloc_swap fails',
    guard: (s, t) => opOf(s, t).do === 'swapOut' && s.mayFail.swapSlot && s.failuresLeft > 0,
    effect: (s, t) => {
      failCall(s, t, 'user')
      finish(s, t)
    },
  },
  {
    // A frame that may be dropped needs no swap slot.
    name: 'dropLazily',
    at: 'user',
    to: 'swap.walk',
    source: 'shrink_folio_list: folio_test_anon && !folio_test_swapbacked',
    guard: (s, t) =>
      opOf(s, t).do === 'swapOut' &&
      mayIsolate(s, chosenFrame(s, t)) &&
      s.frame[chosenFrame(s, t)].lazy &&
      !isLockedIn(s, chosenPage(s, t)),
    effect: (s, t) => {
      isolate(s, t, chosenFrame(s, t))
    },
  },
  {
    name: 'swapWalks',
    at: 'swap.walk',
    to: 'swap.unmap',
    source: 'rmap_walk_anon: folio_lock_anon_vma_read',
    guard: (s) => mayWalk(s),
    effect: (s, t) => beginWalk(s, t),
  },
  {
    // Under the PTE lock: the entry names the swap slot from now on, and says whether the page was
    // this address space's alone (pte_swp_mkexclusive; only one entry can, so it is kept with the
    // slot). The flush of this one address space is deferred.
    name: 'swapUnmaps',
    at: 'swap.unmap',
    source:
      'try_to_unmap_one: ptep_get_and_clear, set_tlb_ubc_flush_pending, swap_duplicate, set_pte_at',
    guard: (s, t) => mayUnmap(s, t) && s.thread[t].other !== NONE,
    effect: (s, t) => {
      const me = s.thread[t]
      const page = mappedHere(s, t)
      const pte = pteOf(s, me.space, page)
      pte.frame = me.other
      pte.swapped = true
      pte.writable = false
      s.frame[me.other].refs++
      s.frame[me.other].exclusive = s.frame[me.frame].exclusive
      s.frame[me.frame].exclusive = false
      unmapFrame(s, me.frame)
      putFrame(s, me.frame)
      deferFlush(s, t, me.space)
    },
  },
  {
    // Under the PTE lock: a clean entry goes without a trace, and the page is zeros from now on.
    name: 'lazyUnmaps',
    at: 'swap.unmap',
    source: 'try_to_unmap_one: ptep_get_and_clear, ref_count == 1 + map_count, !folio_test_dirty',
    guard: (s, t) => mayUnmap(s, t) && s.thread[t].other === NONE && mayDiscard(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      const page = mappedHere(s, t)
      clearPte(s, me.space, page)
      unmapFrame(s, me.frame)
      putFrame(s, me.frame)
      deferFlush(s, t, me.space)
    },
  },
  {
    // Under the PTE lock: it has been written to since, or somebody else holds it; it is an
    // ordinary page again.
    name: 'lazyIsDirty',
    at: 'swap.unmap',
    to: 'swap.flush',
    source: 'try_to_unmap_one: folio_set_swapbacked',
    guard: (s, t) => mayUnmap(s, t) && s.thread[t].other === NONE && !mayDiscard(s, t),
    effect: (s, t) => {
      s.frame[s.thread[t].frame].lazy = false
      endWalk(s, t)
    },
  },
  {
    name: 'swapNextSpace',
    at: 'swap.unmap',
    source: 'rmap_walk_anon: next VMA of the anon_vma',
    guard: (s, t) => isPassed(s, t) && spaceBehind(s, s.thread[t].space) !== NONE,
    effect: (s, t) => {
      s.thread[t].space = spaceBehind(s, s.thread[t].space)
    },
  },
  {
    name: 'swapUnmapped',
    at: 'swap.unmap',
    to: 'swap.flush',
    source: 'try_to_unmap: the walk is over',
    guard: (s, t) => isPassed(s, t) && spaceBehind(s, s.thread[t].space) === NONE,
    effect: (s, t) => endWalk(s, t),
  },
  {
    // Before the content is written and before the frame is freed, all CPUs drop what was unmapped.
    name: 'swapFlushes',
    at: 'swap.flush',
    source: 'shrink_folio_list: try_to_unmap_flush_dirty, try_to_unmap_flush',
    effect: (s, t) => flushDeferred(s, t, 'swap.write'),
  },
  {
    // Nobody maps it and nobody else holds it, so nobody can change it: its content goes to the
    // slot (if any PTE still names that), and the frame is freed.
    name: 'swapFrees',
    at: 'swap.write',
    source: 'pageout, __remove_mapping: folio_ref_freeze, __delete_from_swap_cache',
    guard: (s, t) => isFreeOfOthers(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      if (me.other !== NONE) {
        if (s.frame[me.other].refs > 0) {
          s.frame[me.other].value = s.frame[me.frame].value
          s.frame[me.other].cache = NONE
          putFrame(s, me.frame)
        } else dropUnusedSlot(s, t)
      }
      release(s, t)
    },
  },
  {
    // Somebody maps or holds it (again): it stays, in the swap cache if a PTE names the slot.
    name: 'swapKeeps',
    at: 'swap.write',
    source: '__remove_mapping: folio_ref_freeze fails; keep_locked',
    guard: (s, t) => !isFreeOfOthers(s, t),
    effect: (s, t) => {
      if (s.thread[t].other !== NONE) dropUnusedSlot(s, t)
      release(s, t)
    },
  },
]

export const swapOutOperation = kernelOperation(
  'swapOut',
  'kswapd',
  { page: anyPage },
  {
    says: 'Reclaims the frame of a page: writes it to swap, or drops it if it may.',
    needs: ['swap'],
    weight: 2,
  },
)

declare module '../operation-names.js' {
  interface KernelOperations {
    swapOut: typeof swapOutOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof swapRoutine>, unknown> {}
}
