/** Where a thread stands when it has taken a step of the model: functions of 6.1, by rule. */

/** How the page of a call is known: by a register, or by what one points to. */
export type PageFrom = 'rsi' | 'rdi+24' | '[rsi]' | null

export interface StopAt {
  readonly function: string
  /** The call must come from one of these. */
  readonly callers?: readonly string[]
  /** The call must be about the thread's page. */
  readonly page: PageFrom
  /** The stop is where the call returns to. */
  readonly returns?: true
}

const flush = (callers: readonly string[], page: PageFrom): StopAt => ({
  function: 'flush_tlb_mm_range',
  callers,
  page,
})

export const STOPS: Readonly<Record<string, StopAt>> = {
  fork: { function: 'dup_mmap', page: null },
  forkVma: { function: 'copy_page_range', page: '[rsi]' },
  forkFlush: flush(['dup_mmap'], null),
  faultWalk: { function: 'handle_mm_fault', page: 'rsi' },
  faultShared: { function: 'wp_page_copy', page: 'rdi+24' },
  faultClear: flush(['ptep_clear_flush'], 'rsi'),
  zapPage: flush(['tlb_finish_mmu', 'tlb_flush_mmu'], null),
  zapFree: { function: 'free_pages_and_swap_cache', page: null, returns: true },
  movePage: flush(['move_page_tables'], null),
  moveTable: flush(['move_page_tables'], null),
  migrateUnmaps: flush(['ptep_clear_flush'], null),
  swapUnmaps: flush(['ptep_clear_flush', 'arch_tlbbatch_flush', 'try_to_unmap_flush'], null),
}

/** Stops of rules that a mutant changes, where they stand for something else then. */
export const MUTANT_STOPS: Readonly<Record<string, Readonly<Record<string, StopAt | null>>>> = {
  'linux-free-before-flush': {
    zapPage: { function: 'free_pages_and_swap_cache', page: null, returns: true },
    zapFree: null,
  },
}
