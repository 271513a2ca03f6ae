/** The parts that repairs of On-demand-fork are put together from (repairs.ts). */
import { copyEntry } from '../../hardware/frames.js'
import { shareTable } from '../../hardware/sharing.js'
import { dropTableLock, firstPageOf, slotOf, takeTable } from '../../hardware/tables.js'
import { flush } from '../../hardware/tlb.js'
import { childOf } from '../../kernel/fork.js'
import { isAtOrdinaryTable, isPinnedSlot } from '../../kernel/fork-tables.js'
import { madvise } from '../../kernel/madvise.js'
import { mappedHere, mayUnmap } from '../../kernel/swap-out.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Change } from '../../mutant.js'
import type { Hook, Step } from '../../rule.js'
import { NONE, PARENT, type Place } from '../../state.js'
import { fail, opOf } from '../../threads.js'
import { vmaAt } from '../../vmas.js'
import {
  borrowsPage,
  forkTableFirst,
  isBorrowed,
  isPmdFreeAt,
  leaveReplaced,
  pmdHere,
} from './fork-table.js'
import { dropsWholeTable, flushDropped, takeOutTable } from './hooks.js'
import { isLeftShared } from './share.js'

/** The thread's page gets a table of its own before what the kernel does with it at a place. */
export function ownTableBefore(name: string, before: Place, source: string): Hook {
  return {
    name,
    before,
    source,
    due: (s, t) => borrowsPage(s, t),
    effect: (s, t) => forkTableFirst(s, t, s.thread[t].page, s.thread[t].pc),
  }
}

/** The same before a reverse-mapping walk changes the entry it has come to. */
export function ownTableBeforeWalk(name: string, before: Place, source: string): Hook {
  return {
    name,
    before,
    source,
    due: (s, t) => mayUnmap(s, t) && isBorrowed(s, s.thread[t].space, mappedHere(s, t)),
    effect: (s, t) => forkTableFirst(s, t, mappedHere(s, t), s.thread[t].pc),
  }
}

/** The kernel's own rule instead of that of On-demand-fork, with its next place. */
export function ordinary(name: string): Change {
  const { guard, to, effect } = madvise.find((rule) => rule.name === name) as Step
  return { guard, effect, ...(to === undefined ? {} : { to }) }
}

/**
 * The new table is filled before the PMD entry names it, with the old one locked: nobody can meet
 * it empty, and no entry changes once it has been copied. What both map is read-only in both.
 */
export const fillsFirst: Readonly<Record<string, Change>> = {
  shareAllocates: {
    guard: (s, t) => s.table[pmdHere(s, t).table].spinlock === NONE,
    effect: (s, t) => {
      const me = s.thread[t]
      me.seen = NONE
      me.locked = pmdHere(s, t).table
      s.table[me.locked].spinlock = t
      me.table = takeTable(s, spaceOf(s, t), me.slot)
      me.pc = 'share.copy'
    },
  },
  shareCopies: {
    effect: (s, t) => {
      const me = s.thread[t]
      s.table[me.locked].pte[me.entry].writable = false
      copyEntry(s, me.locked, me.table, me.entry)
      me.entry++
    },
  },
  shareCopied: {
    effect: (s, t) => {
      const me = s.thread[t]
      const old = me.locked
      dropTableLock(s, t)
      pmdHere(s, t).table = me.table
      pmdHere(s, t).writable = true
      me.table = old
      me.pc = 'share.put'
    },
  },
}

export const flushesSwitch: Readonly<Record<string, Change>> = {
  ...fillsFirst,
  shareCopied: {
    effect: (s, t) => {
      const me = s.thread[t]
      const old = me.locked
      dropTableLock(s, t)
      const first = firstPageOf(s, me.slot)
      pmdHere(s, t).table = me.table
      pmdHere(s, t).writable = true
      me.table = old
      flush(s, t, spaceOf(s, t), first, first + s.geometry.pagesPerTable, 'share.put')
    },
  },
}

/**
 * zap takes the pmd lock, and takes the entry out before the reference goes, once every CPU has
 * dropped the pages.
 */
export const dropsLocked: Readonly<Record<string, Change>> = {
  shareDrops: {
    guard: (s, t) => isPmdFreeAt(s, t, slotOf(s, s.thread[t].page)) && dropsWholeTable(s, t),
    effect: (s, t) => {
      takeOutTable(s, t)
      s.thread[t].back = 'zap.table'
      flushDropped(s, t, 'share.put')
    },
  },
}

