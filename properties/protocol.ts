/** What keeps the promise: markers, pointers and locks mean what they say. */
import type { Property } from '../checker/model.js'
import { CHILD, ERROR, NONE, PARENT, type State, UNMAPPED, ZEROS } from '../model/state.js'
import { threadName } from './explain.js'
import {
  childRuns,
  holdsLock,
  isCopying,
  mappedFrame,
  mustHoldLock,
  mustHoldWrite,
  someoneAt,
} from './lookups.js'

/** A page under an unmarked PMD of a bound VMA that fork-time memory had and the child lacks; or NONE. */
export function pageMissedByMarker(s: State): number {
  if (!s.ghost.forked) return NONE
  // A child that has failed gives all markers back, copied or not: it will never look.
  if (someoneAt(s, 'copier.undo')) return NONE
  for (const vma of s.mm[PARENT].vma) {
    // A peer that holds an error code is given up; its markers mean nothing any more.
    if (vma.peer < 0 || s.mm[CHILD].vma[vma.peer].peer === ERROR) continue
    for (let page = vma.start; page < vma.end; page++) {
      const pmd = s.mm[PARENT].pmd[Math.floor(page / s.geometry.pagesPerTable)]
      const hadContent = s.ghost.child[page] !== UNMAPPED && s.ghost.child[page] !== ZEROS
      const marked = pmd.table !== NONE && !pmd.writable
      if (hadContent && !marked && mappedFrame(s, CHILD, page) === NONE) return page
    }
  }
  return NONE
}

/** A bound VMA of the parent whose other end is not its equal, or NONE. */
export function vmaMispaired(s: State): number {
  for (let v = 0; v < s.geometry.vmas; v++) {
    const vma = s.mm[PARENT].vma[v]
    if (vma.peer < 0) continue
    const peer = s.mm[CHILD].vma[vma.peer]
    if (peer.peer >= 0 && peer.peer !== v) return v
    if (peer.start !== vma.start || peer.end !== vma.end) return v
  }
  return NONE
}

/** A VMA of the child that points at one of the parent which does not point back, or NONE. */
export function childVmaMispaired(s: State): number {
  for (let v = 0; v < s.geometry.vmas; v++) {
    const peer = s.mm[CHILD].vma[v].peer
    if (peer >= 0 && s.mm[PARENT].vma[peer].peer !== v) return v
  }
  return NONE
}

/** A thread whose copy lock and place do not fit together, or NONE. */
export function threadWithWrongCopyLock(s: State): number {
  for (let t = 0; t < s.geometry.threads; t++) {
    if (!isCopying(s, t)) continue
    const table = s.mm[CHILD].pmd[s.thread[t].slot].table
    if (table === NONE || s.table[table].lock !== t) return t
  }
  for (const table of s.table)
    if (table.lock !== NONE && (!table.used || !isCopying(s, table.lock))) return table.lock
  return NONE
}

/** A thread that holds an mmap_lock it should not, or not the one it should; or NONE. */
export function threadWithWrongMmapLock(s: State): number {
  for (let t = 0; t < s.geometry.threads; t++) {
    if (mustHoldLock(s, t) !== holdsLock(s, t)) return t
    if (mustHoldWrite(s, t) && s.mm[PARENT].lock.writer !== t) return t
    for (const mm of s.mm) if (mm.lock.readers[t] && mm.lock.writer !== NONE) return t
  }
  return NONE
}

/** Has the child user-mode code to run although its memory is not complete? */
export function childIsHalfBuilt(s: State): boolean {
  if (!childRuns(s)) return false
  if (s.bound || s.ghost.failed.copier) return true
  for (const vma of s.mm[CHILD].vma) if (vma.peer !== NONE) return true
  return false
}

export const protocol: readonly Property<State>[] = [
  {
    name: 'markersTellTheTruth',
    kind: 'always',
    says: 'A table of a bound VMA without the marker has been copied: the child has all its pages.',
    holds: (s) => pageMissedByMarker(s) === NONE,
    explain: (s) => {
      const page = pageMissedByMarker(s)
      return `page ${page}: its table carries no marker, yet the child has no entry for it`
    },
  },
  {
    name: 'boundVmasArePairs',
    kind: 'always',
    says: 'Two VMAs that are tied point at each other and cover the same pages.',
    holds: (s) => vmaMispaired(s) === NONE && childVmaMispaired(s) === NONE,
    explain: (s) => {
      const v = vmaMispaired(s)
      if (v === NONE) {
        const child = childVmaMispaired(s)
        return `the child's VMA ${child} points at the parent's VMA ${s.mm[CHILD].vma[child].peer}, which does not point back`
      }
      const mine = s.mm[PARENT].vma[v]
      const peer = s.mm[CHILD].vma[mine.peer]
      const range = (vma: { start: number; end: number }) =>
        vma.start < vma.end ? `pages ${vma.start} to ${vma.end}` : 'which is gone'
      const back =
        peer.peer === v ? '' : `, which points back at ${peer.peer === NONE ? 'none' : peer.peer}`
      return `the parent's VMA ${v} (${range(mine)}) is tied to the child's VMA ${mine.peer} (${range(peer)})${back}`
    },
  },
  {
    name: 'copyLockIsHeld',
    kind: 'always',
    says: 'Who copies a table holds its copy lock, and nobody else holds one.',
    holds: (s) => threadWithWrongCopyLock(s) === NONE,
    explain: (s) => {
      const t = threadWithWrongCopyLock(s)
      const me = s.thread[t]
      return isCopying(s, t)
        ? `${threadName(s, t)} copies the table of slot ${me.slot} without its copy lock`
        : `${threadName(s, t)} holds a copy lock while at ${me.pc}`
    },
  },
  {
    name: 'mmapLockIsHeld',
    kind: 'always',
    says: 'Threads hold mmap_lock where the kernel does, in the mode it does, and nowhere else.',
    holds: (s) => threadWithWrongMmapLock(s) === NONE,
    explain: (s) => {
      const t = threadWithWrongMmapLock(s)
      const must = mustHoldWrite(s, t)
        ? 'for writing'
        : mustHoldLock(s, t)
          ? 'some way'
          : 'not at all'
      return `${threadName(s, t)} at ${s.thread[t].pc} must hold mmap_lock ${must}; writer ${threadName(s, s.mm[PARENT].lock.writer)}, reads: ${s.mm[PARENT].lock.readers[t]}`
    },
  },
  {
    name: 'noHalfBuiltChild',
    kind: 'always',
    says: 'No child reaches user mode with a VMA still tied, an error code, or a copy that failed.',
    holds: (s) => !childIsHalfBuilt(s),
    explain: (s) =>
      s.ghost.failed.copier
        ? 'the child runs its program although its copying failed'
        : `the child runs its program; still tied: ${
            s.bound
              ? 'the address spaces'
              : s.mm[CHILD].vma
                  .map((vma, v) =>
                    vma.peer === NONE
                      ? ''
                      : `VMA ${v} (${vma.peer === ERROR ? 'error code' : vma.peer})`,
                  )
                  .filter(Boolean)
                  .join(', ')
          }`,
  },
]
