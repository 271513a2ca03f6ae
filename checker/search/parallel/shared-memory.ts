/** The memory that the threads of a search share: arrays of words, and what each word means. */
import { LANES } from '../../state/digest.js'
import { asked, askedShared, GrowableMemory } from '../../visited/growable-memory.js'
import type { SetMemory } from '../../visited/pair-set.js'
import type { PairMemory } from '../../visited/pairs.js'
import { UNKNOWN } from '../counters.js'

/** Words of `SharedMemory.control`. States of the level that some thread has taken. */
export const TAKEN = 0
/** States of the level that are expanded. */
export const DONE = 1
/** How many states the level has, and the next level so far. */
export const LEVEL_STATES = 2
export const NEXT_STATES = 3
/** Which of the two arrays of states holds the level; the other one holds the next level. */
export const LEVEL_ARRAY = 4
/** Counts the levels. A thread that waits for the next level waits for a change of this word. */
export const LEVEL_COUNT = 5
/** One of the commands below. */
export const COMMAND = 6
/** Two words of a lock. */
export const LOCK = 7
const CONTROL_WORDS = 9

/** Go on with the search. */
export const CONTINUE = 0
/** Stop: something was found that only a search with traces can show. */
export const REPORT = 1
/** Stop: the search has ended. */
export const STOP = 2
/** Stop: there was no memory for a state that was found. */
export const FULL = 3

/** Words of the counters of a thread. They are followed by how often each action was taken. */
export const EXPANDED = 0
export const TRANSITIONS = 1
export const DEADLOCKS = 2
export const FEWEST_STEPS = 3
export const MOST_STEPS = 4
export const FIRED = 5

export interface SharedMemory {
  readonly control: Int32Array
  readonly innerCounts: Int32Array
  readonly innerSlots: Int32Array
  readonly innerRows: Int32Array
  readonly setCounts: Int32Array
  readonly slots: Int32Array
  /** Root pairs of the states of the level and of the next level; see LEVEL_ARRAY. */
  readonly levels: readonly [Int32Array, Int32Array]
  /** For each thread: its counters, and the sum of its digest. */
  readonly counters: readonly Float64Array[]
  readonly digests: readonly Int32Array[]
  /** For each property of the kind `sometimes`: 1 if it held in some state. */
  readonly reached: Int32Array
}

/** The most words of each part. Memory that is never written to costs nothing. */
const SLOT_WORDS = 2 ** 30
const INNER_WORDS = 2 ** 28
const LEVEL_WORDS = 2 ** 28

/** Words between arrays that different threads write to: no two lie in one line of a cache. */
const PADDING_WORDS = 32

/** Memory for some threads, actions and properties. @throws RangeError if the machine has none. */
export function newSharedMemory(
  threads: number,
  actions: number,
  properties: number,
): SharedMemory {
  const shared = threads > 1
  const bytes = (length: number) =>
    shared ? new SharedArrayBuffer(length) : new ArrayBuffer(length)
  const small = (length: number) => new Int32Array(bytes(4 * (length + PADDING_WORDS)), 0, length)
  const large = (words: number) => (shared ? askedShared(words) : asked(words))
  const each = <T>(make: () => T) => Array.from({ length: threads }, make)
  return {
    control: small(CONTROL_WORDS),
    innerCounts: small(2),
    innerSlots: large(INNER_WORDS),
    innerRows: large(INNER_WORDS),
    setCounts: small(4),
    slots: large(SLOT_WORDS),
    levels: [large(LEVEL_WORDS), large(LEVEL_WORDS)],
    counters: each(() => {
      const words = FIRED + actions
      const counters = new Float64Array(bytes(8 * (words + PADDING_WORDS)), 0, words)
      counters[FEWEST_STEPS] = UNKNOWN
      return counters
    }),
    digests: each(() => small(LANES)),
    reached: small(properties),
  }
}

export function innerMemory({ innerCounts, innerSlots, innerRows }: SharedMemory): PairMemory {
  return {
    counts: innerCounts,
    slots: GrowableMemory.fixed(innerSlots),
    rows: GrowableMemory.fixed(innerRows),
  }
}

export function setMemory({ setCounts, slots }: SharedMemory): SetMemory {
  return { counts: setCounts, slots: GrowableMemory.fixed(slots) }
}

/** Is one part so full that the next states may not fit? */
export function isNearlyFull(memory: SharedMemory): boolean {
  const [inner] = memory.innerCounts
  const [states] = memory.setCounts
  return (
    2 * memory.control[NEXT_STATES] > 0.9 * memory.levels[0].length ||
    2 * inner > 0.9 * memory.innerRows.length ||
    inner > 0.7 * memory.innerSlots.length ||
    states > 0.7 * memory.slots.length
  )
}
