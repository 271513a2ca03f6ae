/**
 * fork has failed and there will be no child: the parent takes flags and markers back, table by
 * table under its spinlock, as siblings may be copying at the same time; then it lets go of the
 * locks as a child would (clean_async_copy, async_copy_finish; facts 6.1 B8).
 */
import { childOf } from '../../kernel/fork.js'
import { dropWrite, mayWrite, takeToWrite } from '../../locks.js'
import type { Step } from '../../rule.js'
import { NONE, PARENT } from '../../state.js'
import { flaggedSlot, flaggedSlotIn, pointingVma, restoreSlot, unlinkMms } from './flags.js'

export const clean: readonly Step[] = [
  {
    // Under the table's spinlock, and the flag is tested again there; so does whoever has seen the
    // flag without it, which makes marker and flag one step.
    name: 'cleanTable',
    for: ['thread'],
    at: 'clean.vma',
    source: 'clean_pmd_range: pte_offset_map_lock, pmd_mkwrite, pmd_clear_async_copy_flag',
    guard: (s) =>
      flaggedSlot(s) !== NONE && s.table[s.mm[PARENT].pmd[flaggedSlot(s)].table].spinlock === NONE,
    effect: (s) => restoreSlot(s, flaggedSlot(s)),
  },
  {
    name: 'cleanPointer',
    for: ['thread'],
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
    for: ['thread'],
    at: 'clean.vma',
    source: 'async_copy_finish: both mm links := null',
    guard: (s) => pointingVma(s) === NONE,
    effect: (s, t) => {
      unlinkMms(s, childOf(s, t))
      s.thread[t].pc = 'clean.unlock'
    },
  },
  {
    name: 'cleanUnlocks',
    for: ['thread'],
    at: 'clean.unlock',
    source: 'async_copy_finish: mmap_read_unlock(parent)',
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = false
      s.thread[t].pc = 'clean.queue'
    },
  },
  {
    name: 'cleanQueues',
    for: ['thread'],
    at: 'clean.queue',
    source: 'async_copy_finish: mmap_write_lock(parent)',
    effect: (s, t) => {
      s.mm[PARENT].lock.waiting[t] = true
      s.thread[t].pc = 'clean.lock'
    },
  },
  {
    // A fatal signal does not end this waiting.
    name: 'cleanLocks',
    for: ['thread'],
    at: 'clean.lock',
    source: 'async_copy_finish: mmap_write_lock(parent)',
    guard: (s) => mayWrite(s, PARENT),
    effect: (s, t) => {
      takeToWrite(s, t, PARENT)
      s.thread[t].pc = 'clean.drain'
    },
  },
  {
    // No sibling is copying for this child any more.
    name: 'cleanDrains',
    for: ['thread'],
    at: 'clean.drain',
    source: 'async_copy_finish: mmap_write_unlock(parent)',
    effect: (s, t) => {
      dropWrite(s, PARENT)
      s.thread[t].pc = 'clean.release'
    },
  },
  {
    name: 'cleanReleases',
    for: ['thread'],
    at: 'clean.release',
    source: 'async_copy_finish: mmap_write_unlock(child)',
    effect: (s, t) => {
      dropWrite(s, childOf(s, t))
      s.thread[t].pc = 'clean.put'
    },
  },
  {
    // The parent's own thread is a user still, so that this is never the last one.
    name: 'cleanPuts',
    for: ['thread'],
    at: 'clean.put',
    source: 'async_copy_finish: mmput(parent)',
    effect: (s, t) => {
      s.mm[PARENT].users--
      s.thread[t].pc = s.thread[t].onward
      s.thread[t].onward = 'user'
    },
  },
]
