/**
 * Every place in the kernel at which a VMA or a page table entry changes, and what becomes of the
 * snapshot when Async-fork does not synchronise there.
 */

export interface ChangeSite {
  /** What changes, and where in the kernel. */
  readonly what: string
  /** The hooks that stand there; more than one where they stand in for each other. */
  readonly hooks: readonly string[]
  readonly scenario: string
  /** Without the hooks: the property that fails first, or null when nothing does. */
  readonly without: string | null
  /** Where nothing does, why. */
  readonly because?: string
}

const RMAP =
  'reverse mappings visit the parent first: what is copied is the old page or the entry put in its place, and the walk comes to the child later'

export const places: readonly ChangeSite[] = [
  {
    what: 'fork again: vm_area_dup',
    hooks: ['syncBeforeFork'],
    scenario: 'two-saves',
    without: 'childSeesForkTimeMemory',
  },
  {
    what: 'munmap: do_vmi_align_munmap',
    hooks: ['syncBeforeMunmap'],
    scenario: 'unmap-whole',
    without: 'boundVmasArePairs',
  },
  {
    what: 'mmap over something old (MAP_FIXED)',
    hooks: ['syncBeforeMunmap'],
    scenario: 'map-whole-over',
    without: 'boundVmasArePairs',
  },
  {
    what: 'brk and mremap that shrink',
    hooks: ['syncBeforeSplit', 'syncBeforeMunmap', 'syncBeforeMremap', 'syncBeforeBrk'],
    scenario: 'heap',
    without: 'boundVmasArePairs',
  },
  {
    what: 'a split for any reason: __split_vma',
    hooks: ['syncBeforeSplit'],
    scenario: 'unmap-middle',
    without: 'boundVmasArePairs',
  },
  {
    what: 'a merge, and growth by an mmap beside: vma_merge, vma_expand',
    hooks: ['syncBeforeMmap'],
    scenario: 'merge',
    without: 'boundVmasArePairs',
  },
  {
    what: 'mprotect: do_mprotect_pkey, then vma_merge and __split_vma',
    hooks: ['syncBeforeMprotect', 'syncBeforeMerge', 'syncBeforeSplit'],
    scenario: 'protect',
    without: 'boundVmasArePairs',
  },
  {
    what: 'mprotect, the first hook alone',
    hooks: ['syncBeforeMprotect'],
    scenario: 'protect',
    without: null,
    because: 'the hooks of merging and splitting come next and do the same',
  },
  {
    what: 'mremap: vma_to_resize',
    hooks: ['syncBeforeMremap'],
    scenario: 'move-tables',
    without: 'markersTellTheTruth',
  },
  {
    what: 'mremap over something mapped (MREMAP_FIXED)',
    hooks: ['syncBeforeMunmap'],
    scenario: 'move-over',
    without: 'boundVmasArePairs',
  },
  {
    what: 'mremap next to something: copy_vma, vma_merge',
    hooks: ['syncBeforeMremapMerge'],
    scenario: 'move-next-to',
    without: 'boundVmasArePairs',
  },
  {
    what: 'mremap in place up to something: vma_merge',
    hooks: ['syncBeforeMremapJoin'],
    scenario: 'grow-in-place',
    without: 'boundVmasArePairs',
  },
  {
    what: 'mlock, munlock: mlock_fixup, then vma_merge and __split_vma',
    hooks: ['syncBeforeMlock', 'syncBeforeMerge', 'syncBeforeSplit'],
    scenario: 'lock-in-memory',
    without: 'boundVmasArePairs',
  },
  {
    what: 'madvise with VMA change: madvise_update_vma',
    hooks: ['syncBeforeAdvice'],
    scenario: 'fork-advice',
    without: 'boundVmasArePairs',
  },
  {
    what: 'brk that grows: do_brk_flags',
    hooks: ['syncBeforeBrk'],
    scenario: 'heap',
    without: 'boundVmasArePairs',
  },
  {
    what: 'stack expansion: expand_downwards',
    hooks: ['syncBeforeStack'],
    scenario: 'stack',
    without: 'boundVmasArePairs',
  },
  {
    what: 'page faults, swap-in among them: __handle_mm_fault',
    hooks: ['syncBeforeFault'],
    scenario: 'bgsave',
    without: null,
    because:
      'the marker keeps every store out; but a write then faults again and again until the child has copied (no bound in `forkcheck compare`)',
  },
  {
    what: 'zapping: zap_pmd_range, for DONTNEED',
    hooks: ['syncBeforeZap'],
    scenario: 'discard',
    without: 'markersTellTheTruth',
  },
  {
    what: 'zapping: zap_pmd_range, for the OOM reaper',
    hooks: ['syncBeforeZap'],
    scenario: 'oom-reaped',
    without: 'markersTellTheTruth',
  },
  {
    what: 'pages for devices: follow_page_pte, and GUP-fast',
    hooks: ['syncBeforePin', 'pinFallsBackToSync'],
    scenario: 'pinned-after',
    without: 'childSeesForkTimeMemory',
  },
  {
    what: 'MADV_FREE: madvise_free_pte_range',
    hooks: ['syncBeforeFree'],
    scenario: 'free-lazily',
    without: 'markersTellTheTruth',
  },
  {
    what: 'userfaultfd copy: mfill_atomic_install_pte',
    hooks: ['syncBeforeUffdCopy'],
    scenario: 'filled-by-monitor',
    without: 'childSeesForkTimeMemory',
  },
  {
    what: 'khugepaged: collapse_huge_page',
    hooks: ['syncBeforeCollapse'],
    scenario: 'collapse',
    without: 'markersTellTheTruth',
  },
  {
    what: 'reclaim and pageout: try_to_unmap_one',
    hooks: [],
    scenario: 'swap-out',
    without: null,
    because: RMAP,
  },
  {
    what: 'migration: try_to_migrate_one, remove_migration_pte',
    hooks: [],
    scenario: 'migrate',
    without: null,
    because: RMAP,
  },
  {
    what: 'swapoff: unuse_pte',
    hooks: [],
    scenario: 'swapped-before',
    without: null,
    because: 'the parent comes first, and the child only has copies of entries the parent had',
  },
  {
    what: 'KSM: replace_page',
    hooks: [],
    scenario: 'same-pages',
    without: null,
    because: 'a different frame with the same content, read-only before and after',
  },
  {
    what: 'NUMA balancing: change_pte_range',
    hooks: [],
    scenario: 'numa-sampling',
    without: null,
    because:
      'the entry goes on naming the same frame; whoever copies it finds it closed, and opens it',
  },
  {
    what: 'clearing soft-dirty bits: clear_soft_dirty',
    hooks: [],
    scenario: 'soft-dirty',
    without: null,
    because: 'write permission is taken, no content changes',
  },
  {
    what: 'insert_page, remap_pfn_range: into memory that is not anonymous',
    hooks: [],
    scenario: 'device-memory',
    without: null,
    because: 'such memory is never left to the child',
  },
]
