/**
 * Where the parent must synchronise: every place in the kernel at which a VMA or a page table of
 * the parent changes (paper, changes of a VMA and of a PMD and hooks). One entry, one hook:
 * dropping a line is the mutant "this hook was forgotten".
 */
import { hasTable, slotOf } from '../../hardware/tables.js'
import { heapOf } from '../../kernel/brk.js'
import { vmaToChange } from '../../kernel/change.js'
import { vmaToResize } from '../../kernel/mremap.js'
import { vmaInRange } from '../../kernel/munmap.js'
import { vmaToSplit } from '../../kernel/split.js'
import { stackAbove } from '../../kernel/stack.js'
import { spaceOf } from '../../kernel/zap.js'
import type { Hook } from '../../rule.js'
import { CHILD, NONE, PARENT, type State } from '../../state.js'
import { mmOf, opOf } from '../../threads.js'
import { nextVma, vmaAt, vmaBefore, vmaFrom } from '../../vmas.js'
import { isBoundVma, isMarked, isUncopied } from './markers.js'
import { syncTable, syncVma } from './sync.js'

/** A bound VMA that ends where a range begins or begins where it ends, the lower one first. */
export function boundBeside(s: State, from: number, to: number): number {
  const before = vmaBefore(s, PARENT, from)
  if (isBoundVma(s, before)) return before
  const after = vmaFrom(s, PARENT, to)
  return isBoundVma(s, after) ? after : NONE
}

/** A bound VMA that holds the page before the part of a VMA that is changed, or the page after. */
export function boundAround(s: State, t: number): number {
  const me = s.thread[t]
  const vma = s.mm[PARENT].vma[vmaToChange(s, t)]
  const from = Math.max(me.from, vma.start)
  const to = Math.min(me.to, vma.end)
  const before = from > 0 ? vmaAt(s, PARENT, from - 1) : NONE
  if (isBoundVma(s, before)) return before
  const after = to < s.geometry.pages ? vmaAt(s, PARENT, to) : NONE
  return isBoundVma(s, after) ? after : NONE
}

/** Is the thread's page in an uncopied table of the address space it works on, the parent's? */
export const isAtUncopied = (s: State, t: number) =>
  spaceOf(s, t) === PARENT && isUncopied(s, s.thread[t].page)

