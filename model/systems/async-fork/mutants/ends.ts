/**
 * Async-fork with the end of copying done wrong: pointers, draining, users, other copiers, a
 * second child.
 */
import { putMm } from '../../../hardware/frames.js'
import { dropWrite } from '../../../locks.js'
import type { Mutant } from '../../../mutant.js'
import { NONE, PARENT } from '../../../state.js'
import { isChild, mmOf, rest } from '../../../threads.js'
import { hasNextSlot } from '../markers.js'
import { unbindMms } from '../phase-1.js'

export const endMutants: readonly Mutant[] = [
  {
    name: 'no-mmget',
    system: 'async-fork',
    says: "The child does not keep the parent's page tables alive while it copies them.",
    scenario: 'parent-exits',
    breaks: ['boundVmasArePairs'],
    origin: 'synthetic',
    source: 'binding the mms without mmget(P)',
    change: {
      forkBindMm: {
        effect: (s, t) => {
          s.mm[s.actor[t].program[s.thread[t].next].child].peer = PARENT
          s.mm[PARENT].peer = s.actor[t].program[s.thread[t].next].child
        },
      },
      copierPuts: {
        effect: (s, t) => {
          rest(s, t)
          s.thread[t].page = s.geometry.pages
          s.thread[t].pc = s.mm[mmOf(s, t)].killed ? 'copier.die' : 'user'
        },
      },
    },
  },
  {
    name: 'no-mmput',
    system: 'async-fork',
    says: "The child never lets go of the parent's address space.",
    scenario: 'parent-exits',
    breaks: ['snapshotLeavesNoTrace'],
    origin: 'synthetic',
    source: 'the child unbinds without mmput(P)',
    change: {
      copierPuts: {
        effect: (s, t) => {
          rest(s, t)
          s.thread[t].page = s.geometry.pages
          s.thread[t].pc = s.mm[mmOf(s, t)].killed ? 'copier.die' : 'user'
        },
      },
    },
  },
  {
    name: 'no-drain',
    system: 'async-fork',
    says: 'The child leaves without waiting for parent threads that are still copying into it.',
    scenario: 'bgsave',
    breaks: ['copiesForItsOwnChild'],
    origin: 'documented',
    source: 'comment in the Bytedance kernel: write lock to be sure all readers have left',
    change: {
      copierQueues: {
        effect: (s, t) => {
          unbindMms(s, mmOf(s, t))
          s.thread[t].pc = 'copier.put'
        },
      },
    },
  },
  {
    name: 'unbinds-a-newer-child',
    system: 'async-fork',
    says: 'The first child, when it is done, unties the parent from whatever child it is tied to by now.',
    scenario: 'two-saves-discard',
    breaks: ['markersTellTheTruth', 'childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: 'the child unbinds without the test "is it still me"',
    change: {
      copierDrains: {
        effect: (s, t) => {
          s.mm[mmOf(s, t)].peer = NONE
          s.mm[PARENT].peer = NONE
          dropWrite(s, PARENT)
          s.thread[t].pc = 'copier.put'
        },
      },
    },
  },
  {
    name: 'copier-leaves-vma-tied',
    system: 'async-fork',
    says: 'The child copies a VMA but closes only its own end of the pointer.',
    scenario: 'bgsave',
    breaks: ['snapshotLeavesNoTrace'],
    origin: 'synthetic',
    source: 'copy_vma without Vp.ptr := null',
    change: {
      copierClosesParentVma: {
        effect: (s, t) => {
          s.thread[t].pc = 'copier.closed'
        },
      },
    },
  },
  {
    name: 'copier-closes-parent-first',
    system: 'async-fork',
    says: "The child closes the parent's end of the pointer before its own.",
    scenario: 'bgsave',
    breaks: ['boundVmasArePairs'],
    origin: 'synthetic',
    source: 'copy_vma without the write barrier, the other way round',
    change: {
      copierClosesVma: {
        effect: (s, t) => {
          s.mm[PARENT].vma[s.thread[t].vma].peer = NONE
          s.thread[t].pc = 'copier.closeParent'
        },
      },
      copierClosesParentVma: {
        effect: (s, t) => {
          s.mm[mmOf(s, t)].vma[s.thread[t].vma].peer = NONE
          s.thread[t].pc = 'copier.closed'
        },
      },
    },
  },
  {
    name: 'sync-leaves-vma-tied',
    system: 'async-fork',
    says: "The parent, having copied a VMA, closes the child's end of the pointer and not its own: it copies the VMA again and again.",
    scenario: 'unmap-whole',
    breaks: ['parentGoesOn'],
    origin: 'synthetic',
    source: 'fixup_vma c7 without Vp.ptr := null',
    change: {
      syncClosesParentVma: {
        effect: (s, t) => {
          const me = s.thread[t]
          me.pc = me.back
          me.back = 'user'
          me.whole = false
          me.vma = 0
          me.slot = 0
          me.child = 0
        },
      },
    },
  },
  {
    name: 'copier-walks-in-circles',
    system: 'async-fork',
    says: 'A VMA that the parent has copied already is looked at by the child again and again.',
    scenario: 'unmap-whole',
    breaks: ['childGoesOn', 'copierFinishesOrDies'],
    origin: 'synthetic',
    source: 'the loop over VMAs: null, and no next VMA',
    change: {
      copierSkipsVma: {
        effect: (s, t) => {
          s.thread[t].pc = 'copier.vma'
        },
      },
    },
  },
  {
    name: 'copier-skips-last-table',
    system: 'async-fork',
    says: 'The child leaves out the last table of each VMA.',
    scenario: 'bgsave',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: 'the walk of a VMA, loop bound off by one',
    change: {
      copierNextTable: {
        guard: (s, t) => hasNextSlot(s, mmOf(s, t), s.thread[t].vma, s.thread[t].slot + 1),
      },
      copierWalkedVma: {
        guard: (s, t) => !hasNextSlot(s, mmOf(s, t), s.thread[t].vma, s.thread[t].slot + 1),
      },
    },
  },
  {
    name: 'copier-holds-no-lock',
    system: 'async-fork',
    says: "The child copies without the parent's mmap_lock: VMAs change under its feet.",
    scenario: 'unmap-middle',
    breaks: ['mmapLockIsHeld'],
    origin: 'synthetic',
    source: 'mmap_read_lock of the parent omitted',
    change: {
      copierLock: {
        guard: () => true,
        effect: (s, t) => {
          s.thread[t].page = 0
          s.thread[t].whole = s.options.copiers === 1
          s.thread[t].pc = s.options.copiers === 1 ? 'copier.vma' : 'copier.spawn'
        },
      },
    },
  },
  {
    name: 'copier-keeps-read-lock',
    system: 'async-fork',
    says: "The child goes on to its end with the parent's mmap_lock still held for reading.",
    scenario: 'copier-fails',
    breaks: ['mmapLockIsHeld', 'noDeadlock'],
    origin: 'synthetic',
    source: 'mmap_read_unlock of the parent omitted',
    change: {
      copierUnlock: {
        effect: (s, t) => {
          s.thread[t].pc = 'copier.queue'
        },
      },
    },
  },
  {
    name: 'child-runs-before-it-is-untied',
    system: 'async-fork',
    says: 'The child runs its program while the parent still synchronises for it.',
    scenario: 'bgsave',
    breaks: ['noHalfBuiltChild'],
    origin: 'synthetic',
    source: 'the child unbinds after the return to user mode',
    change: {
      copierDrains: {
        effect: (s, t) => {
          dropWrite(s, PARENT)
          s.thread[t].pc = 'copier.put'
        },
      },
    },
  },
  {
    name: 'copiers-do-not-wait',
    system: 'async-fork',
    says: "The child's own thread goes on when its share is copied, and does not wait for the others.",
    scenario: 'two-copiers',
    breaks: ['childSeesForkTimeMemory', 'noHalfBuiltChild'],
    origin: 'synthetic',
    source: 'several copy threads without a join (paper, several copy threads)',
    change: {
      copierGoesOverAll: {
        guard: (s, t) =>
          s.actor[t].rank === 0 && !s.thread[t].whole && !s.mm[mmOf(s, t)].copyFailed,
        effect: (s, t) => {
          s.thread[t].whole = true
          s.thread[t].pc = 'copier.finish'
        },
      },
    },
  },

  {
    name: 'late-failure-undoes-nothing',
    system: 'async-fork',
    says: 'fork fails after the address space has been copied, and its markers and pointers stay.',
    scenario: 'fork-fails-late',
    breaks: ['boundVmasArePairs', 'snapshotLeavesNoTrace'],
    origin: 'candidate',
    source:
      'Bytedance has a routine for this (try_clean_async_copy); Anolis asserts that it is not needed',
    change: { forkUndoesLate: null },
  },
  {
    name: 'late-failure-keeps-mm',
    system: 'async-fork',
    says: "fork fails late, and the reference on the parent's address space is not given back.",
    scenario: 'fork-fails-late',
    breaks: ['snapshotLeavesNoTrace'],
    origin: 'synthetic',
    source: 'clean_async_copy without mmput',
    change: {
      lateUnbinds: {
        effect: (s, t) => {
          unbindMms(s, s.actor[t].program[s.thread[t].next].child)
          dropWrite(s, PARENT)
          s.thread[t].pc = 'fork.late'
        },
      },
    },
  },
  {
    name: 'dying-child-frees-parent',
    system: 'async-fork',
    says: "A child that fails drops the parent's address space twice.",
    scenario: 'copier-fails',
    breaks: ['snapshotLeavesNoTrace'],
    origin: 'synthetic',
    source: 'mmput(P) on both ways out',
    change: {
      copierDies: {
        effect: (s, t) => {
          if (isChild(s, t)) putMm(s, PARENT)
          putMm(s, mmOf(s, t))
          rest(s, t)
          s.thread[t].page = s.geometry.pages
          s.thread[t].pc = 'gone'
        },
      },
    },
  },
]
