/** The parts that repairs of COW PTE are put together from (repairs.ts). */
import { expectZeros } from '../../ghosts.js'
import { copyEntry } from '../../hardware/frames.js'
import { isGuarded, putTable } from '../../hardware/sharing.js'
import { clearPmd, firstPageOf, isShared, slotOf } from '../../hardware/tables.js'
import { flush } from '../../hardware/tlb.js'
import { isAtOrdinaryTable } from '../../kernel/fork-tables.js'
import { dropPin, targetPage } from '../../kernel/pin.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Change } from '../../mutant.js'
import type { Hook } from '../../rule.js'
import { NONE } from '../../state.js'
import { fail, finish, mmOf, opOf } from '../../threads.js'
import { isPinOfOwnTable, nobodyBreaks, switchTable, takeOver, takeSpare } from './break-locked.js'
import {
  breakTable,
  cowPmd,
  cowSharers,
  failBreak,
  isCopied,
  isInCowTable,
  isStillCow,
  leaveBroken,
} from './break-table.js'
import { droppedTable, dropsCowTable, removesFromCow } from './drop-table.js'
import { markExclusive, spliceTarget } from './gup.js'
import { sharedByVma } from './hooks.js'
import { hasItAlready, isBadTable, isCowTable, withholdsPages } from './share.js'

type Changes = Readonly<Record<string, Change>>

/**
 * The pmd lock is held while a table is broken, and the entry is read under it. The new table is
 * filled unseen, with the old one locked; then the entry is switched. Where there is no memory,
 * nothing has changed. Whoever lets go last frees the table. To find that one is the last user, and
 * to take the table over, are one step.
 */
export const breaksLocked: Changes = {
  cowIsLast: {
    guard: (s, t) => nobodyBreaks(s, t) && isStillCow(s, t) && cowSharers(s, t) === 0,
    effect: (s, t) => {
      cowPmd(s, t).writable = true
      leaveBroken(s, t)
    },
  },
  cowIsShared: {
    guard: (s, t) => nobodyBreaks(s, t) && isStillCow(s, t) && cowSharers(s, t) > 0,
    effect: (s, t) => {
      s.thread[t].pc = 'cow.clear'
    },
  },
  cowIsBroken: { guard: (s, t) => nobodyBreaks(s, t) && !isStillCow(s, t) },
  cowClears: {
    guard: (s, t) =>
      nobodyBreaks(s, t) && (!isStillCow(s, t) || s.table[cowPmd(s, t).table].spinlock === NONE),
    effect: (s, t) => {
      if (isStillCow(s, t)) {
        takeSpare(s, t)
        s.thread[t].pc = 'cow.copy'
      } else leaveBroken(s, t)
    },
  },
  cowAllocateFails: {
    at: 'cow.clear',
    guard: (s, t) =>
      nobodyBreaks(s, t) && isStillCow(s, t) && s.mayFail.sharedTable && s.failuresLeft > 0,
    effect: (s, t) => failBreak(s, t),
  },
  cowCopies: {
    effect: (s, t) => {
      const me = s.thread[t]
      if (isCopied(s, t)) {
        s.table[me.locked].pte[me.entry].writable = false
        copyEntry(s, me.locked, me.table, me.entry)
      }
      me.entry++
    },
  },
  cowCopiesAndPauses: null,
  cowFlushes: {
    effect: (s, t) => {
      const first = firstPageOf(s, s.thread[t].slot)
      switchTable(s, t)
      flush(s, t, spaceOf(s, t), first, first + s.geometry.pagesPerTable, 'cow.put')
    },
  },
  cowPuts: {
    effect: (s, t) => {
      putTable(s, s.thread[t].table)
      s.thread[t].table = NONE
      leaveBroken(s, t)
    },
  },
  cowDrops: {
    guard: (s, t) => nobodyBreaks(s, t) && isInCowTable(s, t) && isShared(s, droppedTable(s, t)),
    effect: (s, t) => {
      const me = s.thread[t]
      const end = Math.min(me.to, firstPageOf(s, slotOf(s, me.page) + 1))
      s.table[droppedTable(s, t)].sharers--
      clearPmd(s, spaceOf(s, t), slotOf(s, me.page))
      for (let page = 0; page < s.geometry.pages; page++)
        if (me.page <= page && page < end) expectZeros(s, spaceOf(s, t), page)
      me.slot = 0
      me.page = end
      me.pc = 'zap.table'
    },
  },
  cowDropsLast: {
    guard: (s, t) => nobodyBreaks(s, t) && isInCowTable(s, t) && !isShared(s, droppedTable(s, t)),
  },
  cowDropsNothing: { guard: (s, t) => nobodyBreaks(s, t) && !isInCowTable(s, t) },
}

/** mprotect tries again until it has its table. */
export const triesAgain: Changes = {
  cowAllocateFails: {
    at: 'cow.clear',
    guard: (s, t) =>
      nobodyBreaks(s, t) && isStillCow(s, t) && s.mayFail.sharedTable && s.failuresLeft > 0,
    effect: (s, t) => {
      if (s.thread[t].back === 'mprotect.pte') {
        fail(s)
        leaveBroken(s, t)
      } else failBreak(s, t)
    },
  },
}

