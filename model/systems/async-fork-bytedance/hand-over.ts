/**
 * fork, as Bytedance's kernel does it: before anything is copied the two
 * address spaces are linked; tables of anonymous memory are marked and flagged instead of being
 * copied; and at the end mmap_lock is not dropped but handed over: the parent's, for reading, and
 * the child's own, for writing, belong to the child until it has copied everything. Nobody can
 * change a VMA of the parent meanwhile.
 *
 * Of kernel/fork.c the part that hands the locks over was not seen; that it is the last thing in
 * fork, and how the locks are held until then, is what mm/async_fork.c says of them.
 */
import { childOf, enterTable } from '../../kernel/fork.js'
import { failLate, isFirstOf, wakeChild } from '../../kernel/fork-ends.js'
import { isAtOrdinaryTable, isPinnedSlot } from '../../kernel/fork-tables.js'
import { downgrade } from '../../kernel/locks.js'
import { mayWrite, takeToWrite } from '../../locks.js'
import type { Hook, Step } from '../../rule.js'
import { NONE, PARENT, type State } from '../../state.js'
import { isWholeSlot, vmaId } from '../../vmas.js'

/** Is the fork under way one that leaves tables to the child? */
export const leavesTables = (s: State, t: number) => s.mm[childOf(s, t)].peer === PARENT

/**
 * Is the table the thread is at left to the child: anonymous, not a stack, not for KSM, covered by
 * one VMA alone (is_async_copy_target_vma)? Pins are not asked about, unless `pinned` says so.
 */
export function isTarget(s: State, t: number): boolean {
  const me = s.thread[t]
  const vma = s.mm[PARENT].vma[me.vma]
  if (!leavesTables(s, t) || vma.device || vma.stack || s.uses.merging) return false
  if (s.options.pinned === 'fork' && isPinnedSlot(s, me.slot)) return false
  return isWholeSlot(s, PARENT, me.vma, me.slot)
}

export const handOver: readonly Step[] = [
  {
    // Only swapoff can be in the way: it looks at every address space there is.
    name: 'forkLocksChild',
    at: 'hand.lock',
    to: 'fork.vma',
    source: 'dup_mmap: mmap_write_lock_nested(mm)',
    guard: (s, t) => mayWrite(s, childOf(s, t)),
    effect: (s, t) => {
      takeToWrite(s, t, childOf(s, t))
    },
  },
  {
    // The VMA's pointer, the flag, the marker: under mmap_lock held for writing; of these a CPU
    // looks at the marker only.
    name: 'forkMark',
    at: 'fork.slot',
    source: 'try_async_copy_pte: child_vma, pmd_set_async_copy_flag, pmdp_set_wrprotect',
    guard: (s, t) => isAtOrdinaryTable(s, t) && isTarget(s, t),
    effect: (s, t) => {
      const me = s.thread[t]
      s.mm[PARENT].vma[me.vma].peer = vmaId(s, childOf(s, t), me.vma)
      s.table[s.mm[PARENT].pmd[me.slot].table].flagged = true
      s.mm[PARENT].pmd[me.slot].writable = false
      me.slot++
    },
  },
  {
    name: 'forkEnterTable',
    at: 'fork.slot',
    source: 'copy_pmd_range: try_async_copy_pte is false, copy_pte_range',
    guard: (s, t) => isAtOrdinaryTable(s, t) && !isTarget(s, t),
    effect: (s, t) => enterTable(s, t),
  },
  {
    // Both locks belong to the child from now on: the parent's, read-held, and its own.
    name: 'forkHandsOver',
    at: 'hand.wake',
    source: 'kernel_clone: wake_up_new_task; its task work is async_copy_fn',
    allocates: ['forkLate'],
    effect: (s, t) => {
      s.mm[PARENT].lock.readers[t] = false
      for (let c = 0; c < s.geometry.threads; c++)
        if (isFirstOf(s, c, childOf(s, t))) {
          s.mm[PARENT].lock.readers[c] = true
          s.mm[childOf(s, t)].lock.writer = c
        }
      wakeChild(s, t, s.childStart)
    },
  },
  {
    name: 'forkFailsLateTied',
    at: 'hand.wake',
    to: 'clean.vma',
    source: 'copy_process: bad_fork_cleanup_mm; try_clean_async_copy',
    guard: (s) => s.mayFail.forkLate && s.failuresLeft > 0,
    effect: (s, t) => {
      failLate(s, t)
      s.thread[t].onward = 'fork.late'
    },
  },
  {
    // Not used for this fork: a child like any other.
    name: 'forkReturn',
    at: 'fork.wake',
    source: 'kernel_clone: wake_up_new_task',
    allocates: ['forkLate'],
    effect: (s, t) => wakeChild(s, t, 'user'),
  },
]

export const handOverHooks: readonly Hook[] = [
  {
    // Before the first VMA, and never for a process with a monitor. The child will need the
    // parent's tables even if the parent exits first (mmget).
    name: 'forkLinks',
    before: 'fork.vma',
    source: 'try_enable_async_copy: mm_has_userfaultfd; both mm links, mmget',
    due: (s, t) => s.options.enabled && !s.uses.monitor && s.mm[childOf(s, t)].peer === NONE,
    effect: (s, t) => {
      s.mm[PARENT].peer = childOf(s, t)
      s.mm[childOf(s, t)].peer = PARENT
      s.mm[PARENT].users++
      s.thread[t].pc = 'hand.lock'
    },
  },
  {
    // Readers get in again: faults, madvise. Writers stay out until the child has copied.
    name: 'forkDowngrades',
    before: 'fork.unlock',
    source: 'dup_mmap, instead of mmap_write_unlock(oldmm) (its place is inferred)',
    assumed: 'the part of kernel/fork.c that hands the locks over was not seen',
    due: (s, t) => leavesTables(s, t),
    effect: (s, t) => {
      downgrade(s, t)
      s.thread[t].pc = 'hand.wake'
    },
  },
  {
    // fork's own part has failed: undone as when it fails late.
    name: 'forkCleansAsync',
    before: 'fork.undo',
    source: 'try_clean_async_copy: mmap_lock of the parent read-held',
    due: (s, t) => leavesTables(s, t),
    effect: (s, t) => {
      downgrade(s, t)
      s.thread[t].onward = 'fork.destroy'
      s.thread[t].pc = 'clean.vma'
    },
  },
]
