/**
 * Where COW PTE breaks the sharing first (calls of handle_cow_pte in its tree). It is
 * easy to forget one; each is a line here.
 *
 * pmd_bad of x86 (asm/pgtable.h) is not patched: a read-only PMD entry of a table is bad, and
 * pmd_trans_unstable, which change_pte_range, madvise_free_pte_range and clear_refs_pte_range call
 * before they break the sharing, clears it. That is so where the kernel has transparent huge pages.
 */
import { isGuarded } from '../../hardware/sharing.js'
import {
  clearPmd,
  firstPageOf,
  isShared,
  isUnlocked,
  pmdOf,
  slotOf,
} from '../../hardware/tables.js'
import { waitingHere } from '../../kernel/migrate.js'
import { boundInside } from '../../kernel/split.js'
import { mappedHere, mayUnmap } from '../../kernel/swap-out.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Hook } from '../../rule.js'
import { NONE, PARENT, type State } from '../../state.js'
import { mmOf, opOf } from '../../threads.js'
import { slotInUse } from '../../vmas.js'
import { breakTable, isCowing, isInCowTable } from './break-table.js'
import { removesFromCow } from './drop-table.js'

/** Has a reverse-mapping walk come to an entry of a shared table? */
export const walksCowTable = (s: State, t: number) =>
  mayUnmap(s, t) && isCowing(s, s.thread[t].space, mappedHere(s, t))

/** Is the page the thread has come to in its range below a PMD entry that counts as bad? */
export const isAtBad = (s: State, t: number) =>
  s.thread[t].page < s.thread[t].to && isGuarded(s, spaceOf(s, t), s.thread[t].page)

/** The same, where some VMA has pages in the table: others are not walked. */
export const isAtBadOfVma = (s: State, t: number) =>
  isAtBad(s, t) && slotInUse(s, spaceOf(s, t), slotOf(s, s.thread[t].page))

/** Clears a PMD entry that counts as bad; the reference it counted for is never dropped. */
export const clearsBad = (s: State, t: number) =>
  clearPmd(s, spaceOf(s, t), slotOf(s, s.thread[t].page))

/** The first shared table of an address space that a VMA has pages in: its first page, or NONE. */
export function sharedByVma(s: State, m: number): number {
  for (let slot = 0; slot < s.geometry.slots; slot++)
    if (slotInUse(s, m, slot) && isCowing(s, m, firstPageOf(s, slot))) return firstPageOf(s, slot)
  return NONE
}