/** The hooks that synchronise one table: before a page of it is changed. */
const tableHooks: readonly Hook[] = [
  {
    // With only a VMA lock held the child's end could not be waited for (the child drains the
    // holders of mmap_lock): the fault is taken again under mmap_lock.
    name: 'faultFallsBackToSync',
    before: 'fault.walk',
    source: 'assumed: lock_vma_under_rcu must not be used on an uncopied table',
    assumed: 'neither the paper nor Anolis has such a test',
    due: (s, t) => isAtUncopied(s, t) && s.thread[t].held !== NONE,
    effect: (s, t) => {
      s.thread[t].held = NONE
      s.thread[t].pc = 'fault.mmap'
    },
  },
  {
    name: 'syncBeforeFault',
    before: 'fault.walk',
    resume: 'fault.pte',
    source: '5.2: __handle_mm_fault, last before handle_pte_fault',
    due: (s, t) => isAtUncopied(s, t),
    effect: (s, t) => syncTable(s, t, s.thread[t].page, 'fault.pte'),
  },
  {
    // As in a fault: the table is copied under mmap_lock, not under a VMA's own lock.
    name: 'discardFallsBackToSync',
    before: 'zap.table',
    resume: 'sync.relock',
    source: 'assumed: as a fault does',
    assumed: 'Async-fork was never brought to a kernel with such a madvise',
    due: (s, t) =>
      s.thread[t].page < s.thread[t].to && isAtUncopied(s, t) && s.thread[t].held !== NONE,
    effect: (s, t) => {
      s.thread[t].held = NONE
      s.thread[t].pc = 'sync.relock'
    },
  },
  {
    name: 'syncBeforeZap',
    before: 'zap.table',
    resume: 'zap.pte',
    source: '5.2: zap_pmd_range, before zap_pte_range',
    due: (s, t) => s.thread[t].page < s.thread[t].to && isAtUncopied(s, t),
    effect: (s, t) => syncTable(s, t, s.thread[t].page, 'zap.pte'),
  },
  {
    // Without a lock nothing can be synchronised: GUP is done the slow way. It cannot ask whether
    // there is a child, as fork ties the address spaces only after it has let GUP-fast in again.
    name: 'pinFallsBackToSync',
    before: 'pin.look',
    resume: 'pin.lock',
    source: '5.2: GUP, before taking the page reference (GUP-fast; call site not seen)',
    assumed: 'the call site in GUP-fast was not seen',
    due: (s, t) => mmOf(s, t) === PARENT && isMarked(s, slotOf(s, s.thread[t].page)),
    effect: (s, t) => {
      s.thread[t].pc = 'pin.lock'
    },
  },
  {
    name: 'syncBeforePin',
    before: 'pin.follow',
    resume: 'pin.pte',
    source: '5.2: GUP, before taking the page reference',
    due: (s, t) => isAtUncopied(s, t),
    effect: (s, t) => syncTable(s, t, s.thread[t].page, 'pin.pte'),
  },
  {
    name: 'syncBeforeFree',
    before: 'free.table',
    resume: 'free.pte',
    source: '5.2: madvise range (TENC async_fork_madvise_vma); 5.6',
    assumed: 'the call site for MADV_FREE was not seen',
    due: (s, t) => s.thread[t].page < s.thread[t].to && isAtUncopied(s, t),
    effect: (s, t) => syncTable(s, t, s.thread[t].page, 'free.pte'),
  },
  {
    name: 'syncBeforeUffdCopy',
    before: 'uffd.find',
    resume: 'uffd.install',
    source: '5.3: mfill_atomic_install_pte',
    assumed: 'the call site in userfaultfd was not seen',
    due: (s, t) => isAtUncopied(s, t),
    effect: (s, t) => syncTable(s, t, s.thread[t].page, 'uffd.install'),
  },
  {
    // Under mmap_lock for writing: nobody else can be synchronising.
    name: 'syncBeforeCollapse',
    before: 'collapse.check',
    source: '5.3: khugepaged replaces the table itself',
    assumed: 'the call site in khugepaged was not seen',
    due: (s, t) => hasTable(s, PARENT, opOf(s, t).page) && isUncopied(s, opOf(s, t).page),
    effect: (s, t) => syncTable(s, t, opOf(s, t).page, 'collapse.check'),
  },
]

/**
 * The hooks that synchronise a VMA: before it changes. mmap_lock is held for writing, so
 * that nobody else is synchronising, and the pointer is closed afterwards.
 */
