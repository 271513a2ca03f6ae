/**
 * Bringing pages back from swap space: in a fault (mm/memory.c: do_swap_page), or all of them when
 * swap space is switched off (mm/swapfile.c: try_to_unuse, unuse_pte). A frame that is still in
 * the swap cache is mapped again, read-only; else each entry gets a frame of its own.
 */
import { mayReuse, putSlot, takeFrame } from '../hardware/frames.js'
import { spaceBehind } from '../hardware/rmap.js'
import { hasTable, isUnlocked, pteOf, setPte } from '../hardware/tables.js'
import { mayRead } from '../locks.js'
import { kernelOperation } from '../operation.js'
import { type PlaceIn, routine } from '../places.js'
import type { Step } from '../rule.js'
import { NONE, PARENT, type State } from '../state.js'
import { finish, mmOf, opOf } from '../threads.js'
import { vmaAt } from '../vmas.js'
import { failFault, wantsWrite } from './fault.js'

/** Does a PTE name this swap slot still (pte_same)? */
export function namesSlot(s: State, m: number, page: number, slot: number): boolean {
  if (!hasTable(s, m, page)) return false
  return pteOf(s, m, page).swapped && pteOf(s, m, page).frame === slot
}

/** May the content of a slot be taken: is its frame, if it has one yet, not locked by reclaim? */
export function mayTakeBack(s: State, slot: number): boolean {
  const cached = s.frame[slot].cache
  return cached === NONE || s.frame[cached].lock === NONE
}

/**
 * Maps what a swap entry stands for, and the entry counts no longer. What others name too is read
 * into the swap cache, where they will find it.
 * @param wants does a store want it: then it is made writable if nobody else has it.
 * @param bypasses is a slot that nobody else names read past the swap cache (a fast device)?
 */
export function takeBack(
  s: State,
  m: number,
  page: number,
  wants: boolean,
  bypasses: boolean,
): void {
  const slot = pteOf(s, m, page).frame
  const f = frameOfSlot(s, page, slot)
  const frame = s.frame[f]
  frame.exclusive =
    s.frame[slot].exclusive || (bypasses && frame.exclusive && s.frame[slot].refs === 1)
  if (s.frame[slot].refs > 1 && s.frame[slot].cache === NONE) {
    s.frame[slot].cache = f
    frame.refs++
  }
  putSlot(s, slot)
  const own = wants && mayReuse(s, f)
  if (own && s.options.reuse === 'exclusive') frame.exclusive = true
  setPte(s, m, page, f, own && s.mm[m].vma[vmaAt(s, m, page)].writable)
}

/** The frame with a slot's content, counted for one more PTE: from the swap cache, or a new one. */
export function frameOfSlot(s: State, page: number, slot: number): number {
  const { cache, value } = s.frame[slot]
  if (cache === NONE) return takeFrame(s, page, value)
  s.frame[cache].refs++
  s.frame[cache].maps++
  return cache
}

/** The lowest page of a VMA of an address space whose PTE is a swap entry, or NONE. */
export function swappedPage(s: State, m: number): number {
  for (let page = 0; page < s.geometry.pages; page++)
    if (hasTable(s, m, page) && pteOf(s, m, page).swapped && vmaAt(s, m, page) !== NONE) return page
  return NONE
}

/** Is a fork filling this address space, and holds its mmap_lock for writing (dup_mmap)? */
export function isBeingForked(s: State, m: number): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.mm[PARENT].lock.writer === t && opOf(s, t).do === 'fork' && opOf(s, t).child === m)
      return true
  return false
}

/** Does any PTE name a swap slot? */
export function swapInUse(s: State): boolean {
  for (let i = s.geometry.frames; i < s.geometry.frames + s.geometry.swapSlots; i++)
    if (s.frame[i].refs > 0) return true
  return false
}

export const swapOffRoutine = routine('swapOff', 'Reads a swapped page back for all page tables.', {
  'swapOff.lock': ['unlocked'],
  'swapOff.pte': ['ofSpace'],
})

