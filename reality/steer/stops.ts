/** Where a thread stands when it has taken a step of the model: functions of 6.1, by rule. */
import type { Call } from './flaws.js'

/** How the page of a call is known: by a register, or by what one points to. */
export type PageFrom = 'rsi' | 'rdi+24' | '[rsi]' | '[rdi]' | null

export interface StopAt {
  readonly function: string
  /** The call must come from one of these. */
  readonly callers?: readonly string[]
  /** The call must be about the thread's page. */
  readonly page: PageFrom
  /** The call must be about the parent's mmap_lock. */
  readonly lock?: true
  /** The stop is where the call returns to. */
  readonly returns?: true
}

const flush = (callers: readonly string[], page: PageFrom): StopAt => ({
  function: 'flush_tlb_mm_range',
  callers,
  page,
})
const over = (name: string, callers?: readonly string[]): StopAt => ({
  function: name,
  ...(callers ? { callers } : {}),
  page: null,
  returns: true,
})

export const STOPS: Readonly<Record<string, StopAt>> = {
  fork: { function: 'dup_mmap', page: null },
  forkVma: { function: 'copy_page_range', page: '[rsi]' },
  forkTable: over('__pte_alloc', ['copy_page_range']),
  forkFlush: flush(['dup_mmap'], null),
  forkVmaFails: { function: 'vm_area_dup', callers: ['dup_mmap'], page: '[rdi]' },
  forkTableFails: { function: '__pte_alloc', callers: ['copy_page_range'], page: null },
  forkUpperTableFails: { function: '__pte_alloc', callers: ['copy_page_range'], page: null },
  forkFailFlush: flush(['dup_mmap'], null),
  forkFailUnlock: { ...over('up_write', ['dup_mmap']), lock: true },
  faultWalk: { function: 'handle_mm_fault', page: 'rsi' },
  faultShared: { function: 'wp_page_copy', page: 'rdi+24' },
  faultCopy: over('copy_mc_to_kernel', ['wp_page_copy', '__wp_page_copy_user']),
  faultClear: flush(['ptep_clear_flush'], 'rsi'),
  zapPage: flush(['tlb_finish_mmu', 'tlb_flush_mmu'], null),
  zapFree: over('free_pages_and_swap_cache'),
  changeDone: flush(['tlb_finish_mmu', 'tlb_flush_mmu'], 'rsi'),
  changeMeetsHole: flush(['tlb_finish_mmu', 'tlb_flush_mmu'], 'rsi'),
  movePage: flush(['move_page_tables'], null),
  moveTable: flush(['move_page_tables'], null),
  migrate: { function: 'migrate_pages', page: null },
  migrateUnmaps: flush(['ptep_clear_flush'], null),
  swapUnmaps: over('try_to_unmap_one'),
  lazyUnmaps: over('try_to_unmap_one'),
  swapFlushes: { function: 'arch_tlbbatch_flush', page: null },
  collapseClears: flush(['pmdp_collapse_flush'], null),
}

/** Steps that fail for want of memory: the stub skips the call, which returns this. */
export const FAILURES: Readonly<Record<string, { readonly skip: Call; readonly returns: bigint }>> =
  {
    forkVmaFails: { skip: { function: 'vm_area_dup' }, returns: 0n },
    forkTableFails: { skip: { function: '__pte_alloc' }, returns: 1n },
    forkUpperTableFails: { skip: { function: '__pte_alloc' }, returns: 1n },
  }

/** Stops of rules that a mutant changes, where they stand for something else then. */
export const MUTANT_STOPS: Readonly<Record<string, Readonly<Record<string, StopAt | null>>>> = {
  'linux-free-before-flush': {
    zapPage: over('free_pages_and_swap_cache'),
    zapFree: null,
  },
  // Where the lock is held otherwise.
  'linux-fork-unlocked': { fork: { function: 'copy_page_range', page: '[rsi]' } },
  'linux-migrates-without-flush': {
    migrateUnmaps: over('page_remove_rmap', ['try_to_migrate_one']),
  },
  'linux-mremap-keeps-target': {
    mremapReplaces: { ...over('do_munmap'), page: 'rsi' },
  },
}