const vmaHooks: readonly Hook[] = [
  {
    name: 'syncBeforeFork',
    before: 'fork.dup',
    source: '5.1: vm_area_dup, before copying the struct',
    due: (s, t) => isBoundVma(s, nextVma(s, PARENT, s.thread[t].page)),
    effect: (s, t) => syncVma(s, t, nextVma(s, PARENT, s.thread[t].page), 'fork.dup'),
  },
  {
    name: 'syncBeforeMunmap',
    before: 'munmap.detach',
    source: '5.1: do_vmi_align_munmap, after the split, before detaching',
    due: (s, t) => mmOf(s, t) === PARENT && isBoundVma(s, vmaInRange(s, t)),
    effect: (s, t) => syncVma(s, t, vmaInRange(s, t), 'munmap.detach'),
  },
  {
    name: 'syncBeforeSplit',
    before: 'split',
    source: '5.1: __split_vma, first statement',
    due: (s, t) => mmOf(s, t) === PARENT && isBoundVma(s, vmaToSplit(s, t)),
    effect: (s, t) => syncVma(s, t, vmaToSplit(s, t), 'split'),
  },
  {
    name: 'syncBeforeMmap',
    before: 'mmap.merge',
    source: '5.1: vma_merge, vma_expand: both neighbours, mergeable or not',
    due: (s, t) =>
      mmOf(s, t) === PARENT && boundBeside(s, opOf(s, t).page, opOf(s, t).end) !== NONE,
    effect: (s, t) => syncVma(s, t, boundBeside(s, opOf(s, t).page, opOf(s, t).end), 'mmap.merge'),
  },
  {
    name: 'syncBeforeMprotect',
    before: 'change.vma',
    source: '5.1: do_mprotect_pkey, first statement per VMA',
    due: (s, t) =>
      mmOf(s, t) === PARENT && opOf(s, t).do === 'mprotect' && isBoundVma(s, vmaToChange(s, t)),
    effect: (s, t) => syncVma(s, t, vmaToChange(s, t), 'change.vma'),
  },
  {
    name: 'syncBeforeMlock',
    before: 'change.merge',
    source: '5.1: mlock_fixup, before merge and split, after the "nothing to do" filter',
    due: (s, t) =>
      mmOf(s, t) === PARENT &&
      (opOf(s, t).do === 'mlock' || opOf(s, t).do === 'munlock') &&
      isBoundVma(s, vmaToChange(s, t)),
    effect: (s, t) => syncVma(s, t, vmaToChange(s, t), 'change.merge'),
  },
  {
    name: 'syncBeforeAdvice',
    before: 'change.merge',
    source: '5.1: madvise with VMA change',
    due: (s, t) =>
      mmOf(s, t) === PARENT &&
      (opOf(s, t).do === 'dontfork' || opOf(s, t).do === 'wipeonfork') &&
      isBoundVma(s, vmaToChange(s, t)),
    effect: (s, t) => syncVma(s, t, vmaToChange(s, t), 'change.merge'),
  },
  {
    name: 'syncBeforeMerge',
    before: 'change.merge',
    source: '5.1: vma_merge: prev and next, before testing whether they are mergeable',
    due: (s, t) => mmOf(s, t) === PARENT && boundAround(s, t) !== NONE,
    effect: (s, t) => syncVma(s, t, boundAround(s, t), 'change.merge'),
  },
  {
    name: 'syncBeforeMremap',
    before: 'mremap.resize',
    source: '5.1: vma_to_resize, right after lookup',
    due: (s, t) => mmOf(s, t) === PARENT && isBoundVma(s, vmaToResize(s, t)),
    effect: (s, t) => syncVma(s, t, vmaToResize(s, t), 'mremap.resize'),
  },
  {
    name: 'syncBeforeMremapMerge',
    before: 'mremap.merge',
    source: '5.1: mremap move: copy_vma, vma_merge',
    due: (s, t) => mmOf(s, t) === PARENT && besideTarget(s, t) !== NONE,
    effect: (s, t) => syncVma(s, t, besideTarget(s, t), 'mremap.merge'),
  },
  {
    name: 'syncBeforeMremapJoin',
    before: 'mremap.join',
    source: '5.1: mremap in place: vma_merge',
    due: (s, t) =>
      mmOf(s, t) === PARENT && isBoundVma(s, vmaFrom(s, PARENT, opOf(s, t).page + opOf(s, t).size)),
    effect: (s, t) =>
      syncVma(s, t, vmaFrom(s, PARENT, opOf(s, t).page + opOf(s, t).size), 'mremap.join'),
  },
  {
    name: 'syncBeforeBrk',
    before: 'brk.grow',
    source: 'do_brk_flags: fixup_vma (absent in an earlier port)',
    due: (s, t) => mmOf(s, t) === PARENT && isBoundVma(s, heapOf(s, t)),
    effect: (s, t) => syncVma(s, t, heapOf(s, t), 'brk.grow'),
  },
  {
    name: 'syncBeforeStack',
    before: 'stack.grow',
    source: '5.1: stack expansion',
    due: (s, t) => mmOf(s, t) === PARENT && isBoundVma(s, stackAbove(s, t)),
    effect: (s, t) => syncVma(s, t, stackAbove(s, t), 'stack.grow'),
  },
]

/** A bound neighbour of the place that mremap moves to, or NONE. */
export const besideTarget = (s: State, t: number) =>
  boundBeside(s, opOf(s, t).target, opOf(s, t).target + opOf(s, t).size)

/** Others who look at a child. */
const childHooks: readonly Hook[] = [
  {
    // Until it has been copied, what is not there must not be made up. Published text is silent.
    name: 'peekIsRefused',
    before: 'peek.fault',
    resume: 'peek.unlock',
    source: 'assumed: remote access has to wait, or to be refused',
    assumed: 'neither the paper nor Anolis refuses remote access',
    due: (s) => s.mm[CHILD].peer !== NONE,
    effect: (s, t) => {
      s.thread[t].pc = 'peek.unlock'
    },
  },
]

export const hooks: readonly Hook[] = [...tableHooks, ...vmaHooks, ...childHooks]
