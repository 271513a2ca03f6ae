/**
 * Kernels of different ages: what a system takes over from the kernel that its source stands on.
 * A system says which kernel that is; the options that follow are no choice in it. `linux` and
 * `async-fork` name none: they are asked about kernels of every age, by the scenario's options.
 */
import type { Options } from '../shape.js'

/** The options that depend upon the age of a kernel. */
type AgeOptions = Partial<
  Pick<Options, 'reuse' | 'stackGrowth' | 'faultLock' | 'madviseLock' | 'tableReclaim'>
>

/** Before 6.4 there are no locks of single VMAs; before 6.5 a stack grows under the read lock. */
const BEFORE_VMA_LOCKS: AgeOptions = {
  stackGrowth: 'read',
  faultLock: 'mmap',
  madviseLock: 'mmap',
  tableReclaim: false,
}

export const generations = {
  // reuse_swap_page asks the map count, until 5.9 (09854ba94c6a).
  '5.6': { ...BEFORE_VMA_LOCKS, reuse: 'mapcount' },
  // do_wp_page asks page_count, from 5.9 until 5.19 (6c287605fd56).
  '5.15': { ...BEFORE_VMA_LOCKS, reuse: 'refcount' },
  // PageAnonExclusive.
  '6.0': { ...BEFORE_VMA_LOCKS, reuse: 'exclusive' },
  // Faults may take the lock of their VMA only (6.4). DONTNEED may from 6.16 on, and frees tables
  // from 6.14 on (CONFIG_PT_RECLAIM).
  '6.6': { stackGrowth: 'write', madviseLock: 'mmap', tableReclaim: false, reuse: 'exclusive' },
} as const satisfies Readonly<Record<string, AgeOptions>>

export type KernelVersion = keyof typeof generations
