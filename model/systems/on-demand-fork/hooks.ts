/**
 * Where On-demand-fork minds that a table may be shared: in a fault, when
 * pages are removed, when a VMA is split and when tables move. Nowhere else.
 */
import { expectZeros } from '../../ghosts.js'
import { isGuarded, putTable } from '../../hardware/sharing.js'
import { clearPmd, firstPageOf, pmdOf, slotOf } from '../../hardware/tables.js'
import { flush } from '../../hardware/tlb.js'
import { boundInside } from '../../kernel/split.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Hook, Step } from '../../rule.js'
import { NONE, type Place, type State } from '../../state.js'
import { begins, finish, mmOf, opOf } from '../../threads.js'
import { vmaAt } from '../../vmas.js'
import { forkTableFirst } from './fork-table.js'

/** Does a fault have to replace the table of its page: read-only, in a VMA that is not? */
export function faultsOnShared(s: State, t: number): boolean {
  const page = s.thread[t].page
  if (!isGuarded(s, mmOf(s, t), page)) return false
  const v = vmaAt(s, mmOf(s, t), page)
  return v !== NONE && s.mm[mmOf(s, t)].vma[v].writable
}

/**
 * Is the page a thread is to remove the first one of a shared table that goes as a whole? Only the
 * PMD's RW bit is looked at: a table of read-only memory keeps it, and is emptied although shared.
 */
export function dropsWholeTable(s: State, t: number): boolean {
  const me = s.thread[t]
  if (me.page >= me.to || !isGuarded(s, spaceOf(s, t), me.page)) return false
  return me.page === firstPageOf(s, slotOf(s, me.page)) && lastOf(s, me.page) <= me.to
}

/** The page after the last one of a page's table. */
export const lastOf = (s: State, page: number) => firstPageOf(s, slotOf(s, page) + 1)

/** Does a VMA end, or begin, inside a table that is shared, once it is cut? */
export const cutsShared = (s: State, t: number) =>
  boundInside(s, t) !== NONE && isGuarded(s, mmOf(s, t), boundInside(s, t))

/** Takes a table that goes as a whole out of its PMD entry: from now on its pages read as zeros. */
export function takeOutTable(s: State, t: number): void {
  const me = s.thread[t]
  const m = spaceOf(s, t)
  me.table = pmdOf(s, m, me.page).table
  clearPmd(s, m, slotOf(s, me.page))
  for (let i = 0; i < s.geometry.pagesPerTable; i++) expectZeros(s, m, me.page + i)
}

export const hooks: readonly Hook[] = [
  {
    name: 'forkTableBeforeFault',
    before: 'fault.walk',
    resume: 'fault.pte',
    source: 'handle_mm_fault in ODF: any fault on a read-only PMD of a writable VMA',
    due: (s, t) => faultsOnShared(s, t),
    effect: (s, t) => forkTableFirst(s, t, s.thread[t].page, 'fault.pte'),
  },
  {
    name: 'dropTableBeforeZap',
    before: 'zap.table',
    source: 'zap_pmd_range in ODF: a shared table goes as a whole',
    due: (s, t) => dropsWholeTable(s, t),
    effect: (s, t) => {
      s.thread[t].slot = slotOf(s, s.thread[t].page)
      s.thread[t].pc = 'share.drop'
    },
  },
  {
    name: 'forkTableBeforeSplit',
    before: 'split.cut',
    source: '__split_vma in ODF: the PMD at the split address is read-only',
    due: (s, t) => cutsShared(s, t),
    effect: (s, t) => forkTableFirst(s, t, boundInside(s, t), 'split.cut'),
  },
  {
    name: 'forkTableBeforeMove',
    before: 'mremap.table',
    source: 'move_page_tables in ODF: copies each read-only table',
    due: (s, t) =>
      s.thread[t].page < s.geometry.pages &&
      s.thread[t].page < opOf(s, t).end &&
      isGuarded(s, mmOf(s, t), s.thread[t].page),
    effect: (s, t) => forkTableFirst(s, t, s.thread[t].page, 'mremap.table'),
  },
]

export const dropTable: readonly Step[] = [
  {
    // No lock is taken. Neither entries nor what they count for are touched; but if this was the
    // last user of the table, its frames are freed here and now.
    name: 'shareDrops',
    at: 'share.drop',
    to: 'share.clear',
    source: 'zap_pmd_range in ODF: dereference_pte_table',
    guard: (s, t) => dropsWholeTable(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      me.seen = pmdOf(s, spaceOf(s, t), me.page).table
      putTable(s, me.seen)
    },
  },
  {
    // No lock: whatever the entry names by now is forgotten. The flush comes at the end.
    name: 'shareClears',
    at: 'share.clear',
    source: 'zap_pmd_range in ODF: pmd_clear',
    effect: (s, t) => {
      takeOutTable(s, t)
      s.thread[t].seen = NONE
      s.thread[t].table = NONE
      flushDropped(s, t, 'zap.table')
    },
  },
  {
    name: 'shareDropsNothing',
    at: 'share.drop',
    to: 'zap.table',
    source: 'zap_pmd_range in ODF: a sibling has replaced the table',
    guard: (s, t) => !dropsWholeTable(s, t),
    effect: (s, t) => {
      s.thread[t].slot = 0
    },
  },
]

/** On to the next table, when all CPUs have dropped what they cache of the one taken out. */
export function flushDropped(s: State, t: number, then: Place): void {
  const me = s.thread[t]
  const first = me.page
  me.page = lastOf(s, first)
  me.slot = 0
  flush(s, t, spaceOf(s, t), first, me.page, then)
}

/** Advice that On-demand-fork takes no notice of. */
export const advice: readonly Step[] = [
  {
    // The program has been told that the range will read as zeros.
    name: 'dontneed',
    at: 'user',
    source: 'madvise in ODF: MADV_DONTNEED is silently ignored',
    guard: (s, t) => begins(s, t, 'dontneed'),
    effect: (s, t) => {
      for (let page = 0; page < s.geometry.pages; page++)
        if (opOf(s, t).page <= page && page < opOf(s, t).end) expectZeros(s, mmOf(s, t), page)
      finish(s, t)
    },
  },
  {
    name: 'free',
    at: 'user',
    source: 'madvise in ODF: MADV_FREE is silently ignored',
    guard: (s, t) => begins(s, t, 'free'),
    effect: (s, t) => finish(s, t),
  },
]
