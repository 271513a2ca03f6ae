/** After a snapshot has failed or ended, the parent is as if it had never forked. */
import { CHILD, ERROR, NONE, PARENT, type State } from '../model/state.js'
import { counted, spaceName } from './explain.js'
import { isAbsent, isGone, isRunning, parentAtRest } from './lookups.js'
import type { Invariant } from './property.js'

/**
 * A marked PMD of the parent, or NONE. Where tables are shared, a read-only PMD is no marker: it
 * only makes the next write fault.
 */
export function markedSlot(s: State): number {
  if (s.uses.sharing) return NONE
  for (let slot = 0; slot < s.geometry.slots; slot++) {
    const pmd = s.mm[PARENT].pmd[slot]
    if (pmd.table !== NONE && !pmd.writable && !pmd.huge) return slot
  }
  return NONE
}

/** A table with a flag that says it is uncopied, or NONE. */
export function flaggedTable(s: State): number {
  for (let i = 0; i < s.geometry.tables; i++) if (s.table[i].flagged) return i
  return NONE
}

/** A VMA of the parent with something in its pointer, or NONE. */
export function vmaWithPointer(s: State): number {
  for (let v = 0; v < s.geometry.vmas; v++) if (s.mm[PARENT].vma[v].peer !== NONE) return v
  return NONE
}

/** Does a thread hold or wait for the parent's mmap_lock, or hold a spinlock of its tables? */
export function parentIsLocked(s: State): boolean {
  for (const reads of s.mm[PARENT].lock.readers) if (reads) return true
  for (const waits of s.mm[PARENT].lock.waiting) if (waits) return true
  for (const pmd of s.mm[PARENT].pmd)
    if (pmd.table !== NONE && s.table[pmd.table].spinlock !== NONE) return true
  return s.mm[PARENT].lock.writer !== NONE
}

/** How many threads of the parent have not left. */
export function parentThreads(s: State): number {
  let count = 0
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm === PARENT && !isAbsent(s, t)) count++
  return count
}

/** Does an address space still have a table, a VMA or a user? */
export function hasAnything(s: State, m: number): boolean {
  for (const pmd of s.mm[m].pmd) if (pmd.table !== NONE) return true
  for (const vma of s.mm[m].vma) if (vma.start < vma.end) return true
  return s.mm[m].users > 0
}

/** The same in words: `1 user, 1 VMA, 2 page tables`. */
function remains(s: State, m: number): string {
  const counts = {
    user: s.mm[m].users,
    VMA: s.mm[m].vma.filter(({ start, end }) => start < end).length,
    'page table': s.mm[m].pmd.filter(({ table }) => table !== NONE).length,
  }
  const left = Object.entries(counts).filter(([, count]) => count > 0)
  return left.map(([what, count]) => counted(count, what)).join(', ')
}

/** Are all snapshots over: is each child gone, or does it run its program? */
export function snapshotsAreOver(s: State): boolean {
  if (!parentAtRest(s)) return false
  for (let m = CHILD; m < s.geometry.mms; m++)
    if (s.mm[m].fork !== 'none' && !isGone(s, m) && !isRunning(s, m)) return false
  return true
}

/** A child that is gone and has left something behind, or NONE. */
export function childWithRemains(s: State): number {
  if (!parentAtRest(s)) return NONE
  for (let m = CHILD; m < s.geometry.mms; m++) if (isGone(s, m) && hasAnything(s, m)) return m
  return NONE
}

/** A child whose fork returned the wrong result, or NONE. */
export function childMisreported(s: State): number {
  for (let m = CHILD; m < s.geometry.mms; m++) {
    if (s.mm[m].fork === 'none') continue
    if ((s.mm[m].fork === 'failed') !== s.ghost.forkFailed[m]) return m
    if (s.mm[m].fork === 'failed' && !isGone(s, m)) return m
  }
  return NONE
}

/** What the pointer of the parent's VMA that still has one holds. */
function pointerInWords(s: State): string {
  const { peer } = s.mm[PARENT].vma[vmaWithPointer(s)]
  return peer === ERROR
    ? 'an error code'
    : `a VMA of the ${spaceName(Math.floor(peer / s.geometry.vmas))}`
}

export const rollback: readonly Invariant[] = [
  {
    name: 'snapshotLeavesNoTrace',
    kind: 'always',
    promise: true,
    says: 'Once a snapshot has failed or is complete, the parent has no marker, no pointer, no error code and no lock left, and its memory has no user but its own threads.',
    holds: (s) =>
      !snapshotsAreOver(s) ||
      (markedSlot(s) === NONE &&
        flaggedTable(s) === NONE &&
        vmaWithPointer(s) === NONE &&
        !parentIsLocked(s) &&
        s.mm[PARENT].peer === NONE &&
        !s.mm[PARENT].protecting &&
        s.mm[PARENT].users === parentThreads(s)),
    explain: (s) => {
      if (markedSlot(s) !== NONE)
        return `the parent's PMD ${markedSlot(s)} still carries the marker`
      if (flaggedTable(s) !== NONE) return `table ${flaggedTable(s)} is still flagged as uncopied`
      if (vmaWithPointer(s) !== NONE)
        return `the pointer of the parent's VMA ${vmaWithPointer(s)} still holds ${pointerInWords(s)}`
      if (parentIsLocked(s)) return "the parent's mmap_lock, or a lock of its tables, is still held"
      if (s.mm[PARENT].peer !== NONE) return 'the parent is still tied to a child'
      return s.mm[PARENT].protecting
        ? 'the parent still counts as being write-protected'
        : `the user count of the parent's memory is ${s.mm[PARENT].users}, but the parent has ${counted(parentThreads(s), 'thread')}`
    },
  },
  {
    name: 'deadChildLeavesNothing',
    kind: 'always',
    says: 'When a child has ended, or fork has failed, all memory of the child has been freed.',
    holds: (s) => childWithRemains(s) === NONE,
    explain: (s) => {
      const m = childWithRemains(s)
      return `the ${spaceName(m)} does not exist, but it still has ${remains(s, m)}`
    },
  },
  {
    name: 'forkResultIsRight',
    kind: 'always',
    promise: true,
    says: 'fork returns an error exactly when its own part failed, and then there is no child.',
    holds: (s) => childMisreported(s) === NONE,
    explain: (s) => {
      const m = childMisreported(s)
      return `fork returned ${s.mm[m].fork === 'failed' ? 'an error' : 'success'}, its own part ${s.ghost.forkFailed[m] ? 'failed' : 'did not fail'}, the ${spaceName(m)} is ${isGone(s, m) ? 'not there' : 'there'}`
    },
  },
]
