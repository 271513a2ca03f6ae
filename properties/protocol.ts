/** Markers and pointers tell the truth: this is how the snapshot's promise is kept. */
import { CHILD, ERROR, NONE, PARENT, type State, UNMAPPED, ZEROS } from '../model/state.js'
import { spaceName, threadName } from './explain.js'
import { hasEntry, isCopying, isOnDetour, isRunning, slotAt } from './lookups.js'
import type { Invariant } from './property.js'

/** The address space of the VMA that a two-way pointer names. */
export const spaceOfPeer = (s: State, peer: number) => Math.floor(peer / s.geometry.vmas)

/**
 * A page of a bound VMA that had content at fork, whose PMD carries no marker although the child
 * lacks the page; or NONE.
 */
export function pageMissedByMarker(s: State): number {
  for (const vma of s.mm[PARENT].vma) {
    if (vma.peer < 0 || isGivenUp(s, vma.peer)) continue
    const m = spaceOfPeer(s, vma.peer)
    for (let page = vma.start; page < vma.end; page++) {
      const pmd = s.mm[PARENT].pmd[slotAt(s, page)]
      const expected = s.ghost.memory[m][page]
      const hadContent = expected !== UNMAPPED && expected !== ZEROS && !s.ghost.lazy[m][page]
      const marked = pmd.table !== NONE && !pmd.writable && !pmd.huge
      if (hadContent && !marked && !hasEntry(s, m, page)) return page
    }
  }
  return NONE
}

/**
 * Has the child of a bound pair failed, or this pair, so that markers mean nothing any more? A
 * child that has failed gives all markers back, copied or not. While its mmap_lock is held for
 * writing (pointerLock: child), the error code is about to be stored.
 */
export function isGivenUp(s: State, peer: number): boolean {
  const m = spaceOfPeer(s, peer)
  if (!s.ghost.forked[m] || s.mm[m].copyFailed) return true
  if (s.options.pointerLock === 'child' && s.mm[m].lock.writer !== NONE) return true
  return s.mm[m].vma[peer % s.geometry.vmas].peer === ERROR
}

/** A bound VMA of the parent whose pair points elsewhere or covers other pages; or NONE. */
export function vmaMispaired(s: State): number {
  for (let v = 0; v < s.geometry.vmas; v++) {
    const vma = s.mm[PARENT].vma[v]
    if (vma.peer < 0) continue
    const peer = s.mm[spaceOfPeer(s, vma.peer)].vma[vma.peer % s.geometry.vmas]
    if (peer.peer >= 0 && peer.peer !== v) return v
    if (peer.start !== vma.start || peer.end !== vma.end) return v
  }
  return NONE
}

/**
 * A child's VMA, as in a two-way pointer, that points at one which does not point back; or NONE.
 */
export function childVmaMispaired(s: State): number {
  for (let m = CHILD; m < s.geometry.mms; m++)
    for (let v = 0; v < s.geometry.vmas; v++) {
      const peer = s.mm[m].vma[v].peer
      if (peer >= 0 && s.mm[PARENT].vma[peer].peer !== m * s.geometry.vmas + v)
        return m * s.geometry.vmas + v
    }
  return NONE
}

/** A child that runs its program although its memory is not complete; or NONE. */
export function halfBuiltChild(s: State): number {
  for (let m = CHILD; m < s.geometry.mms; m++)
    if (isRunning(s, m)) {
      if (s.mm[m].peer !== NONE || s.mm[m].copyFailed) return m
      for (const vma of s.mm[m].vma) if (isStillTied(s, vma.peer)) return m
    }
  return NONE
}

/**
 * Does a two-way pointer of a running child say that something is missing? Where a lock covers the
 * pointers, an error code that was stored after the whole copy may be left.
 */
export const isStillTied = (s: State, peer: number) =>
  peer !== NONE && !(peer === ERROR && s.options.pointerLock === 'child')

/** A thread that copies, or is about to, for a child that has left; or NONE. */
export function copyingForStranger(s: State): number {
  for (let t = 0; t < s.geometry.threads; t++)
    if ((isOnDetour(s, t) || isCopying(s, t)) && hasLeft(s, s.thread[t].child, t)) return t
  return NONE
}

/** Is a child no longer tied to the parent, and its mmap_lock not kept by another thread? */
export const hasLeft = (s: State, m: number, t: number) =>
  s.mm[m].peer !== PARENT && (s.mm[m].lock.writer === NONE || s.mm[m].lock.writer === t)

export const protocol: readonly Invariant[] = [
  {
    name: 'markersTellTheTruth',
    kind: 'always',
    says: 'A table of a bound VMA without the marker has been copied: the child has all its pages.',
    holds: (s) => pageMissedByMarker(s) === NONE,
    explain: (s) => {
      const page = pageMissedByMarker(s)
      return `page ${page}: its table carries no marker, but the child has no entry for it`
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
        const id = childVmaMispaired(s)
        const m = spaceOfPeer(s, id)
        const child = id % s.geometry.vmas
        return `the ${spaceName(m)}'s VMA ${child} points at the parent's VMA ${s.mm[m].vma[child].peer}, but that one does not point back`
      }
      const mine = s.mm[PARENT].vma[v]
      const m = spaceOfPeer(s, mine.peer)
      const peer = s.mm[m].vma[mine.peer % s.geometry.vmas]
      const range = (vma: { start: number; end: number }) =>
        vma.start < vma.end ? `pages ${vma.start} to ${vma.end}` : 'removed'
      const back =
        peer.peer === v
          ? ''
          : `, but that one points at ${peer.peer === NONE ? 'nothing' : `VMA ${peer.peer}`}`
      return `the parent's VMA ${v} (${range(mine)}) is tied to the ${spaceName(m)}'s VMA ${mine.peer % s.geometry.vmas} (${range(peer)})${back}`
    },
  },
  {
    // What the child takes the parent's lock for: it drains those who are still copying.
    name: 'copiesForItsOwnChild',
    kind: 'always',
    requires: 'copiesLater',
    says: 'A thread copies for a child, or is about to, only while that child is tied to the parent or its mmap_lock is held for that.',
    holds: (s) => copyingForStranger(s) === NONE,
    explain: (s) => {
      const t = copyingForStranger(s)
      const child = spaceName(s.thread[t].child)
      return `${threadName(s, t)} is at ${s.thread[t].pc} on behalf of the ${child}, which has ended`
    },
  },
  {
    name: 'noHalfBuiltChild',
    kind: 'always',
    says: 'No child reaches user mode with a VMA still tied, an error code, or a copy that failed.',
    holds: (s) => halfBuiltChild(s) === NONE,
    explain: (s) => {
      const m = halfBuiltChild(s)
      const name = spaceName(m)
      if (s.mm[m].copyFailed) return `the ${name} runs its program although its copying failed`
      if (s.mm[m].peer !== NONE)
        return `the ${name} runs its program, but is still tied to the parent`
      const tied = s.mm[m].vma.flatMap(({ peer }, v) =>
        peer === NONE ? [] : [`VMA ${v} (${peer === ERROR ? 'error code' : peer})`],
      )
      return `the ${name} runs its program, but is still tied: ${tied.join(', ')}`
    },
  },
]
