/** Situations that must be reachable somewhere, or what holds would hold for want of trying. */
import { CHILD, ERROR, NONE, PARENT, type State } from '../model/state.js'
import { canWrite, childRuns, isCopying, someoneAt } from './lookups.js'
import type { Situation } from './property.js'

/** Does a thread of one side wait for a copy lock that a thread of the other side holds? */
export function waitsForTheOther(s: State, m: number): boolean {
  for (let t = 0; t < s.geometry.threads; t++) {
    if (s.thread[t].pc !== 'slow.lock' || s.actor[t].mm !== m) continue
    const table = s.mm[CHILD].pmd[s.thread[t].slot].table
    if (s.table[table].lock !== NONE && s.actor[s.table[table].lock].mm !== m) return true
  }
  return false
}

/** Is the child at a place with an error code in the pointer it looks at? */
export function errorAhead(s: State, after: boolean): boolean {
  for (const thread of s.thread) {
    if (after && thread.pc === 'copier.check' && s.mm[CHILD].vma[thread.vma].peer === ERROR)
      return true
    if (!after && thread.pc === 'copier.vma')
      for (const vma of s.mm[CHILD].vma)
        if (vma.peer === ERROR && vma.end > thread.page) return true
  }
  return false
}

/** Is the parent about to map the gap between two VMAs that are both tied to the child? */
export function boundVmasMeet(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++) {
    if (s.thread[t].pc !== 'mmap.merge') continue
    const op = s.actor[t].program[s.thread[t].next]
    let sides = 0
    for (const vma of s.mm[PARENT].vma)
      if (vma.peer >= 0 && (vma.end === op.page || vma.start === op.end)) sides++
    if (sides === 2) return true
  }
  return false
}

/** Is a parent's thread copying, and with at least one page copied? */
export function parentCopies(s: State, whole: boolean): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm === PARENT && isCopying(s, t) && s.thread[t].entry > 0)
      if (!whole || s.thread[t].whole) return true
  return false
}

/** Is there a CPU with a writable translation that its page table no longer allows? */
export function writableEntryIsStale(s: State): boolean {
  for (let t = 0; t < s.geometry.threads; t++)
    for (let page = 0; page < s.geometry.pages; page++)
      if (s.cpu[t].tlb[page].writable && !canWrite(s, s.actor[t].mm, page)) return true
  return false
}

/** Does a parent's thread wait to take mmap_lock for writing while the child holds it for reading? */
export function vmaCallWaitsForCopier(s: State): boolean {
  for (let c = 0; c < s.geometry.threads; c++) {
    if (s.actor[c].mm !== CHILD || !s.mm[PARENT].lock.readers[c]) continue
    for (let t = 0; t < s.geometry.threads; t++) {
      const op = s.actor[t].program[s.thread[t].next]
      if (s.actor[t].mm === PARENT && s.thread[t].pc === 'user')
        if (op.do === 'mmap' || op.do === 'munmap' || op.do === 'mprotect') return true
    }
  }
  return false
}

/** Has a table been copied by somebody else while a thread waited for its lock? */
export function copiedMeanwhile(s: State): boolean {
  for (const thread of s.thread)
    if (thread.pc === 'slow.copy' && thread.entry === 0 && s.mm[PARENT].pmd[thread.slot].writable)
      return true
  return false
}

/** Has the parent, in one system call, copied a whole VMA before the child even began? */
export function copiedAllAlone(s: State): boolean {
  for (const thread of s.thread)
    if (thread.pc === 'sync.closeParent' && thread.whole && someoneAt(s, 'copier.start'))
      return true
  return false
}

/** Is the parent gone while the child still copies? */
export function parentGoneEarly(s: State): boolean {
  if (!s.bound) return false
  for (let t = 0; t < s.geometry.threads; t++)
    if (s.actor[t].mm === PARENT && s.thread[t].pc !== 'gone') return false
  return true
}

const asyncFork = ['async-fork']

