/**
 * Several threads of the child copy (paper, several copy threads). Each first does its share, whole
 * VMAs or every n-th table of each; when all are done, the child's own thread walks once more over
 * everything, finds nothing to copy, and closes the pointers. What the threads are to each other
 * the published text does not say; this is the least that works with the rules for one of them.
 */
import type { Step } from '../../rule.js'
import type { State } from '../../state.js'
import { mmOf, rest } from '../../threads.js'

/** Is the thread on its first round, doing only its share of the work? */
export const isSharing = (s: State, t: number) => s.options.copiers > 1 && !s.thread[t].whole

/** Is a VMA one that the copier has to walk on this round? */
export const isMyVma = (s: State, t: number, v: number) =>
  !isSharing(s, t) || s.options.copierSplit === 'table' || v % s.options.copiers === s.actor[t].rank

/** Is a table one that the copier has to copy on this round? */
export const isMyTable = (s: State, t: number, slot: number) =>
  !isSharing(s, t) ||
  s.options.copierSplit === 'vma' ||
  slot % s.options.copiers === s.actor[t].rank

/** Are all other copiers of the child done with their share? */
export function othersJoined(s: State, t: number): boolean {
  for (let u = 0; u < s.geometry.threads; u++)
    if (u !== t && mmOf(s, u) === mmOf(s, t))
      if (s.thread[u].pc !== 'copier.joined' && s.thread[u].pc !== 'gone') return false
  return true
}

/** Ends the other copiers. */
export function dismissOthers(s: State, t: number): void {
  for (let u = 0; u < s.geometry.threads; u++)
    if (u !== t && mmOf(s, u) === mmOf(s, t) && s.thread[u].pc === 'copier.joined') {
      rest(s, u)
      s.thread[u].pc = 'gone'
    }
}

export const copiers: readonly Step[] = [
  {
    // The child's own thread keeps the parent's lock for all of them.
    name: 'copierSpawns',
    at: 'copier.spawn',
    source: 'paper, several copy threads: the child starts several kernel threads to copy',
    effect: (s, t) => {
      for (let u = 0; u < s.geometry.threads; u++)
        if (mmOf(s, u) === mmOf(s, t)) {
          s.thread[u].page = 0
          s.thread[u].pc = 'copier.vma'
        }
    },
  },
  {
    name: 'copierJoins',
    at: 'copier.join',
    to: 'copier.joined',
    source: 'paper, several copy threads: a copy thread is done',
    guard: (s, t) => s.actor[t].rank > 0,
  },
  {
    // All shares are done and none has failed: once over everything, to close the pointers.
    name: 'copierGoesOverAll',
    at: 'copier.join',
    to: 'copier.vma',
    source: 'paper, several copy threads: all copy threads are done',
    guard: (s, t) =>
      s.actor[t].rank === 0 &&
      !s.thread[t].whole &&
      !s.mm[mmOf(s, t)].copyFailed &&
      othersJoined(s, t),
    effect: (s, t) => {
      dismissOthers(s, t)
      s.thread[t].whole = true
      s.thread[t].page = 0
    },
  },
]