/** A table is let go of when every CPU has dropped its pages. */
export const flushesDropped: Changes = {
  cowDrops: {
    guard: (s, t) => nobodyBreaks(s, t) && isInCowTable(s, t) && isShared(s, droppedTable(s, t)),
    effect: (s, t) => {
      const me = s.thread[t]
      const first = me.page
      me.table = droppedTable(s, t)
      clearPmd(s, spaceOf(s, t), slotOf(s, first))
      for (let i = 0; i < s.geometry.pagesPerTable; i++) expectZeros(s, spaceOf(s, t), first + i)
      me.page = Math.min(me.to, first + s.geometry.pagesPerTable)
      me.back = 'zap.table'
      flush(s, t, spaceOf(s, t), first, me.page, 'cow.put')
    },
  },
}

/** A table with pages that some VMA withholds is copied, as one with pinned pages is. */
export const copiesWithheld: Changes = {
  forkShare: {
    guard: (s, t) =>
      isAtOrdinaryTable(s, t) &&
      !hasItAlready(s, t) &&
      isCowTable(s, t) &&
      !withholdsPages(s, s.thread[t].slot),
  },
  forkEnterTable: {
    guard: (s, t) =>
      isAtOrdinaryTable(s, t) &&
      !hasItAlready(s, t) &&
      !isBadTable(s, t) &&
      (!isCowTable(s, t) || withholdsPages(s, s.thread[t].slot)),
  },
}

/** Only a table that no VMA needs any more is let go of; else the sharing is broken first. */
export const dropsUnneeded: Changes = {
  dropBeforeZap: { due: (s, t) => dropsCowTable(s, t) },
}
export const breaksBeforeZap: Hook = {
  name: 'breakBeforeZap',
  before: 'zap.table',
  source: 'repair: handle_cow_pte with alloc in zap_pmd_range',
  due: (s, t) => removesFromCow(s, t) && !dropsCowTable(s, t),
  effect: (s, t) => breakTable(s, t, s.thread[t].page, 'zap.table'),
}

/** swapoff breaks the sharing of each table. */
export const breaksBeforeSwapOff: Changes = {
  dropBeforeSwapOff: {
    effect: (s, t) => breakTable(s, t, sharedByVma(s, s.thread[t].space), 'swapOff.pte'),
  },
}

/** MADV_COLD breaks the sharing, as it would if the entry did not count as bad before that. */
export const coolsBroken: Changes = {
  clearBeforeCooling: {
    due: (s, t) =>
      opOf(s, t).do === 'cold' && s.thread[t].page < s.thread[t].to && isInCowTable(s, t),
    effect: (s, t) => breakTable(s, t, s.thread[t].page, 'look.table'),
  },
}

/** A read-only PMD entry of a table is not bad: the sharing is broken. */
export const marksAreNotBad: Changes = {
  clearBeforeZap: null,
  clearBeforeSmaps: null,
  clearBeforeLooking: null,
  ...coolsBroken,
  clearBeforeProtect: { effect: (s, t) => breakTable(s, t, s.thread[t].page, 'mprotect.pte') },
  clearBeforeFree: { effect: (s, t) => breakTable(s, t, s.thread[t].page, 'free.table') },
  clearBeforeSampling: { effect: (s, t) => breakTable(s, t, s.thread[t].page, 'numa.pte') },
  clearBeforeClearing: { effect: (s, t) => breakTable(s, t, s.thread[t].page, 'clear.pte') },
}

/** GUP-fast looks at the PMD entry too, and goes the slow way. */
export const pinFallsBack: Hook = {
  name: 'pinFallsBackToBreak',
  before: 'pin.look',
  source: 'repair: a check of the PMD entry in gup_pmd_range',
  due: (s, t) => isInCowTable(s, t),
  effect: (s, t) => {
    s.thread[t].pc = 'pin.lock'
  },
}

/**
 * GUP marks no table that is shared; a pin whose table has come to be shared is given up. Whoever
 * takes a table over does not know its pages to be its own alone: one may be in a pipe.
 */
export const marksOwnTables: Changes = {
  cowIsLast: {
    guard: (s, t) => nobodyBreaks(s, t) && isStillCow(s, t) && cowSharers(s, t) === 0,
    effect: (s, t) => {
      takeOver(s, t)
      leaveBroken(s, t)
    },
  },
  pinStands: { guard: (s, t) => isPinOfOwnTable(s, t) && !s.thread[t].raced },
  pinUndone: {
    guard: (s, t) => !isPinOfOwnTable(s, t) || s.thread[t].raced,
    effect: (s, t) => {
      const me = s.thread[t]
      dropPin(s, me.frame)
      me.frame = NONE
      me.raced = false
      me.pc = 'pin.lock'
    },
  },
  splice: {
    effect: (s, t) => {
      if (!isGuarded(s, mmOf(s, t), targetPage(s, t)))
        markExclusive(s, mmOf(s, t), targetPage(s, t))
      spliceTarget(s, t)
      finish(s, t)
    },
  },
}