export const situations: readonly Situation[] = [
  {
    name: 'copierWaitsForParent',
    kind: 'sometimes',
    says: 'The child waits for a table that the parent is copying.',
    systems: asyncFork,
    holds: (s) => waitsForTheOther(s, CHILD),
  },
  {
    name: 'parentWaitsForCopier',
    kind: 'sometimes',
    says: 'The parent waits for a table that the child is copying.',
    systems: asyncFork,
    holds: (s) => waitsForTheOther(s, PARENT),
  },
  {
    name: 'copiedMeanwhile',
    kind: 'sometimes',
    says: 'A table turns out to be copied by the time its lock is taken.',
    systems: asyncFork,
    holds: copiedMeanwhile,
  },
  {
    name: 'parentSynchronises',
    kind: 'sometimes',
    says: 'The parent copies a table for the child.',
    systems: asyncFork,
    holds: (s) => parentCopies(s, false),
  },
  {
    name: 'parentSynchronisesVma',
    kind: 'sometimes',
    says: 'The parent copies all tables of a VMA for the child.',
    systems: asyncFork,
    holds: (s) => parentCopies(s, true),
  },
  {
    name: 'boundVmasMerge',
    kind: 'sometimes',
    says: 'The parent joins two VMAs that are both tied to the child.',
    systems: asyncFork,
    holds: boundVmasMeet,
  },
  {
    name: 'errorFoundBefore',
    kind: 'sometimes',
    says: 'The child finds an error code before it copies a VMA.',
    systems: asyncFork,
    holds: (s) => errorAhead(s, false),
  },
  {
    name: 'errorFoundAfter',
    kind: 'sometimes',
    says: 'The child finds an error code after it has walked a VMA.',
    systems: asyncFork,
    holds: (s) => errorAhead(s, true),
  },
  {
    name: 'phase1Fails',
    kind: 'sometimes',
    says: "fork's own part runs out of memory, and fork returns an error.",
    holds: (s) => s.fork.result === 'failed',
  },
  {
    name: 'phase2Fails',
    kind: 'sometimes',
    says: 'The copying child runs out of memory and is killed.',
    systems: asyncFork,
    holds: (s) => s.ghost.failed.copier && someoneAt(s, 'copier.die'),
  },
  {
    name: 'phase3Fails',
    kind: 'sometimes',
    says: "The parent's synchronisation runs out of memory, and the parent carries on.",
    systems: asyncFork,
    holds: (s) => s.ghost.failed.sync && someoneAt(s, 'sync.undo'),
  },
  {
    name: 'copyOnWriteFails',
    kind: 'sometimes',
    says: 'A fault finds no frame to copy into.',
    holds: (s) => s.ghost.failed.fault,
  },
  {
    name: 'frameIsCopied',
    kind: 'sometimes',
    says: 'A write fault copies a frame that both sides map.',
    holds: (s) => someoneAt(s, 'fault.install'),
  },
  {
    name: 'staleEntryIsWritable',
    kind: 'sometimes',
    says: 'A CPU may still write where its page table no longer allows it.',
    holds: writableEntryIsStale,
  },
  {
    name: 'childRuns',
    kind: 'sometimes',
    says: 'The child runs its program.',
    holds: childRuns,
  },
  {
    name: 'vmaCallWaitsForCopier',
    kind: 'sometimes',
    says: 'A system call of the parent waits until the child has copied everything: a stall.',
    systems: asyncFork,
    holds: vmaCallWaitsForCopier,
  },
  {
    name: 'parentCopiesVmaAlone',
    kind: 'sometimes',
    says: 'One system call of the parent has copied every table of a VMA: the published stall.',
    systems: asyncFork,
    holds: copiedAllAlone,
  },
  {
    name: 'parentGoneEarly',
    kind: 'sometimes',
    says: 'The parent has exited while the child still copies its tables.',
    systems: asyncFork,
    holds: parentGoneEarly,
  },
  {
    name: 'killedWhileCopying',
    kind: 'sometimes',
    says: 'SIGKILL reaches the child from outside while it copies.',
    systems: asyncFork,
    holds: (s) => s.killed && s.mayKill && someoneAt(s, 'copier.vma'),
  },
]
