/** When a snapshot fails, or ends, the parent is as if it had never asked. */
import type { Property } from '../checker/model.js'
import { CHILD, NONE, PARENT, type State } from '../model/state.js'
import { childGone, childRuns, parentAtRest } from './lookups.js'

/** A marked PMD of the parent, or NONE. */
export function markedSlot(s: State): number {
  for (let slot = 0; slot < s.geometry.slots; slot++) {
    const pmd = s.mm[PARENT].pmd[slot]
    if (pmd.table !== NONE && !pmd.writable) return slot
  }
  return NONE
}

/** A VMA of the parent with something in its pointer, or NONE. */
export function vmaWithPointer(s: State): number {
  for (let v = 0; v < s.geometry.vmas; v++) if (s.mm[PARENT].vma[v].peer !== NONE) return v
  return NONE
}

/** Does anybody hold the parent's mmap_lock? */
export function parentLockHeld(s: State): boolean {
  for (const reads of s.mm[PARENT].lock.readers) if (reads) return true
  return s.mm[PARENT].lock.writer !== NONE
}

/** Has the child a table, a VMA or a user left? */
export function childHasAnything(s: State): boolean {
  for (const pmd of s.mm[CHILD].pmd) if (pmd.table !== NONE) return true
  for (const vma of s.mm[CHILD].vma) if (vma.start < vma.end) return true
  return s.mm[CHILD].users > 0
}

/** Is the snapshot over for the parent: no child, or one that has all it needs? */
export const snapshotIsOver = (s: State) =>
  parentAtRest(s) && (childGone(s) || (childRuns(s) && s.fork.result === 'done'))

export const rollback: readonly Property<State>[] = [
  {
    name: 'snapshotLeavesNoTrace',
    kind: 'always',
    says: 'Once a snapshot has failed or is complete, the parent has no marker, no pointer, no error code and no lock left.',
    holds: (s) =>
      !snapshotIsOver(s) ||
      (markedSlot(s) === NONE && vmaWithPointer(s) === NONE && !parentLockHeld(s) && !s.bound),
    explain: (s) => {
      if (markedSlot(s) !== NONE)
        return `the parent's PMD ${markedSlot(s)} still carries the marker`
      if (vmaWithPointer(s) !== NONE)
        return `the pointer of the parent's VMA ${vmaWithPointer(s)} holds ${s.mm[PARENT].vma[vmaWithPointer(s)].peer}`
      return parentLockHeld(s)
        ? "the parent's mmap_lock is still held"
        : 'parent and child are still tied'
    },
  },
  {
    name: 'deadChildLeavesNothing',
    kind: 'always',
    says: 'A child that is gone, or never was because fork failed, has freed all it had.',
    holds: (s) => !(childGone(s) && parentAtRest(s)) || !childHasAnything(s),
    explain: () => 'there is no child, but it still has tables, VMAs or users',
  },
  {
    name: 'forkResultIsRight',
    kind: 'always',
    says: 'fork returns an error exactly when its own part failed, and then there is no child.',
    holds: (s) => {
      if (s.fork.result === 'none') return true
      if ((s.fork.result === 'failed') !== s.ghost.failed.fork) return false
      return s.fork.result !== 'failed' || childGone(s)
    },
    explain: (s) =>
      `fork returned ${s.fork.result === 'failed' ? 'an error' : 'success'}, its own part ${s.ghost.failed.fork ? 'failed' : 'did not fail'}, the child is ${childGone(s) ? 'not there' : 'there'}`,
  },
]
