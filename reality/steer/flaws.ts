/**
 * Flaws made on a stock kernel by the stub: at a function's entry it is skipped, or something that
 * it would leave right is put wrong. Each makes the flaw of one mutant of `linux`.
 */

/** A function, and the one it is called from. */
export interface Call {
  readonly function: string
  readonly caller?: string
}

/** What the stub does at a call. */
export type Deed =
  /** The call is not made; it returns this. The processor empties its own TLB. */
  | { readonly skip: Call; readonly returns?: bigint }
  /** Something is changed at the call, and the call is made. */
  | { readonly at: Call; readonly change: Change }

export type Change =
  /** The parent's entries are writable again. */
  | 'parent entries writable'
  /** One reference and one mapping less for what fork has shared. */
  | 'references dropped'
  /** The page that faults is taken for exclusive. */
  | 'page exclusive'
  /** fork takes a VMA that must be empty in the child for an ordinary one. */
  | 'wipe flag off'
  /** The call does not wait for the other processors. */
  | 'no waiting'

const flush = (caller: string): Deed => ({ skip: { function: 'flush_tlb_mm_range', caller } })
const atForkFlush = (change: Change): Deed => ({
  at: { function: 'flush_tlb_mm_range', caller: 'dup_mmap' },
  change,
})

/** By mutant. */
export const flaws: Readonly<Record<string, readonly Deed[]>> = {
  'linux-no-flush': [flush('dup_mmap')],
  'linux-flush-does-not-wait': [
    { at: { function: 'smp_call_function_many_cond' }, change: 'no waiting' },
  ],
  'linux-parent-stays-writable': [atForkFlush('parent entries writable')],
  'linux-no-reference': [atForkFlush('references dropped')],
  'linux-free-before-flush': [flush('tlb_finish_mmu')],
  'linux-install-no-flush': [flush('ptep_clear_flush')],
  'linux-install-keeps-old-mapping': [
    { skip: { function: 'page_remove_rmap', caller: 'wp_page_copy' } },
  ],
  'linux-reuses-shared-frame': [{ at: { function: 'do_wp_page' }, change: 'page exclusive' }],
  'linux-munmap-keeps-pages': [
    { skip: { function: 'unmap_vmas', caller: 'unmap_region' } },
    { skip: { function: 'free_pgtables', caller: 'unmap_region' } },
  ],
  'linux-copies-wiped-vma': [{ at: { function: 'vm_area_dup' }, change: 'wipe flag off' }],
}

/** `FUNCTION` or `FUNCTION@CALLER` as a deed. */
export function withoutCall(text: string): Deed {
  const [name, caller] = text.split('@')
  return { skip: { function: name, ...(caller ? { caller } : {}) } }
}