export const dropsUnmapped: Readonly<Record<string, Change>> = {
  dropTableBeforeZap: {
    due: (s, t) => dropsWholeTable(s, t) && vmaAt(s, spaceOf(s, t), s.thread[t].page) === NONE,
  },
}

export const obeysAdvice: Readonly<Record<string, Change>> = {
  dontneed: ordinary('dontneed'),
  free: ordinary('free'),
}

export const copiesPinned: Readonly<Record<string, Change>> = {
  forkShare: {
    guard: (s, t) =>
      isAtOrdinaryTable(s, t) && isLeftShared(s, t) && !isPinnedSlot(s, s.thread[t].slot),
  },
  forkEnterTable: {
    guard: (s, t) =>
      isAtOrdinaryTable(s, t) && !(isLeftShared(s, t) && !isPinnedSlot(s, s.thread[t].slot)),
  },
}

export const reportsFailure: Readonly<Record<string, Change>> = {
  shareAllocateFails: {
    effect: (s, t) => {
      fail(s)
      s.ghost.failed.fault = true
      s.thread[t].noMemory = true
      const faults = s.thread[t].back === 'fault.pte'
      leaveReplaced(s, t)
      if (faults) s.thread[t].pc = 'fault.fail'
    },
  },
}

/** fork takes the RW bit from the PMD entries of read-only memory too. */
export const marksReadOnly: Readonly<Record<string, Change>> = {
  forkShare: {
    effect: (s, t) => {
      const me = s.thread[t]
      s.mm[PARENT].pmd[me.slot].writable = false
      shareTable(s, childOf(s, t), me.slot)
      me.slot++
    },
  },
}

/** The copy of a swap entry is counted. */
export const countsSwap: Readonly<Record<string, Change>> = {
  shareCopies: {
    effect: (s, t) => {
      const me = s.thread[t]
      if (s.table[me.table].pte[me.entry].frame !== NONE)
        copyEntry(s, me.table, me.locked, me.entry)
      me.entry++
    },
  },
}

export const reclaims = [
  ownTableBeforeWalk('ownTableBeforeUnmap', 'swap.unmap', '5.3: try_to_unmap_one'),
  ownTableBeforeWalk('ownTableBeforeMigration', 'migrate.unmap', '5.3: try_to_migrate_one'),
]

export const protects = [
  ownTableBefore('ownTableBeforeProtect', 'mprotect.pte', '5.3: change_pte_range'),
]

export const pins: readonly Hook[] = [
  {
    name: 'pinFallsBackToOwnTable',
    before: 'pin.look',
    source: '5.3: gup_pmd_range, the slow way',
    due: (s, t) => borrowsPage(s, t),
    effect: (s, t) => {
      s.thread[t].pc = 'pin.lock'
    },
  },
  ownTableBefore('ownTableBeforePin', 'pin.follow', '5.3: follow_pmd_mask'),
]

export const zaps = [
  ownTableBefore('ownTableBeforeZap', 'zap.pte', '5.3: zap_pmd_range'),
  ownTableBefore('ownTableBeforeFree', 'free.pte', '5.3: madvise_free'),
]

export const fills = [
  ownTableBefore('ownTableBeforeFill', 'uffd.install', '5.3: mfill_atomic_install_pte'),
]

export const samples = [
  ownTableBefore('ownTableBeforeSampling', 'numa.pte', '5.3: change_pte_range, NUMA hinting'),
]

export const collapses: readonly Hook[] = [
  {
    name: 'ownTableBeforeCollapse',
    before: 'collapse.check',
    source: '5.3: khugepaged',
    due: (s, t) => isBorrowed(s, PARENT, opOf(s, t).page),
    effect: (s, t) => forkTableFirst(s, t, opOf(s, t).page, 'collapse.check'),
  },
]

export const merges: readonly Hook[] = [
  {
    name: 'ownTableBeforeKeeping',
    before: 'merge.keep',
    source: '5.3: ksm replace_page',
    due: (s, t) => isBorrowed(s, PARENT, opOf(s, t).page),
    effect: (s, t) => forkTableFirst(s, t, opOf(s, t).page, 'merge.keep'),
  },
  {
    name: 'ownTableBeforeMerging',
    before: 'merge.keep',
    source: '5.3: ksm replace_page',
    due: (s, t) => isBorrowed(s, PARENT, opOf(s, t).target),
    effect: (s, t) => forkTableFirst(s, t, opOf(s, t).target, 'merge.keep'),
  },
]
