/** Situations that some scenario must reach: otherwise properties could hold vacuously. */
import { CHILD, NONE, PARENT, type State } from '../model/state.js'
import { canWrite, childRuns, isInUserMode, isOneOf, someoneAt } from './lookups.js'
import type { Situation } from './property.js'
import { readsOldMemory } from './snapshot.js'

/** Is there a CPU with a writable translation that its page table no longer allows? */
export function writableEntryIsStale(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    for (let page = 0; page < s.geometry.pages; page++)
      if (s.cpu[t].tlb[page].writable && !canWrite(s, s.actor[t].mm, page)) return true
  return false
}

/** Is the parent about to learn from `wait` that a child has ended, by a signal or by itself? */
export function isTold(s: State, bySignal: boolean): boolean {
  for (let t = 0; t < s.geometry.threads; t++) {
    const op = s.actor[t].program[s.thread[t].next]
    if (s.actor[t].mm !== PARENT || op.do !== 'wait' || !isInUserMode(s, t)) continue
    for (let c = 0; c < s.geometry.threads; c++) {
      const m = s.actor[c].mm
      if (m < CHILD || s.actor[c].rank > 0 || !isOneOf(s.places.ended, s.thread[c].pc)) continue
      if (s.mm[m].killed === bySignal) return true
    }
  }
  return false
}

/** Does a child's page table hold a swap entry, or a migration entry? */
export function childHasEntry(s: State, swapped: boolean): boolean {
  for (let m = CHILD; m < s.geometry.mms; m++)
    for (const pmd of s.mm[m].pmd)
      if (pmd.table !== NONE)
        for (const pte of s.table[pmd.table].pte)
          if (pte.frame !== NONE && (swapped ? pte.swapped : pte.migrating)) return true
  return false
}

/** Is there a huge page in an address space? */
export function hasHuge(s: State, child: boolean): boolean {
  for (let m = 0; m < s.geometry.mms; m++)
    if (m >= CHILD === child) for (const pmd of s.mm[m].pmd) if (pmd.huge) return true
  return false
}

export const situationsOfAll: readonly Situation[] = [
  {
    name: 'phase1Fails',
    kind: 'sometimes',
    says: "fork's own part fails, and fork returns an error.",
    holds: (s) => {
      for (const mm of s.mm) if (mm.fork === 'failed') return true
      return false
    },
  },
  {
    name: 'forkFailsLate',
    kind: 'sometimes',
    says: 'fork fails after the address space has been copied and its lock dropped.',
    holds: (s) => someoneAt(s, s.places.failsLate),
  },
  {
    name: 'copyOnWriteFails',
    kind: 'sometimes',
    says: 'A fault finds no frame to copy into.',
    holds: (s) => s.ghost.failed.fault,
  },
  {
    name: 'callFails',
    kind: 'sometimes',
    says: 'A system call, or a thread of the kernel, finds no memory and gives up.',
    holds: (s) => s.ghost.failed.call,
  },
  {
    name: 'frameIsCopied',
    kind: 'sometimes',
    says: 'A write fault copies a frame that both sides map.',
    holds: (s) => someoneAt(s, s.places.hasCopied),
  },
  {
    name: 'staleEntryIsWritable',
    kind: 'sometimes',
    says: 'A CPU may still write where its page table no longer allows it.',
    holds: writableEntryIsStale,
  },
  {
    name: 'flushIsAnswered',
    kind: 'sometimes',
    says: 'A thread waits until another CPU has answered its flush.',
    holds: (s) => someoneAt(s, s.places.waitsForFlush),
  },
  {
    name: 'batchedFlushIsMadeUpFor',
    kind: 'sometimes',
    says: 'A thread that removes pages flushes first, because reclaim has deferred a flush.',
    holds: (s) => someoneAt(s, s.places.flushesForReclaim),
  },
  {
    name: 'tableIsReclaimed',
    kind: 'sometimes',
    says: 'A thread frees a table that it has emptied, and everybody else may be in the address space.',
    holds: (s) => someoneAt(s, s.places.reclaimsTable),
  },
  {
    name: 'childRuns',
    kind: 'sometimes',
    says: 'The child runs its program.',
    holds: childRuns,
  },
  {
    name: 'parentKilled',
    kind: 'sometimes',
    says: 'SIGKILL reaches the parent.',
    holds: (s) => s.mm[PARENT].killed,
  },
  {
    name: 'toldOfSuccess',
    kind: 'sometimes',
    says: 'The parent is told that a child has ended by itself.',
    holds: (s) => isTold(s, false),
  },
  {
    name: 'toldOfSignal',
    kind: 'sometimes',
    says: 'The parent is told that a child was ended by a signal.',
    holds: (s) => isTold(s, true),
  },
  {
    name: 'childHasSwapEntry',
    kind: 'sometimes',
    says: 'The child has a swap entry in a page table.',
    holds: (s) => childHasEntry(s, true),
  },
  {
    name: 'childHasMigrationEntry',
    kind: 'sometimes',
    says: 'The child has a migration entry in a page table.',
    holds: (s) => childHasEntry(s, false),
  },
  {
    name: 'childHasHugePage',
    kind: 'sometimes',
    says: 'The child maps a huge page.',
    holds: (s) => hasHuge(s, true),
  },
  {
    name: 'parentHasHugePage',
    kind: 'sometimes',
    says: 'The parent maps a huge page.',
    holds: (s) => hasHuge(s, false),
  },
  {
    name: 'pageIsPinned',
    kind: 'sometimes',
    says: 'A device has a page of the parent while a child exists.',
    holds: (s) => s.device.frame !== NONE && childRuns(s),
  },
  {
    name: 'readerFindsOldMemory',
    kind: 'sometimes',
    says: 'A device that only reads has a page that the parent has replaced by a copy (before 5.19).',
    holds: (s) => readsOldMemory(s),
  },
  {
    name: 'pageIsLazilyFreed',
    kind: 'sometimes',
    says: 'Reclaim may drop a frame unless a program writes to it again.',
    holds: (s) => {
      for (const frame of s.frame) if (frame.lazy) return true
      return false
    },
  },
]
