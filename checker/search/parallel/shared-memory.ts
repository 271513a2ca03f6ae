/** What the threads of a search have in common: plain words, in memory that all of them see. */
import { LANES } from '../../state/digest.js'
import { asked, askedShared, Room } from '../../visited/growable-memory.js'
import type { SetMemory } from '../../visited/pair-set.js'
import type { PairMemory } from '../../visited/pairs.js'
import { UNKNOWN } from '../counters.js'

/** Words of `Board.control`. States of the level that have been taken by somebody. */
export const TAKEN = 0
/** Those of them that are done with. */
export const DONE = 1
/** States of the level, and of the next one so far. */
export const LEVEL = 2
export const NEXT = 3
/** Which of the two rows of states is the level. */
export const SIDE = 4
/** Counts the levels; who waits for the next one waits for a change of it. */
export const ROUND = 5
/** One of the orders below. */
export const ORDER = 6
/** Two words of a lock. */
export const LOCK = 7
const CONTROL_WORDS = 9

/** Go on; stop, for there is something to tell, no more to do, or no room for what was found. */
export const GO_ON = 0
export const TELL = 1
export const STOP = 2
export const FULL = 3

/** Words of a thread's tally, before how often each action was taken. */
export const EXPANDED = 0
export const TRANSITIONS = 1
export const DEADLOCKS = 2
export const FEWEST = 3
export const MOST_STEPS = 4
export const FIRED = 5

export interface Board {
  readonly control: Int32Array
  readonly innerCounts: Int32Array
  readonly innerSlots: Int32Array
  readonly innerRows: Int32Array
  readonly setCounts: Int32Array
  readonly slots: Int32Array
  /** Root pairs of the states of a level and of the next one, in turn. */
  readonly sides: readonly [Int32Array, Int32Array]
  /** A row for each thread: what it has counted; the sum of its digest. */
  readonly tallies: readonly Float64Array[]
  readonly digests: readonly Int32Array[]
  /** 1 for each property of the kind `sometimes` that somebody has come upon. */
  readonly reached: Int32Array
}

/** The most words of each part: pages that nobody writes to cost nothing. */
const MOST = { slots: 2 ** 30, inner: 2 ** 28, side: 2 ** 28 }

/** Words between what different threads write to. */
const APART = 32

/** A board for so many threads, actions and properties. @throws RangeError without memory. */
export function newBoard(threads: number, actions: number, properties: number): Board {
  const shared = threads > 1
  const bytes = (length: number) =>
    shared ? new SharedArrayBuffer(length) : new ArrayBuffer(length)
  // Far enough from each other that no two lie in one line of a cache.
  const small = (length: number) => new Int32Array(bytes(4 * (length + APART)), 0, length)
  const large = (most: number) => (shared ? askedShared(most) : asked(most))
  const each = <T>(make: () => T) => Array.from({ length: threads }, make)
  return {
    control: small(CONTROL_WORDS),
    innerCounts: small(2),
    innerSlots: large(MOST.inner),
    innerRows: large(MOST.inner),
    setCounts: small(4),
    slots: large(MOST.slots),
    sides: [large(MOST.side), large(MOST.side)],
    tallies: each(() => {
      const row = new Float64Array(bytes(8 * (FIRED + actions + APART)), 0, FIRED + actions)
      row[FEWEST] = UNKNOWN
      return row
    }),
    digests: each(() => small(LANES)),
    reached: small(properties),
  }
}

export function innerMemory({ innerCounts, innerSlots, innerRows }: Board): PairMemory {
  return { counts: innerCounts, slots: Room.fixed(innerSlots), rows: Room.fixed(innerRows) }
}

export function setMemory({ setCounts, slots }: Board): SetMemory {
  return { counts: setCounts, slots: Room.fixed(slots) }
}

/** Is so little room left in some part that the next states may not find any? */
export function isNearlyFull(board: Board): boolean {
  const [inner] = board.innerCounts
  const [states] = board.setCounts
  return (
    2 * board.control[NEXT] > 0.9 * board.sides[0].length ||
    2 * inner > 0.9 * board.innerRows.length ||
    inner > 0.7 * board.innerSlots.length ||
    states > 0.7 * board.slots.length
  )
}