export const swapIn: readonly Step[] = [
  {
    // Reads the PTE under its lock, and drops it: what it names is looked up without.
    name: 'faultSwapped',
    at: 'fault.pte',
    to: 'fault.swapIn',
    source: 'handle_pte_fault: !pte_present, do_swap_page',
    guard: (s, t) =>
      isUnlocked(s, mmOf(s, t), s.thread[t].page) &&
      hasTable(s, mmOf(s, t), s.thread[t].page) &&
      pteOf(s, mmOf(s, t), s.thread[t].page).swapped,
    effect: (s, t) => {
      s.thread[t].other = pteOf(s, mmOf(s, t), s.thread[t].page).frame
    },
  },
  {
    // The frame's lock, if it is in the swap cache; then, under the PTE lock, the entry is still
    // the same. A slot that nobody else names is read past the swap cache, as from a RAM disk
    // (SWP_SYNCHRONOUS_IO).
    name: 'faultSwapIn',
    at: 'fault.swapIn',
    source: 'do_swap_page: folio_lock_or_retry, pte_same, swap_free, set_pte_at',
    allocates: ['faultFrame'],
    guard: (s, t) => {
      const me = s.thread[t]
      if (!isUnlocked(s, mmOf(s, t), me.page)) return false
      return namesSlot(s, mmOf(s, t), me.page, me.other) && mayTakeBack(s, me.other)
    },
    effect: (s, t) => {
      const me = s.thread[t]
      takeBack(s, mmOf(s, t), me.page, me.wants, true)
      me.other = NONE
      // A store to what others have too goes on as one to a write-protected page (do_wp_page).
      // Who unshares looks at the entry again.
      me.pc = me.wants && wantsWrite(s, t) ? 'fault.pte' : me.onward
    },
  },
  {
    name: 'faultSwapInFails',
    at: 'fault.swapIn',
    source: 'do_swap_page: vma_alloc_folio, VM_FAULT_OOM',
    guard: (s) => s.mayFail.faultFrame && s.failuresLeft > 0,
    effect: (s, t) => {
      s.thread[t].other = NONE
      failFault(s, t)
    },
  },
  {
    name: 'faultSwapChanged',
    at: 'fault.swapIn',
    source: 'do_swap_page: pte_same is false',
    guard: (s, t) =>
      isUnlocked(s, mmOf(s, t), s.thread[t].page) &&
      !namesSlot(s, mmOf(s, t), s.thread[t].page, s.thread[t].other),
    effect: (s, t) => {
      s.thread[t].other = NONE
      s.thread[t].pc = s.thread[t].onward
    },
  },
  {
    name: 'swapOff',
    at: 'user',
    to: 'swapOff.lock',
    source: 'try_to_unuse',
    guard: (s, t) => opOf(s, t).do === 'swapOff' && swapInUse(s),
    effect: (s, t) => {
      s.thread[t].space = PARENT
    },
  },
  {
    name: 'swapOffLocks',
    at: 'swapOff.lock',
    to: 'swapOff.pte',
    source: 'unuse_mm: mmap_read_lock',
    guard: (s, t) => mayRead(s, s.thread[t].space) && !isBeingForked(s, s.thread[t].space),
    effect: (s, t) => {
      s.mm[s.thread[t].space].lock.readers[t] = true
    },
  },
  {
    // Under the PTE lock, VMA by VMA: pages that munmap has cut off and not yet removed are left to
    // it, and looked for again.
    name: 'swapOffTakesBack',
    at: 'swapOff.pte',
    source: 'unuse_mm: for_each_vma; unuse_pte',
    guard: (s, t) => {
      const m = s.thread[t].space
      if (swappedPage(s, m) === NONE || !isUnlocked(s, m, swappedPage(s, m))) return false
      return mayTakeBack(s, pteOf(s, m, swappedPage(s, m)).frame)
    },
    effect: (s, t) => {
      const m = s.thread[t].space
      takeBack(s, m, swappedPage(s, m), false, false)
    },
  },
  {
    name: 'swapOffNextSpace',
    at: 'swapOff.pte',
    source: 'try_to_unuse: mmap_read_unlock, next mm of the list',
    guard: (s, t) => swappedPage(s, s.thread[t].space) === NONE,
    effect: (s, t) => {
      const me = s.thread[t]
      s.mm[me.space].lock.readers[t] = false
      const next = spaceBehind(s, me.space)
      if (next !== NONE) {
        me.space = next
        me.pc = 'swapOff.lock'
      } else if (swapInUse(s)) {
        me.space = PARENT
        me.pc = 'swapOff.lock'
      } else finish(s, t)
    },
  },
]

export const swapOffOperation = kernelOperation(
  'swapOff',
  'swapoff',
  {},
  {
    says: 'Brings all swapped pages back into memory.',
  },
)

declare module '../operation-names.js' {
  interface KernelOperations {
    swapOff: typeof swapOffOperation
  }
}

declare module '../places.js' {
  interface Places extends Record<PlaceIn<typeof swapOffRoutine>, unknown> {}
}
