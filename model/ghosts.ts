/**
 * Observation for the properties: what the programs have every right to find in memory. Helpers
 * called from steps; no guard ever reads what they write.
 */
import { beingZapped } from './memory.js'
import { type State, UNMAPPED, ZEROS } from './state.js'
import { isChild } from './threads.js'

/**
 * A thread stored a value. It counts unless the page is being unmapped at that moment: a store
 * through a TLB entry that is about to be flushed may be lost, it raced with the unmapping.
 */
export function expectStore(s: State, t: number, page: number, f: number, value: number): void {
  if (beingZapped(s, f)) return
  if (isChild(s, t)) {
    if (s.ghost.child[page] !== UNMAPPED) s.ghost.child[page] = value
  } else if (s.ghost.parent[page] !== UNMAPPED) s.ghost.parent[page] = value
}

/** The instant of fork: from here on the child must find what the parent finds now (facts 1.5). */
export function expectSnapshot(s: State): void {
  s.ghost.forked = true
  for (let page = 0; page < s.geometry.pages; page++) s.ghost.child[page] = s.ghost.parent[page]
}

/** A range of the parent is unmapped. */
export function expectUnmapped(s: State, from: number, to: number): void {
  for (let page = from; page < to; page++) s.ghost.parent[page] = UNMAPPED
}

/** A range of the parent is mapped afresh. */
export function expectFresh(s: State, from: number, to: number): void {
  for (let page = from; page < to; page++) s.ghost.parent[page] = ZEROS
}

/** One page of the parent has been discarded and will be found full of zeros. */
export function expectZeros(s: State, page: number): void {
  if (s.ghost.parent[page] !== UNMAPPED) s.ghost.parent[page] = ZEROS
}