export const hooks: readonly Hook[] = [
  {
    name: 'breakBeforeFault',
    before: 'fault.walk',
    resume: 'fault.pte',
    source: '__handle_mm_fault; the swap-in branch of handle_pte_fault',
    due: (s, t) => isInCowTable(s, t),
    effect: (s, t) => breakTable(s, t, s.thread[t].page, 'fault.pte'),
  },
  {
    name: 'dropBeforeZap',
    before: 'zap.table',
    source: 'zap_pmd_range: handle_cow_pte without alloc',
    due: (s, t) => removesFromCow(s, t),
    effect: (s, t) => {
      s.thread[t].slot = slotOf(s, s.thread[t].page)
      s.thread[t].pc = 'cow.drop'
    },
  },
  {
    // One that is marked exclusive is not taken for a shared one.
    name: 'clearBeforeZap',
    before: 'zap.table',
    source: 'zap_pmd_range: pmd_none_or_trans_huge_or_clear_bad',
    due: (s, t) => isAtBad(s, t) && !isInCowTable(s, t),
    effect: (s, t) => clearsBad(s, t),
  },
  {
    name: 'breakBeforeSplit',
    before: 'split.cut',
    source: '__split_vma',
    due: (s, t) => boundInside(s, t) !== NONE && isCowing(s, mmOf(s, t), boundInside(s, t)),
    effect: (s, t) => breakTable(s, t, boundInside(s, t), 'split.cut'),
  },
  {
    name: 'clearBeforeProtect',
    before: 'mprotect.pte',
    source: 'change_pte_range: pmd_trans_unstable, pmd_clear_bad',
    due: (s, t) => isAtBad(s, t),
    effect: (s, t) => clearsBad(s, t),
  },
  {
    name: 'breakBeforeMove',
    before: 'mremap.table',
    source: 'move_page_tables',
    due: (s, t) => s.thread[t].page < opOf(s, t).end && isInCowTable(s, t),
    effect: (s, t) => breakTable(s, t, s.thread[t].page, 'mremap.table'),
  },
  {
    name: 'clearBeforeFree',
    before: 'free.table',
    source: 'madvise_free_pte_range: pmd_trans_unstable, pmd_clear_bad',
    due: (s, t) => isAtBad(s, t),
    effect: (s, t) => clearsBad(s, t),
  },
  {
    name: 'clearBeforeSmaps',
    before: 'smaps.table',
    source: 'smaps_pte_range: pmd_trans_unstable, pmd_clear_bad',
    due: (s, t) => isAtBadOfVma(s, t),
    effect: (s, t) => clearsBad(s, t),
  },
  {
    // mincore, and MADV_WILLNEED where there is swap; the latter also without huge pages.
    name: 'clearBeforeLooking',
    before: 'look.table',
    source:
      'mincore_pte_range: pmd_trans_unstable; swapin_walk_pmd_entry (madvise.c:202): pmd_none_or_trans_huge_or_clear_bad',
    due: (s, t) => opOf(s, t).do !== 'cold' && isAtBadOfVma(s, t),
    effect: (s, t) => clearsBad(s, t),
  },
  {
    name: 'clearBeforeCooling',
    before: 'look.table',
    source: 'madvise_cold_or_pageout_pte_range (madvise.c:407): pmd_trans_unstable, pmd_clear_bad',
    due: (s, t) => opOf(s, t).do === 'cold' && isAtBadOfVma(s, t),
    effect: (s, t) => clearsBad(s, t),
  },
  {
    name: 'breakBeforePin',
    before: 'pin.follow',
    source: 'follow_pmd_mask',
    due: (s, t) => isInCowTable(s, t),
    effect: (s, t) => breakTable(s, t, s.thread[t].page, 'pin.follow'),
  },
  {
    name: 'breakBeforeUffdCopy',
    before: 'uffd.install',
    source: 'mfill_atomic_install_pte',
    due: (s, t) => isInCowTable(s, t),
    effect: (s, t) => breakTable(s, t, s.thread[t].page, 'uffd.install'),
  },
  {
    name: 'breakBeforeUnmap',
    before: 'swap.unmap',
    source: 'page_vma_mapped_walk with its break flag: try_to_unmap_one',
    due: (s, t) => walksCowTable(s, t),
    effect: (s, t) => breakTable(s, t, mappedHere(s, t), 'swap.unmap'),
  },
  {
    name: 'breakBeforeMigration',
    before: 'migrate.unmap',
    source: 'page_vma_mapped_walk with its break flag: try_to_migrate_one',
    due: (s, t) => walksCowTable(s, t),
    effect: (s, t) => breakTable(s, t, mappedHere(s, t), 'migrate.unmap'),
  },
  {
    name: 'breakBeforeRestoring',
    before: 'migrate.restore',
    source: 'remove_migration_pte: page_vma_mapped_walk with its break flag (migrate.c:178)',
    due: (s, t) =>
      waitingHere(s, t) !== NONE &&
      isUnlocked(s, s.thread[t].space, waitingHere(s, t)) &&
      isCowing(s, s.thread[t].space, waitingHere(s, t)),
    effect: (s, t) => breakTable(s, t, waitingHere(s, t), 'migrate.restore'),
  },
  {
    // Every shared table is let go of, as if its pages were to be removed. One that is not shared
    // any more is taken over.
    name: 'dropBeforeSwapOff',
    before: 'swapOff.pte',
    source: 'unuse_pmd_range: handle_cow_pte without alloc, zap_cow_pte',
    due: (s, t) => sharedByVma(s, s.thread[t].space) !== NONE,
    effect: (s, t) => {
      const m = s.thread[t].space
      const pmd = pmdOf(s, m, sharedByVma(s, m))
      if (isShared(s, pmd.table)) {
        s.table[pmd.table].sharers--
        clearPmd(s, m, slotOf(s, sharedByVma(s, m)))
      } else pmd.writable = true
    },
  },
  {
    name: 'breakBeforeCollapse',
    before: 'collapse.check',
    source: 'khugepaged: scan_pmd, collapse_pte_mapped_thp',
    due: (s, t) => isCowing(s, PARENT, opOf(s, t).page),
    effect: (s, t) => breakTable(s, t, opOf(s, t).page, 'collapse.check'),
  },
  {
    name: 'breakBeforeKeeping',
    before: 'merge.keep',
    source: 'ksm: write_protect_page',
    due: (s, t) => isCowing(s, PARENT, opOf(s, t).page),
    effect: (s, t) => breakTable(s, t, opOf(s, t).page, 'merge.keep'),
  },
  {
    name: 'breakBeforeMerging',
    before: 'merge.protect',
    source: 'ksm: replace_page',
    due: (s, t) => isCowing(s, PARENT, opOf(s, t).target),
    effect: (s, t) => breakTable(s, t, opOf(s, t).target, 'merge.protect'),
  },
  {
    name: 'clearBeforeSampling',
    before: 'numa.pte',
    source: 'change_pte_range: pmd_trans_unstable, pmd_clear_bad',
    due: (s, t) => isAtBad(s, t),
    effect: (s, t) => clearPmd(s, PARENT, slotOf(s, s.thread[t].page)),
  },
  {
    name: 'clearBeforeClearing',
    before: 'clear.pte',
    source: 'clear_refs_pte_range: pmd_trans_unstable, pmd_clear_bad',
    due: (s, t) => isAtBad(s, t),
    effect: (s, t) => clearsBad(s, t),
  },
]
