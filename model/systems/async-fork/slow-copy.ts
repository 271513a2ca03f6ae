/**
 * Copying one PMD: the PTE table below it, then its marker. The child does this for every table
 * of every bound VMA, the parent for a table it is about to change; both run these same steps,
 * any number at once (paper 3.3, 3.4; as shipped: async_fork.c S0 to S9).
 *
 * Who wants a table copied sets its registers `vma` and `slot` and goes to slow.check.
 */
import { firstPageOf, installTable, shareEntry } from '../../memory.js'
import type { Step } from '../../rule.js'
import { CHILD, NONE, PARENT, type State } from '../../state.js'
import { fail, isChild, mmOf } from '../../threads.js'
import { isWholeSlot } from '../../vmas.js'
import { isMarked } from './markers.js'

/** The child's table for the slot a thread is at: its page carries the copy lock. */
export const tableOf = (s: State, t: number) => s.table[s.mm[CHILD].pmd[s.thread[t].slot].table]

/** Is there still something to copy at the slot a thread is at? */
export const needsCopy = (s: State, t: number) =>
  isMarked(s, s.thread[t].slot) && isWholeSlot(s, mmOf(s, t), s.thread[t].vma, s.thread[t].slot)

/** The table is dealt with: back to whoever wanted it copied. */
export function leaveTable(s: State, t: number): void {
  const me = s.thread[t]
  me.entry = 0
  if (isChild(s, t)) me.pc = 'copier.next'
  else if (me.whole) me.pc = 'sync.next'
  else leaveSync(s, t)
}

/** The parent has synchronised: on with what it was about to do. */
export function leaveSync(s: State, t: number): void {
  const me = s.thread[t]
  me.pc = me.back
  me.back = 'user'
  me.whole = false
  me.vma = 0
  me.slot = 0
}

export const slowCopy: readonly Step[] = [
  {
    // S0: an unlocked look. Nothing there, already copied, or a table fork itself has copied.
    name: 'tableSkip',
    for: ['thread'],
    at: 'slow.check',
    source: 'async_fork.c S0',
    guard: (s, t) => !needsCopy(s, t),
    effect: (s, t) => leaveTable(s, t),
  },
  {
    name: 'tableEnter',
    for: ['thread'],
    at: 'slow.check',
    source: 'async_fork.c S0, S1',
    guard: (s, t) => needsCopy(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      me.pc = s.mm[CHILD].pmd[me.slot].table === NONE ? 'slow.allocate' : 'slow.lock'
    },
  },
  {
    // S1, under the pmd lock: of two who allocate at once, the second frees its table again.
    name: 'tableAllocate',
    for: ['thread'],
    at: 'slow.allocate',
    source: 'async_fork.c S1: pte_alloc',
    effect: (s, t) => {
      const me = s.thread[t]
      if (s.mm[CHILD].pmd[me.slot].table === NONE) installTable(s, CHILD, me.slot)
      me.pc = 'slow.lock'
    },
  },
  {
    // S1: no memory. Whose failure that is decides what follows: phase 2 or phase 3.
    name: 'tableAllocateFails',
    for: ['thread'],
    at: 'slow.allocate',
    source: 'paper 3.8; async_fork.c S1: -ENOMEM',
    guard: (s, t) =>
      s.failuresLeft > 0 && (isChild(s, t) ? s.mayFail.copierTable : s.mayFail.syncTable),
    effect: (s, t) => {
      fail(s)
      if (isChild(s, t)) s.ghost.failed.copier = true
      else s.ghost.failed.sync = true
      s.thread[t].pc = isChild(s, t) ? 'copier.fail' : 'sync.fail'
    },
  },
  {
    // S2: trylock of the table's page, else wait until it is unlocked and try again.
    name: 'tableLock',
    for: ['thread'],
    at: 'slow.lock',
    source: 'paper 3.3; async_fork.c S2: trylock_page',
    guard: (s, t) => tableOf(s, t).lock === NONE,
    effect: (s, t) => {
      tableOf(s, t).lock = t
      s.thread[t].pc = 'slow.copy'
    },
  },
  {
    // S3, S4, under the parent's PTE lock: somebody has copied it while this thread waited.
    name: 'tableFindsCopied',
    for: ['thread'],
    at: 'slow.copy',
    source: 'async_fork.c S4: the marker is gone',
    guard: (s, t) => !isMarked(s, s.thread[t].slot),
    effect: (s, t) => {
      s.thread[t].pc = 'slow.unlock'
    },
  },
  {
    // S5, under both PTE locks: the child copies one PTE and write-protects the parent's. The
    // kernel may drop the PTE locks between entries; the copy lock it keeps.
    name: 'tableCopyPage',
    for: ['thread'],
    at: 'slow.copy',
    source: 'paper 3.4; async_fork.c S5',
    guard: (s, t) => isMarked(s, s.thread[t].slot) && s.thread[t].entry < s.geometry.pagesPerTable,
    effect: (s, t) => {
      const me = s.thread[t]
      shareEntry(s, firstPageOf(s, me.slot) + me.entry)
      me.entry++
    },
  },
  {
    // S8, under the parent's PTE lock: the PMD becomes writable, after all PTEs below it are not.
    name: 'tableClearMarker',
    for: ['thread'],
    at: 'slow.copy',
    source: 'paper 3.2; async_fork.c S8',
    guard: (s, t) =>
      isMarked(s, s.thread[t].slot) && s.thread[t].entry === s.geometry.pagesPerTable,
    effect: (s, t) => {
      const me = s.thread[t]
      s.mm[PARENT].pmd[me.slot].writable = true
      me.pc = 'slow.unlock'
    },
  },
  {
    // S9.
    name: 'tableUnlock',
    for: ['thread'],
    at: 'slow.unlock',
    source: 'async_fork.c S9: unlock_page',
    effect: (s, t) => {
      tableOf(s, t).lock = NONE
      leaveTable(s, t)
    },
  },
]
