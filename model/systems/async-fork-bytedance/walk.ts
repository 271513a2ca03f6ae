/**
 * The child's task work, before it first runs user code: with both locks handed over to it, it
 * walks the parent's VMAs and copies every flagged table. An error ends nothing: the walk goes on,
 * as each visit gives a marker back, so that copying and rolling back are one loop. The error is
 * one word of the child, looked at in the end (async_copy_fn, async_copy_finish). A pending signal
 * is not looked at before the way to user mode.
 */
import { mayPutMm, putMm } from '../../hardware/frames.js'
import { firstPageOf, slotOf } from '../../hardware/tables.js'
import { leave } from '../../kernel/exit.js'
import { dropWrite, queueToWrite } from '../../locks.js'
import type { Step } from '../../rule.js'
import { NONE, PARENT, type State } from '../../state.js'
import { mmOf, rest } from '../../threads.js'
import { nextVma } from '../../vmas.js'
import { hasChildVma, isFlagged, unlinkMms } from './flags.js'

/** The parent's VMA the child comes to next, or NONE. */
export const vmaAhead = (s: State, t: number) => nextVma(s, PARENT, s.thread[t].page)

/** Has the child been through all tables of the VMA it is at? */
export const walkedVma = (s: State, t: number) =>
  firstPageOf(s, s.thread[t].slot) >= s.mm[PARENT].vma[s.thread[t].vma].end

export const walk: readonly Step[] = [
  {
    name: 'copierBegins',
    at: 'walk.start',
    to: 'walk.vma',
    source: 'async_copy_fn: the first VMA of the parent',
    effect: (s, t) => {
      s.thread[t].page = 0
    },
  },
  {
    // An unlocked read: the parent may be clearing it, having copied all of the VMA.
    name: 'copierSkipsVma',
    at: 'walk.vma',
    source: 'async_copy_fn: child_vma is null',
    guard: (s, t) => vmaAhead(s, t) !== NONE && !hasChildVma(s, vmaAhead(s, t)),
    effect: (s, t) => {
      s.thread[t].page = s.mm[PARENT].vma[vmaAhead(s, t)].end
    },
  },
  {
    name: 'copierEntersVma',
    at: 'walk.vma',
    to: 'walk.table',
    source: 'async_copy_fn: copy_page_range_async',
    guard: (s, t) => hasChildVma(s, vmaAhead(s, t)),
    effect: (s, t) => {
      const me = s.thread[t]
      me.vma = vmaAhead(s, t)
      me.child = mmOf(s, t)
      me.slot = slotOf(s, s.mm[PARENT].vma[me.vma].start)
    },
  },
  {
    // An unlocked look: nothing there, huge, copied already, or made since fork.
    name: 'copierSkipsTable',
    at: 'walk.table',
    source: 'copy_pmd_range_async: none, huge, or without the flag',
    guard: (s, t) => !walkedVma(s, t) && !isFlagged(s, s.thread[t].slot),
    effect: (s, t) => {
      s.thread[t].slot++
    },
  },
  {
    name: 'copierEntersTable',
    at: 'walk.table',
    to: 'entire.begin',
    source: 'copy_pmd_range_async: copy_pte_entire_async',
    guard: (s, t) => !walkedVma(s, t) && isFlagged(s, s.thread[t].slot),
  },
  {
    name: 'copierLeavesVma',
    at: 'walk.table',
    to: 'walk.vma',
    source: 'copy_page_range_async: child_vma := null, after all of a VMA',
    guard: (s, t) => walkedVma(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      s.mm[PARENT].vma[me.vma].peer = NONE
      me.page = s.mm[PARENT].vma[me.vma].end
      me.vma = 0
      me.slot = 0
      me.child = 0
    },
  },
  {
    name: 'copierWalkedAll',
    at: 'walk.vma',
    to: 'walk.unlink',
    source: 'async_copy_fn: end of loop',
    guard: (s, t) => vmaAhead(s, t) === NONE,
    effect: (s, t) => {
      s.thread[t].page = s.geometry.pages
    },
  },
  {
    // With the parent's lock still read-held, so that no fork is under way that would look.
    name: 'copierUnlinks',
    at: 'walk.unlink',
    to: 'walk.unlock',
    source: 'async_copy_finish: both mm links := null',
    effect: (s, t) => {
      unlinkMms(s, mmOf(s, t))
    },
  },
  {
    name: 'copierUnlock',
    at: 'walk.unlock',
    to: 'walk.queue',
    source: 'async_copy_finish: mmap_read_unlock(parent)',
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = false
    },
  },
  {
    name: 'copierQueues',
    at: 'walk.queue',
    source: 'async_copy_finish: mmap_write_lock(parent)',
    effect: (s, t) => queueToWrite(s, t, PARENT, 'walk.drain'),
  },
  {
    // Holding it proves that no thread of the parent is copying into the child: readers have left.
    name: 'copierDrains',
    at: 'walk.drain',
    to: 'walk.release',
    source: 'async_copy_finish: mmap_write_unlock(parent)',
    effect: (s) => dropWrite(s, PARENT),
  },
  {
    name: 'copierReleases',
    at: 'walk.release',
    to: 'walk.put',
    source: 'async_copy_finish: mmap_write_unlock(child)',
    effect: (s, t) => {
      dropWrite(s, mmOf(s, t))
    },
  },
  {
    // The error is looked at now, when nobody can set it any more.
    name: 'copierPuts',
    at: 'walk.put',
    source: 'async_copy_finish: mmput(parent); async_copy_fn: async_copy_err',
    guard: (s) => mayPutMm(s, PARENT),
    effect: (s, t) => {
      rest(s, t)
      s.thread[t].page = s.geometry.pages
      s.thread[t].pc = s.mm[mmOf(s, t)].copyFailed ? 'walk.die' : 'user'
      putMm(s, PARENT)
    },
  },
  {
    // Before the first user instruction. The number of the signal as exit code is what wait(2)
    // takes for a process that the signal has ended.
    name: 'copierDies',
    at: 'walk.die',
    source: 'async_copy_fn: do_exit(SIGKILL)',
    guard: (s, t) => mayPutMm(s, mmOf(s, t)),
    effect: (s, t) => {
      s.mm[mmOf(s, t)].killed = true
      leave(s, t)
    },
  },
]
