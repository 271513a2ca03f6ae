/**
 * Flaws made on a stock kernel by the stub: at a function's entry it is skipped, or something that
 * it would leave right is put wrong. Each makes the flaw of one mutant of `linux`.
 */

/** A function, and the one it is called from. */
export interface Call {
  readonly function: string
  readonly caller?: string
  /** The call is about the parent's mmap_lock, which is its first argument. */
  readonly lock?: true
}

/** What the stub does at a call. */
export type Deed =
  /** The call is not made; it returns this. The processor empties its own TLB, unless it is kept. */
  | { readonly skip: Call; readonly returns?: bigint; readonly keepsTlb?: true }
  /** Something is changed at the call, and the call is made. */
  | { readonly at: Call; readonly change: Change }

/** The call that it is about. */
export const callOf = (deed: Deed): Call => ('skip' in deed ? deed.skip : deed.at)

export type Change =
  /** The parent's entries are writable again. */
  | 'parent entries writable'
  /** The parent's entries are no longer closed (PROT_NONE), and read-only. */
  | 'parent entries open'
  /** An entry that is about to be filled is emptied. */
  | 'entry emptied'
  /** The parent's swap entries are put aside; and put back. */
  | 'swap entries hidden'
  | 'swap entries back'
  /** Frames that are pinned seem not to be; and are again. */
  | 'pins hidden'
  | 'pins back'
  /** One reference and one mapping less for what fork has shared. */
  | 'references dropped'
  /** The page that faults is taken for exclusive. */
  | 'page exclusive'
  /** fork takes a VMA that must be empty in the child, or left out, for an ordinary one. */
  | 'wipe flag off'
  | 'leave-out flag off'
  /** The child's VMA allows stores. */
  | 'child may write'
  /** A range ends one page of the model short. */
  | 'range one page short'
  /** The call does not wait for the other processors. */
  | 'no waiting'

const call = (name: string, caller: string): Call => ({ function: name, caller })
const flush = (caller: string): Deed => ({ skip: call('flush_tlb_mm_range', caller) })
const atForkFlush = (change: Change): Deed => ({
  at: call('flush_tlb_mm_range', 'dup_mmap'),
  change,
})
const atGatherFlush = (change: Change): Deed => ({
  at: call('flush_tlb_mm_range', 'tlb_finish_mmu'),
  change,
})
const skip = (name: string, caller: string, returns = 0n): Deed => ({
  skip: call(name, caller),
  returns,
})

/** By mutant. */
export const flaws: Readonly<Record<string, readonly Deed[]>> = {
  'linux-no-flush': [flush('dup_mmap')],
  'linux-flush-does-not-wait': [
    { at: { function: 'smp_call_function_many_cond' }, change: 'no waiting' },
  ],
  'linux-parent-stays-writable': [atForkFlush('parent entries writable')],
  'linux-no-reference': [atForkFlush('references dropped')],
  'linux-loses-swap-entries': [
    { at: call('copy_page_range', 'dup_mmap'), change: 'swap entries hidden' },
    atForkFlush('swap entries back'),
  ],
  'linux-shares-pinned-pages': [
    { at: call('copy_page_range', 'dup_mmap'), change: 'pins hidden' },
    atForkFlush('pins back'),
  ],
  'linux-copies-left-out-vma': [{ at: { function: 'dup_mmap' }, change: 'leave-out flag off' }],
  'linux-copies-wiped-vma': [{ at: { function: 'vm_area_dup' }, change: 'wipe flag off' }],
  'linux-child-may-write': [{ at: call('copy_page_range', 'dup_mmap'), change: 'child may write' }],
  'linux-fork-unlocked': [skip('down_write_killable', 'dup_mmap')],
  'linux-failed-fork-does-not-flush': [flush('dup_mmap')],
  'linux-failed-fork-leaks': [{ skip: { function: 'exit_mmap' } }],
  'linux-failed-fork-keeps-lock': [
    { skip: { function: 'up_write', caller: 'dup_mmap', lock: true } },
  ],
  'linux-free-before-flush': [flush('tlb_finish_mmu')],
  'linux-unmap-flushes-short': [atGatherFlush('range one page short')],
  'linux-protect-flushes-short': [atGatherFlush('range one page short')],
  'linux-none-leaves-entries-open': [atGatherFlush('parent entries open')],
  'linux-install-no-flush': [flush('ptep_clear_flush')],
  'linux-install-keeps-old-mapping': [skip('page_remove_rmap', 'wp_page_copy')],
  'linux-reuses-shared-frame': [{ at: { function: 'do_wp_page' }, change: 'page exclusive' }],
  'linux-reuse-by-mapcount': [{ at: { function: 'do_wp_page' }, change: 'page exclusive' }],
  'linux-munmap-keeps-pages': [
    skip('unmap_vmas', 'unmap_region'),
    skip('free_pgtables', 'unmap_region'),
  ],
  'linux-mremap-keeps-target': [
    skip('unmap_vmas', 'unmap_region'),
    skip('free_pgtables', 'unmap_region'),
  ],
  'linux-mremap-flushes-late': [flush('move_page_tables')],
  'linux-moves-table-without-flush': [flush('move_page_tables')],
  'linux-child-moves-without-flush': [
    { skip: call('flush_tlb_mm_range', 'move_page_tables'), keepsTlb: true },
  ],
  'linux-uffd-replaces-pages': [
    { at: { function: 'mfill_atomic_install_pte' }, change: 'entry emptied' },
  ],
  'linux-migrates-without-flush': [flush('ptep_clear_flush')],
  'linux-swaps-out-without-flush': [{ skip: { function: 'arch_tlbbatch_flush' } }],
  // MADV_PAGEOUT, by which reclaim is asked for, has a gather of its own, and for its sake the other
  // one flushes all (mm_tlb_flush_nested), as it need not beside kswapd.
  'linux-forgets-deferred-flush': [
    skip('flush_tlb_batched_pending', 'unmap_page_range'),
    flush('tlb_finish_mmu'),
  ],
  'linux-discards-dirty-pages': [skip('folio_mark_dirty', 'try_to_unmap_one')],
  'linux-collapse-without-flush': [flush('pmdp_collapse_flush')],
  'linux-collapse-ignores-holders': [
    { at: { function: 'hpage_collapse_scan_pmd' }, change: 'pins hidden' },
    { at: call('up_write', 'collapse_huge_page'), change: 'pins back' },
  ],
}

/** `FUNCTION` or `FUNCTION@CALLER` as a deed. */
export function withoutCall(text: string): Deed {
  const [name, caller] = text.split('@')
  return { skip: { function: name, ...(caller ? { caller } : {}) } }
}
