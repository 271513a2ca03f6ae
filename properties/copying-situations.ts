/** Situations of systems whose child copies, or whose VMAs are tied to a child's. */
import { CHILD, ERROR, NONE, PARENT, type State } from '../model/state.js'
import { isAbsent, isCopying, isOnDetour, isOneOf, someoneAt } from './lookups.js'
import type { Situation } from './property.js'

/** Does a thread of one side (child or not) wait for a copy lock that the other side holds? */
export function waitsForTheOther(s: State, child: boolean): boolean {
  for (let t = 0; t < s.geometry.threads; t++) {
    if (s.actor[t].mm >= CHILD !== child || !isOneOf(s.places.wantsToCopy, s.thread[t].pc)) continue
    const table = s.mm[s.thread[t].child].pmd[s.thread[t].slot].table
    // A mutant's child may be gone by now.
    const holder = table === NONE ? NONE : s.table[table].lock
    if (holder !== NONE && s.actor[holder].mm >= CHILD !== child) return true
  }
  return false
}

/** Does a child look at a pointer that holds an error code: before or after its walk? */
export function errorAhead(s: State, after: boolean): boolean {
  for (let t = 0; t < s.geometry.threads; t++) {
    const me = s.thread[t]
    if (s.actor[t].mm < CHILD) continue
    const vmas = s.mm[s.actor[t].mm].vma
    if (after && isOneOf(s.places.looksAgain, me.pc) && vmas[me.vma].peer === ERROR) return true
    if (!after && isOneOf(s.places.looksAtPointer, me.pc))
      for (const vma of vmas) if (vma.peer === ERROR && vma.end > me.page) return true
  }
  return false
}

/** Is the parent about to map the gap between two VMAs that are both tied to the child? */
export function boundVmasMeet(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++) {
    if (!isOneOf(s.places.joinsVmas, s.thread[t].pc)) continue
    const op = s.actor[t].program[s.thread[t].next]
    let sides = 0
    for (const vma of s.mm[PARENT].vma)
      if (vma.peer >= 0 && (vma.end === op.page || vma.start === op.end)) sides++
    if (sides === 2) return true
  }
  return false
}

/** Has a thread that is not a child's copied at least one entry of a table it is copying? */
export function parentCopies(s: State, whole: boolean): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm < CHILD && isCopying(s, t) && s.thread[t].entry > 0)
      if (!whole || s.thread[t].whole) return true
  return false
}

/** Does a parent's thread wait to hold mmap_lock for writing while a child holds it for reading? */
export function vmaCallWaitsForCopier(s: State): boolean {
  for (let c = 0; c < s.geometry.threads; c++) {
    if (s.actor[c].mm < CHILD || !s.mm[PARENT].lock.readers[c]) continue
    for (let t = 0; t < s.geometry.threads; t++)
      if (s.actor[t].mm === PARENT && s.mm[PARENT].lock.waiting[t]) return true
  }
  return false
}

/** Does a fault wait because a writer waits for the copying child? */
export function faultWaitsBehindWriter(s: State): boolean {
  if (!vmaCallWaitsForCopier(s)) return false
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm === PARENT && isOneOf(s.places.waitsToFault, s.thread[t].pc)) return true
  return false
}

/** Has another thread copied a table while a thread waited for its lock? */
export function copiedMeanwhile(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    if (isCopying(s, t) && s.thread[t].entry === 0 && s.mm[PARENT].pmd[s.thread[t].slot].writable)
      return true
  return false
}

/** Has the parent, in one system call, copied a whole VMA before the child even began? */
export function copiedAllAlone(s: State): boolean {
  for (const thread of s.thread)
    if (thread.whole && isOneOf(s.places.endsVma, thread.pc))
      if (someoneAt(s, s.places.startsToCopy)) return true
  return false
}

/** Is a child gone before it began its program? */
export function someChildNeverRan(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm >= CHILD && s.actor[t].rank === 0)
      if (isOneOf(s.places.ended, s.thread[t].pc) && s.thread[t].next === 0) return true
  return false
}

/** Is the parent gone while a child still copies? */
export function parentGoneEarly(s: State): boolean {
  if (s.mm[PARENT].peer === NONE) return false
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm === PARENT && !isAbsent(s, t)) return false
  return true
}

/** Do two children exist that are both still copying? */
export function twoChildrenCopy(s: State): boolean {
  let tied = 0
  for (const mm of s.mm) if (mm.peer === PARENT) tied++
  return tied > 1
}

/** Does a second fork bring a VMA up to date for the first child? */
export function forkSynchronises(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++) {
    const op = s.actor[t].program[s.thread[t].next]
    if (op.do === 'fork' && isOnDetour(s, t) && s.thread[t].child !== op.child) return true
  }
  return false
}

