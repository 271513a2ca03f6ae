/** Async-fork with the handling of a failure done wrong, in each of the three phases. */
import { slotOf } from '../../../hardware/tables.js'
import type { Mutant } from '../../../mutant.js'
import { ERROR, NONE, PARENT } from '../../../state.js'
import { mmOf } from '../../../threads.js'
import { isWholeSlot } from '../../../vmas.js'
import { mustStop, pointerAhead, pointerHere, vmaToCopy } from '../copier.js'
import { farVma, firstBound, hasNextSlot, isBound, isMarked, unmark } from '../markers.js'
import { farPointer } from '../sync.js'

export const errorMutants: readonly Mutant[] = [
  {
    name: 'phase-1-keeps-markers',
    system: 'async-fork',
    says: 'A failed fork leaves its markers: the next write faults for ever.',
    scenario: 'fork-fails',
    breaks: ['snapshotLeavesNoTrace'],
    origin: 'documented',
    source: 'why phase 1 rolls back the PMDs',
    change: { forkUndoMarker: null },
  },
  {
    name: 'phase-1-keeps-pointers',
    system: 'async-fork',
    says: 'A failed fork leaves its two-way pointers, to VMAs that are freed.',
    scenario: 'fork-fails',
    breaks: ['boundVmasArePairs'],
    origin: 'synthetic',
    source: 'phase 1 without pointers := null',
    change: { forkUndoPointers: null },
  },
  {
    name: 'phase-2-keeps-markers',
    system: 'async-fork',
    says: 'The failing child kills itself without undoing the markers of the parent.',
    scenario: 'copier-fails',
    breaks: ['snapshotLeavesNoTrace'],
    origin: 'synthetic',
    source: 'paper, errors, phase 2, first half omitted',
    change: {
      copierUndoesMarker: null,
      copierUndoesPointers: { guard: (s, t) => firstBound(s, mmOf(s, t)) !== NONE },
    },
  },
  {
    name: 'phase-2-keeps-pointers',
    system: 'async-fork',
    says: 'The failing child undoes the markers and dies with its VMAs still tied.',
    scenario: 'copier-fails',
    breaks: ['boundVmasArePairs'],
    origin: 'synthetic',
    source: 'phase 2 without pointers := null',
    change: { copierUndoesPointers: null, copierKillsItself: { guard: () => true } },
  },
  {
    name: 'phase-2-undoes-one-vma',
    system: 'async-fork',
    says: 'The failing child undoes the markers of the VMA it was at, and no others.',
    scenario: 'copier-fails',
    breaks: ['boundVmasArePairs', 'snapshotLeavesNoTrace'],
    origin: 'synthetic',
    source: 'phase 2 as phase 3',
    change: {
      copierUndoesPointers: {
        effect: (s, t) => {
          const v = firstBound(s, mmOf(s, t))
          farVma(s, v).peer = NONE
          s.mm[PARENT].vma[v].peer = NONE
          s.mm[mmOf(s, t)].killed = true
          s.thread[t].pc = 'copier.finish'
        },
      },
    },
  },
  {
    name: 'phase-2-survives',
    system: 'async-fork',
    says: 'The failing child undoes the markers but does not kill itself.',
    scenario: 'copier-fails',
    breaks: ['childSeesForkTimeMemory', 'noHalfBuiltChild'],
    origin: 'synthetic',
    source: 'paper, errors, phase 2, second half omitted',
    change: {
      copierKillsItself: {
        effect: (s, t) => {
          s.thread[t].pc = 'copier.finish'
        },
      },
    },
  },
  {
    name: 'phase-2-kills-the-parent',
    system: 'async-fork',
    says: 'The failing child sends SIGKILL to the parent instead of to itself.',
    scenario: 'copier-fails',
    breaks: ['childSeesForkTimeMemory', 'noHalfBuiltChild'],
    origin: 'synthetic',
    source: 'paper, errors, phase 2: why the signal goes to the child',
    change: {
      copierKillsItself: {
        effect: (s, t) => {
          s.mm[PARENT].killed = true
          s.thread[t].pc = 'copier.finish'
        },
      },
    },
  },
  {
    name: 'phase-2-restores-data',
    system: 'async-fork',
    says: 'The failing child copies its pages back into the parent: later writes are lost.',
    scenario: 'copier-fails',
    breaks: ['parentKeepsItsWrites'],
    origin: 'documented',
    source: "a reader's guess about rollback",
    change: {
      copierKillsItself: {
        effect: (s, t) => {
          for (let slot = 0; slot < s.geometry.slots; slot++) {
            const from = s.mm[mmOf(s, t)].pmd[slot].table
            const to = s.mm[PARENT].pmd[slot].table
            if (from !== NONE && to !== NONE)
              for (let i = 0; i < s.geometry.pagesPerTable; i++)
                if (s.table[from].pte[i].frame !== NONE && s.table[to].pte[i].frame !== NONE)
                  s.frame[s.table[to].pte[i].frame].value =
                    s.frame[s.table[from].pte[i].frame].value
          }
          s.mm[mmOf(s, t)].killed = true
          s.thread[t].pc = 'copier.finish'
        },
      },
    },
  },
  {
    name: 'phase-3-tells-nobody',
    system: 'async-fork',
    says: 'The parent undoes the markers of a VMA it could not copy but stores no error code.',
    scenario: 'sync-fails',
    breaks: ['markersTellTheTruth', 'childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: 'paper, errors, phase 3, error code omitted',
    change: {
      syncStoresError: {
        effect: (s, t) => {
          const me = s.thread[t]
          me.slot = slotOf(s, s.mm[PARENT].vma[me.vma].start)
          me.pc = 'sync.undo'
        },
      },
    },
  },
  {
    name: 'phase-3-undoes-first',
    system: 'async-fork',
    says: 'The parent undoes the markers first and stores the error code afterwards.',
    scenario: 'sync-fails',
    breaks: ['markersTellTheTruth', 'childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: 'order of phase 3 with a pointer that no lock protects',
    change: {
      syncStoresError: {
        effect: (s, t) => {
          const me = s.thread[t]
          me.slot = slotOf(s, s.mm[PARENT].vma[me.vma].start)
          me.pc = 'sync.undo'
        },
      },
      syncUndoesMarker: {
        effect: (s, t) => {
          const me = s.thread[t]
          if (isMarked(s, me.slot) && isWholeSlot(s, PARENT, me.vma, me.slot)) unmark(s, me.slot)
          if (hasNextSlot(s, PARENT, me.vma, me.slot)) me.slot++
          else {
            if (farPointer(s, t) >= 0) farVma(s, me.vma).peer = ERROR
            me.pc = 'sync.closeParent'
          }
        },
      },
    },
  },
  {
    name: 'phase-3-keeps-markers',
    system: 'async-fork',
    says: 'The parent stores the error code and closes its pointer, but its markers stay.',
    scenario: 'sync-fails',
    breaks: ['snapshotLeavesNoTrace'],
    origin: 'synthetic',
    source: 'paper, errors, phase 3, rollback omitted',
    change: {
      syncStoresError: {
        effect: (s, t) => {
          const me = s.thread[t]
          farVma(s, me.vma).peer = ERROR
          me.pc = 'sync.closeParent'
        },
      },
    },
  },
  {
    name: 'phase-3-undoes-every-vma',
    system: 'async-fork',
    says: 'The parent undoes the markers of all VMAs, also of those whose pointers bear no error code.',
    scenario: 'sync-fails',
    breaks: ['markersTellTheTruth', 'childSeesForkTimeMemory'],
    origin: 'documented',
    source: 'why phase 3 rolls back one VMA only',
    change: {
      syncUndoesMarker: {
        effect: (s, t) => {
          for (let slot = 0; slot < s.geometry.slots; slot++) if (isMarked(s, slot)) unmark(s, slot)
          s.thread[t].pc = 'sync.closeParent'
        },
      },
    },
  },
  {
    name: 'error-checked-before-only',
    system: 'async-fork',
    says: 'The child looks for an error code before it copies a VMA and not after.',
    scenario: 'sync-fails',
    breaks: ['markersTellTheTruth', 'childSeesForkTimeMemory'],
    origin: 'documented',
    source: 'check before only, with a pointer that no lock protects',
    change: {
      copierFindsErrorAfter: null,
      copierFindsNoError: { guard: (s, t) => pointerHere(s, t) !== NONE },
    },
  },
  {
    name: 'error-checked-after-only',
    system: 'async-fork',
    says: 'The child takes an error code for "nothing to do" and goes on to the next VMA.',
    scenario: 'sync-fails',
    breaks: ['childSeesForkTimeMemory'],
    origin: 'synthetic',
    source: 'copy_vma without the test for ERR',
    change: {
      copierFindsError: null,
      copierSkipsVma: {
        guard: (s, t) => !mustStop(s, t) && vmaToCopy(s, t) !== NONE && pointerAhead(s, t) < 0,
      },
    },
  },
  {
    name: 'error-stored-blindly',
    system: 'async-fork',
    says: 'The parent stores its error code although the child has just closed the pointer.',
    scenario: 'sync-fails',
    breaks: ['noHalfBuiltChild'],
    origin: 'synthetic',
    source: 'test and store instead of compare-and-exchange',
    change: {
      syncStoresError: { guard: (s, t) => isBound(s, s.thread[t].vma) },
      syncFailsLate: { guard: (s, t) => !isBound(s, s.thread[t].vma) },
    },
  },
  {
    name: 'kill-skips-rollback',
    system: 'async-fork',
    says: 'A child that is killed while it copies dies at once and leaves markers and pointers.',
    scenario: 'killed',
    breaks: ['boundVmasArePairs', 'snapshotLeavesNoTrace'],
    origin: 'synthetic',
    source: 'fatal_signal_pending without the rollback',
    change: {
      copierNoticesKill: {
        effect: (s, t) => {
          s.thread[t].pc = 'copier.finish'
        },
      },
    },
  },
  {
    name: 'kill-goes-unnoticed',
    system: 'async-fork',
    says: 'A child with SIGKILL pending does not look for it between VMAs, and stands still.',
    scenario: 'killed',
    breaks: ['noDeadlock'],
    origin: 'synthetic',
    source: 'fatal_signal_pending omitted',
    change: { copierNoticesKill: null },
  },
]
