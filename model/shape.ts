/** What a scenario fixes: who acts, what may fail, which granularity; the sizes of a state. */
import type { Operation } from './operation-names.js'
import type { Place, PlacesWith } from './places.js'
import type { Uses } from './uses.js'

export type { Operation } from './operation-names.js'

/** An operation as rules see it: every field present. */
export interface Op {
  readonly do: Operation
  /** First page, or ANY for an access to a page chosen at run time. */
  readonly page: number
  /** Page after the last. */
  readonly end: number
  /** Where the range is moved to (mremap), or how far it grows; NONE when it stays. */
  readonly target: number
  /** The length asked for, in pages (mremap). */
  readonly size: number
  /** The protection asked for (mmap, mprotect). */
  readonly writable: boolean
  /** Every access is to be forbidden (mprotect with PROT_NONE). */
  readonly closed: boolean
  /** May what is mapped in the range be replaced (MAP_FIXED)? */
  readonly replace: boolean
  /** The content a store leaves: its own, so that every store can be told from every other. */
  readonly value: number
  /** The address space a fork makes. */
  readonly child: number
  /** In words: `munmap(0 to 2)`. */
  readonly says: string
}

/** A thread as the scenario declares it. */
export interface Actor {
  readonly name: string
  /** Which address space it lives in; NONE for a thread of the kernel or a device. */
  readonly mm: number
  /** Among the threads of its address space: 0 for the first. */
  readonly rank: number
  /** What it does, in order; the last operation is always `end`. */
  readonly program: readonly Op[]
}

/**
 * Where memory may run out; the text in brackets says whose failure that is. A frame that there is,
 * but that may not be charged to the process's cgroup (mem_cgroup_charge), is given back at once,
 * and the way out is that of a failed allocation: in wp_page_copy, do_anonymous_page and
 * page_copy_prealloc (seen in 6.0); tables are charged as they are allocated (GFP_KERNEL_ACCOUNT,
 * assumed). Likewise a VMA of the child that overcommit refuses (security_vm_enough_memory_mm in
 * dup_mmap) and one that cannot be allocated both go to fail_nomem: that is the point `fork`.
 * mprotect, mmap, brk and mremap ask overcommit as well, before they need a VMA; their refusal
 * without one is not modelled.
 */
export const ALLOCATION_POINTS = {
  fork: 'fork: VMAs and upper tables of the child (phase 1)',
  forkTable: 'fork: PTE tables of the child, where fork itself copies them (phase 1)',
  forkFrame: 'fork: the copy of a pinned page (phase 1)',
  forkLate: 'fork: anything after the address space has been copied (phase 1)',
  copierTable: 'PTE tables, allocated by the copying child (phase 2)',
  syncTable: 'PTE tables, allocated by the parent when it synchronises (phase 3)',
  cowFrame: 'the frame a copy-on-write fault copies into',
  faultTable: 'the PTE table a fault needs',
  faultFrame: 'the frame a first touch or a swap-in needs',
  vma: 'the VMA a system call needs: for a split, a new mapping, a copy',
  moveTable: 'the PTE table that mremap moves pages into',
  swapSlot: 'the swap slot that reclaim needs',
  hugePage: 'the huge page that khugepaged collapses into',
  migrationFrame: 'the frame a page is migrated to',
  uffdFrame: 'the frame userfaultfd copies into',
  sharedTable: 'the PTE table that a shared one is copied into',
} as const

export type AllocationPoint = keyof typeof ALLOCATION_POINTS

/** Granularity and variants, where published facts differ; the defaults stand first. */
export interface Options {
  /** Is Async-fork switched on for this process (the paper's parameter F)? */
  readonly enabled: boolean
  /**
   * How long the copying child read-holds the parent's mmap_lock: its whole copy (as shipped by
   * Alibaba) or one VMA at a time. The paper does not say.
   */
  readonly copierLock: 'copy' | 'vma'
  /** Threads of the child that copy. */
  readonly copiers: number
  /** How copiers share the work: each takes whole VMAs, or every n-th table of each VMA. */
  readonly copierSplit: 'vma' | 'table'
  /**
   * What protects the two-way pointers: nothing, as in the paper, or the child's mmap_lock, as
   * shipped by Alibaba.
   */
  readonly pointerLock: 'none' | 'child'
  /** When the child looks for an error code: before and after each VMA, or only before. */
  readonly errorCheck: 'both' | 'before'
  /** After how many PTEs a copier may drop the page-table spinlocks; 0: it never does. */
  readonly chunk: number
  /** What a fault holds: mmap_lock for reading, or only the lock of its VMA. */
  readonly faultLock: 'mmap' | 'vma'
  /** What MADV_DONTNEED holds: mmap_lock for reading, or only its VMA's lock (from 6.16 on). */
  readonly madviseLock: 'mmap' | 'vma'
  /** What a stack grows under: mmap_lock for writing, or only for reading (before 6.5). */
  readonly stackGrowth: 'write' | 'read'
  /** When a write fault takes a frame over instead of copying it. */
  readonly reuse: 'exclusive' | 'refcount' | 'mapcount'
  /** Does a faulting CPU drop its stale TLB entry (x86), or may it keep it (arm64; 4.8)? */
  readonly arch: 'x86' | 'arm64'
  /** Do CPUs cache PMD entries as well (x86 paging-structure caches; 1.2)? */
  readonly upperCache: boolean
  /** Does DONTNEED free the tables that it has emptied (CONFIG_PT_RECLAIM, from 6.14 on)? */
  readonly tableReclaim: boolean
  /** Where a pinned page is copied: by fork itself, or later with its table. */
  readonly pinned: 'fork' | 'later'
}

/** The sizes and constants a scenario fixes; everything a state has beyond its variables. */
export interface Shape {
  readonly pages: number
  readonly pagesPerTable: number
  /** Address spaces: the parent's, and one for each child. */
  readonly mms: number
  readonly vmas: number
  /** Page frames; swap slots are numbered behind them. */
  readonly frames: number
  readonly swapSlots: number
  /** Number of distinct page contents. */
  readonly values: number
  readonly actors: readonly Actor[]
  readonly failures: number
  /** A failure uses up nothing: memory does not come back. */
  readonly failuresLast: boolean
  readonly mayFail: Readonly<Record<AllocationPoint, boolean>>
  /** For each address space: may its threads be killed from outside at any moment? */
  readonly mayKill: readonly boolean[]
  readonly options: Options
  readonly uses: Uses
  /** Where a child's first thread begins: in user mode, or copying. */
  readonly childStart: Place
  /** All places, in the order of their numbers in a state; and where each fact is true. */
  readonly placeNames: readonly Place[]
  readonly places: PlacesWith
}