/** Do two copying threads of one child work on tables at the same time? */
export function copiersWorkTogether(s: State): boolean {
  let copying = 0
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm >= CHILD && isCopying(s, t)) copying++
  return copying > 1
}

export const copyingSituations: readonly Situation[] = [
  {
    name: 'copierWaitsForParent',
    kind: 'sometimes',
    says: 'The child waits for a table that the parent is copying.',
    requires: 'copiesLater',
    holds: (s) => waitsForTheOther(s, true),
  },
  {
    name: 'parentWaitsForCopier',
    kind: 'sometimes',
    says: 'The parent waits for a table that the child is copying.',
    requires: 'copiesLater',
    holds: (s) => waitsForTheOther(s, false),
  },
  {
    name: 'copiedMeanwhile',
    kind: 'sometimes',
    says: 'A table turns out to be copied by the time its locks are taken.',
    requires: 'copiesLater',
    holds: copiedMeanwhile,
  },
  {
    name: 'parentSynchronises',
    kind: 'sometimes',
    says: 'The parent (or a thread of the kernel) copies a table for the child.',
    requires: 'copiesLater',
    holds: (s) => parentCopies(s, false),
  },
  {
    name: 'parentSynchronisesVma',
    kind: 'sometimes',
    says: 'The parent copies all tables of a VMA for the child.',
    requires: 'tiesVmas',
    holds: (s) => parentCopies(s, true),
  },
  {
    name: 'boundVmasMerge',
    kind: 'sometimes',
    says: 'The parent joins two VMAs that are both tied to the child.',
    requires: 'tiesVmas',
    holds: boundVmasMeet,
  },
  {
    name: 'forkSynchronises',
    kind: 'sometimes',
    says: 'A second fork copies what the first child still lacks.',
    requires: 'tiesVmas',
    holds: forkSynchronises,
  },
  {
    name: 'twoChildrenCopy',
    kind: 'sometimes',
    says: 'Two children are tied to the parent at the same time.',
    requires: 'tiesVmas',
    holds: twoChildrenCopy,
  },
  {
    name: 'copiersWorkTogether',
    kind: 'sometimes',
    says: 'Two threads of the child copy tables at the same time.',
    requires: 'copiesInParallel',
    holds: copiersWorkTogether,
  },
  {
    name: 'errorFoundBefore',
    kind: 'sometimes',
    says: 'The child finds an error code before it copies a VMA.',
    requires: 'tiesVmas',
    holds: (s) => errorAhead(s, false),
  },
  {
    name: 'errorFoundAfter',
    kind: 'sometimes',
    says: 'The child finds an error code after it has walked a VMA.',
    requires: 'tiesVmas',
    holds: (s) => errorAhead(s, true),
  },
  {
    name: 'phase2Fails',
    kind: 'sometimes',
    says: 'The copying child runs out of memory and is killed.',
    requires: 'copiesLater',
    holds: (s) => s.ghost.failed.copier && someChildNeverRan(s),
  },
  {
    name: 'phase3Fails',
    kind: 'sometimes',
    says: "The parent's synchronisation runs out of memory, and the parent carries on.",
    requires: 'copiesLater',
    holds: (s) => s.ghost.failed.sync,
  },
  {
    name: 'vmaIsGivenUp',
    kind: 'sometimes',
    says: 'The parent cannot copy a VMA for the child, and leaves an error code in its pointer.',
    requires: 'tiesVmas',
    holds: (s) => {
      for (const mm of s.mm) for (const vma of mm.vma) if (vma.peer === ERROR) return true
      return false
    },
  },
  {
    name: 'vmaCallWaitsForCopier',
    kind: 'sometimes',
    says: 'A system call of the parent waits until the child has copied everything: a stall.',
    requires: 'copiesLater',
    holds: vmaCallWaitsForCopier,
  },
  {
    name: 'faultWaitsBehindWriter',
    kind: 'sometimes',
    says: "A sibling's fault waits behind a system call that waits for the copying child.",
    requires: 'copiesLater',
    holds: faultWaitsBehindWriter,
  },
  {
    name: 'parentCopiesVmaAlone',
    kind: 'sometimes',
    says: 'One system call of the parent has copied every table of a VMA: the published stall.',
    requires: 'tiesVmas',
    holds: copiedAllAlone,
  },
  {
    name: 'parentGoneEarly',
    kind: 'sometimes',
    says: 'The parent is gone while a child still copies its tables.',
    requires: 'copiesLater',
    holds: parentGoneEarly,
  },
  {
    name: 'killedWhileCopying',
    kind: 'sometimes',
    says: 'SIGKILL reaches the child from outside while it copies.',
    requires: 'copiesLater',
    holds: (s) => s.mm[CHILD].killed && s.mayKill[CHILD] && s.mm[CHILD].peer !== NONE,
  },
]
