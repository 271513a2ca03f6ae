/**
 * fork has failed and there will be no child: the parent takes flags and markers back, table by
 * table under its spinlock, as siblings may be copying at the same time; then it lets go of the
 * locks as a child would (clean_async_copy, async_copy_finish).
 */
import { childOf } from '../../kernel/fork.js'
import { dropWrite, mayWrite, takeToWrite } from '../../locks.js'
import type { Step } from '../../rule.js'
import { NONE, PARENT } from '../../state.js'
import { flaggedSlot, flaggedSlotIn, pointingVma, restoreSlot, unlinkMms } from './flags.js'

export const clean: readonly Step[] = [
  {
    // Under the table's spinlock, and the flag is tested again there. A thread that has seen the
    // flag without the spinlock tests it again too. That makes marker and flag one step.
    name: 'cleanTable',
    at: 'clean.vma',
    source: 'clean_pmd_range: pte_offset_map_lock, pmd_mkwrite, pmd_clear_async_copy_flag',
    guard: (s) =>
      flaggedSlot(s) !== NONE && s.table[s.mm[PARENT].pmd[flaggedSlot(s)].table].spinlock === NONE,
    effect: (s) => restoreSlot(s, flaggedSlot(s)),
  },
  {
    name: 'cleanPointer',
    at: 'clean.vma',
    source: 'clean_page_range: child_vma := null',
    guard: (s) => pointingVma(s) !== NONE && flaggedSlotIn(s, pointingVma(s)) === NONE,
    effect: (s) => {
      s.mm[PARENT].vma[pointingVma(s)].peer = NONE
    },
  },
  {
    // Under the parent's lock, so that no fork is under way that would look.
    name: 'cleanUnlinks',
    at: 'clean.vma',
    to: 'clean.unlock',
    source: 'async_copy_finish: both mm links := null',
    guard: (s) => pointingVma(s) === NONE,
    effect: (s, t) => {
      unlinkMms(s, childOf(s, t))
    },
  },
  {
    name: 'cleanUnlocks',
    at: 'clean.unlock',
    to: 'clean.queue',
    source: 'async_copy_finish: mmap_read_unlock(parent)',
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = false
    },
  },
  {
    name: 'cleanQueues',
    at: 'clean.queue',
    to: 'clean.lock',
    source: 'async_copy_finish: mmap_write_lock(parent)',
    effect: (s, t) => {
      s.mm[PARENT].lock.waiting[t] = true
    },
  },
  {
    // A fatal signal does not end this waiting.
    name: 'cleanLocks',
    at: 'clean.lock',
    to: 'clean.drain',
    source: 'async_copy_finish: mmap_write_lock(parent)',
    guard: (s) => mayWrite(s, PARENT),
    effect: (s, t) => {
      takeToWrite(s, t, PARENT)
    },
  },
  {
    // No sibling is copying for this child any more.
    name: 'cleanDrains',
    at: 'clean.drain',
    to: 'clean.release',
    source: 'async_copy_finish: mmap_write_unlock(parent)',
    effect: (s) => dropWrite(s, PARENT),
  },
  {
    name: 'cleanReleases',
    at: 'clean.release',
    to: 'clean.put',
    source: 'async_copy_finish: mmap_write_unlock(child)',
    effect: (s, t) => {
      dropWrite(s, childOf(s, t))
    },
  },
  {
    // The parent's own thread is a user still, so that this is never the last one.
    name: 'cleanPuts',
    at: 'clean.put',
    source: 'async_copy_finish: mmput(parent)',
    effect: (s, t) => {
      s.mm[PARENT].users--
      s.thread[t].pc = s.thread[t].onward
      s.thread[t].onward = 'user'
    },
  },
]
