/**
 * Where COW PTE breaks the sharing first: the list of its author (facts 5.3). It is easy to forget
 * one (7.4 H2.1); each is a line here. That GUP-fast goes the slow way is assumed.
 */
import { isGuarded } from '../../hardware/sharing.js'
import { slotOf } from '../../hardware/tables.js'
import { boundInside } from '../../kernel/split.js'
import { swappedPage } from '../../kernel/swap-in.js'
import { mappedHere, mayUnmap } from '../../kernel/swap-out.js'
import type { Hook } from '../../rule.js'
import { NONE, PARENT, type State } from '../../state.js'
import { mmOf, opOf } from '../../threads.js'
import { breakTable, isInCowTable } from './break-table.js'
import { dropsCowTable } from './drop-table.js'

/** Has a reverse-mapping walk come to an entry of a shared table? */
export const walksCowTable = (s: State, t: number) =>
  mayUnmap(s, t) && isGuarded(s, s.thread[t].space, mappedHere(s, t))

/** Is the next page that is taken back from swap space in a shared table? */
export const takesBackInCowTable = (s: State, t: number) =>
  swappedPage(s, s.thread[t].space) !== NONE &&
  isGuarded(s, s.thread[t].space, swappedPage(s, s.thread[t].space))

export const hooks: readonly Hook[] = [
  {
    name: 'breakBeforeFault',
    before: 'fault.walk',
    resume: 'fault.pte',
    source: '__handle_mm_fault; the swap-in branch of handle_pte_fault (5.3)',
    due: (s, t) => isInCowTable(s, t),
    effect: (s, t) => breakTable(s, t, s.thread[t].page, 'fault.pte'),
  },
  {
    name: 'dropBeforeZap',
    before: 'zap.table',
    source: 'zap_pmd_range (7.3 T3)',
    due: (s, t) => dropsCowTable(s, t),
    effect: (s, t) => {
      s.thread[t].slot = slotOf(s, s.thread[t].page)
      s.thread[t].pc = 'cow.drop'
    },
  },
  {
    name: 'breakBeforeZap',
    before: 'zap.table',
    source: 'zap_pmd_range (5.3)',
    due: (s, t) => s.thread[t].page < s.thread[t].to && isInCowTable(s, t) && !dropsCowTable(s, t),
    effect: (s, t) => breakTable(s, t, s.thread[t].page, 'zap.table'),
  },
  {
    name: 'breakBeforeSplit',
    before: 'split.cut',
    source: '__split_vma (5.3)',
    due: (s, t) => boundInside(s, t) !== NONE && isGuarded(s, mmOf(s, t), boundInside(s, t)),
    effect: (s, t) => breakTable(s, t, boundInside(s, t), 'split.cut'),
  },
  {
    name: 'breakBeforeProtect',
    before: 'mprotect.pte',
    source: 'change_pte_range: mprotect (5.3)',
    due: (s, t) => s.thread[t].page < s.thread[t].to && isInCowTable(s, t),
    effect: (s, t) => breakTable(s, t, s.thread[t].page, 'mprotect.pte'),
  },
  {
    name: 'breakBeforeMove',
    before: 'mremap.table',
    source: 'move_page_tables (5.3)',
    due: (s, t) => s.thread[t].page < opOf(s, t).end && isInCowTable(s, t),
    effect: (s, t) => breakTable(s, t, s.thread[t].page, 'mremap.table'),
  },
  {
    name: 'breakBeforeFree',
    before: 'free.table',
    source: 'madvise_free (5.3)',
    due: (s, t) => s.thread[t].page < s.thread[t].to && isInCowTable(s, t),
    effect: (s, t) => breakTable(s, t, s.thread[t].page, 'free.table'),
  },
  {
    name: 'pinFallsBackToBreak',
    before: 'pin.look',
    source: 'GUP-fast: assumed',
    due: (s, t) => isInCowTable(s, t),
    effect: (s, t) => {
      s.thread[t].pc = 'pin.lock'
    },
  },
  {
    name: 'breakBeforePin',
    before: 'pin.follow',
    source: 'follow_pmd_mask (5.3)',
    due: (s, t) => isInCowTable(s, t),
    effect: (s, t) => breakTable(s, t, s.thread[t].page, 'pin.follow'),
  },
  {
    name: 'breakBeforeUffdCopy',
    before: 'uffd.install',
    source: 'mfill_atomic_install_pte (5.3)',
    due: (s, t) => isInCowTable(s, t),
    effect: (s, t) => breakTable(s, t, s.thread[t].page, 'uffd.install'),
  },
  {
    name: 'breakBeforeUnmap',
    before: 'swap.unmap',
    source: 'page_vma_mapped_walk with its break flag: try_to_unmap_one (5.3)',
    due: (s, t) => walksCowTable(s, t),
    effect: (s, t) => breakTable(s, t, mappedHere(s, t), 'swap.unmap'),
  },
  {
    name: 'breakBeforeMigration',
    before: 'migrate.unmap',
    source: 'page_vma_mapped_walk with its break flag: try_to_migrate_one (5.3)',
    due: (s, t) => walksCowTable(s, t),
    effect: (s, t) => breakTable(s, t, mappedHere(s, t), 'migrate.unmap'),
  },
  {
    name: 'breakBeforeSwapOff',
    before: 'swapOff.pte',
    source: 'unuse_pmd_range (5.3)',
    due: (s, t) => takesBackInCowTable(s, t),
    effect: (s, t) => breakTable(s, t, swappedPage(s, s.thread[t].space), 'swapOff.pte'),
  },
  {
    name: 'breakBeforeCollapse',
    before: 'collapse.check',
    source: 'khugepaged: scan_pmd, collapse_pte_mapped_thp (5.3)',
    due: (s, t) => isGuarded(s, PARENT, opOf(s, t).page),
    effect: (s, t) => breakTable(s, t, opOf(s, t).page, 'collapse.check'),
  },
  {
    name: 'breakBeforeKeeping',
    before: 'merge.keep',
    source: 'ksm: write_protect_page (5.3)',
    due: (s, t) => isGuarded(s, PARENT, opOf(s, t).page),
    effect: (s, t) => breakTable(s, t, opOf(s, t).page, 'merge.keep'),
  },
  {
    name: 'breakBeforeMerging',
    before: 'merge.protect',
    source: 'ksm: replace_page (5.3)',
    due: (s, t) => isGuarded(s, PARENT, opOf(s, t).target),
    effect: (s, t) => breakTable(s, t, opOf(s, t).target, 'merge.protect'),
  },
  {
    name: 'breakBeforeSampling',
    before: 'numa.pte',
    source: 'change_pte_range: NUMA hinting (5.3)',
    due: (s, t) => s.thread[t].page < s.thread[t].to && isInCowTable(s, t),
    effect: (s, t) => breakTable(s, t, s.thread[t].page, 'numa.pte'),
  },
  {
    name: 'breakBeforeClearing',
    before: 'clear.pte',
    source: 'clear_refs_write: soft-dirty walk (5.3)',
    due: (s, t) => s.thread[t].page < s.thread[t].to && isInCowTable(s, t),
    effect: (s, t) => breakTable(s, t, s.thread[t].page, 'clear.pte'),
  },
]
