/**
 * Distinct pairs without numbers, exact, in 4 bytes a slot whatever they hold (J. G. Cleary,
 * Compact hash tables using bidirectional linear probing, IEEE Transactions on Computers 33(9),
 * 1984; for trees of states: A. Laarman, Optimal compression of combinatorial state spaces, 2019).
 *
 * A pair of `leftBits + rightBits` bits is shuffled by a one-to-one function. Some bits of the
 * result say which slot is the pair's home, and only the others, its remainder, are stored, with
 * the distance between home and the slot it got. Both together give the pair back: nothing is lost.
 */

import { GrowableMemory } from './growable-memory.js'
import { firstFree, PairBatch } from './pairs.js'

/** A slot: remainder, distance from home, and a bit that says it is taken. 0 is a free slot. */
const DISTANCE_BITS = 8
const REMAINDER_AT = 1 + DISTANCE_BITS
const REMAINDER_BITS = 32 - REMAINDER_AT
const FARTHEST = (1 << DISTANCE_BITS) - 1
const ONE_FARTHER = 2

/**
 * Three rounds of a Feistel network shuffle a pair: each half is changed by as many high bits of a
 * multiple of the other one, on which all bits of that have a say.
 */
const FIRST = 0x9e3779b1
const SECOND = 0x85ebca77
const THIRD = 0xc2b2ae3d

/** Initial number of bits of each half of a pair. */
const FIRST_BITS = 17
/** Pairs that are moved to a wider set together. */
const MOVED_PAIRS = 1024
/** The initial number of slots is 2 to the power of this. */
const FIRST_SLOT_BITS = 14

/** A set of pairs as data. */
export interface SavedPairs {
  readonly size: number
  readonly leftBits: number
  readonly rightBits: number
  readonly slots: Int32Array
}

/** The memory of a set. */
export interface SetMemory {
  /** Its size, and the bits of: its number of slots, the left half of a pair, the right half. */
  readonly counts: Int32Array
  readonly slots: GrowableMemory
}

const SIZE = 0
const SLOT_BITS = 1
const LEFT_BITS = 2
const RIGHT_BITS = 3

/** Runs something while no other thread uses the set. */
export type Alone = (change: () => void) => void

const atOnce: Alone = (change) => change()

/**
 * Several threads may use one set, each by an object of its own. Slots are claimed by
 * compare-and-exchange and never rewritten: if two threads insert the same pair, it is new for
 * exactly one of them. While one thread changes the shape of the set, the others must wait.
 */
export class PairSet {
  /** Numbers of the pairs in the last batch that were new: neither in the set nor earlier in it. */
  fresh = new Int32Array(64)
  /** How many they are. */
  private news = 0
  /** For each pair of a batch: its home slot, and the entry that would be stored there. */
  private home = new Int32Array(64)
  private wanted = new Int32Array(64)
  /** The entries read ahead. They are kept so that the compiler cannot remove the reads. */
  ahead = 0

  constructor(
    private readonly memory: SetMemory = {
      counts: new Int32Array(4),
      slots: GrowableMemory.growing(2),
    },
  ) {
    const { counts } = memory
    if (counts[LEFT_BITS] > 0) return
    counts[LEFT_BITS] = FIRST_BITS
    counts[RIGHT_BITS] = FIRST_BITS
    this.clear()
  }

  get size(): number {
    return this.memory.counts[SIZE]
  }

  /** Slots there are: 2^30 at most. */
  private get length(): number {
    return 1 << this.memory.counts[SLOT_BITS]
  }

  get hashLoad(): number {
    return this.size / this.length
  }

  /** Bytes in use. */
  get bytes(): number {
    return 4 * this.length
  }

  private isCrowdedBy(count: number): boolean {
    return (this.size + count) * 4 > this.length * 3
  }

  /**
   * Inserts the first `count` pairs of a batch, in their order, and notes which are `fresh`.
   * @param alone runs a change of the shape of the set.
   * @returns how many pairs were fresh.
   * @throws RangeError on a negative word, and if there is no memory.
   */
  addAll(batch: PairBatch, count: number, alone: Alone = atOnce): number {
    const { counts } = this.memory
    if (this.home.length < count) {
      this.home = new Int32Array(2 * count)
      this.wanted = new Int32Array(2 * count)
      this.fresh = new Int32Array(2 * count)
    }
    this.news = 0
    for (let done = 0; done < count; ) {
      const bits = counts[SLOT_BITS]
      // Another thread may have grown it before.
      const grow = () => {
        if (counts[SLOT_BITS] === bits) this.grow()
      }
      if (this.isCrowdedBy(count)) alone(grow)
      else if (!this.prepare(batch, done, count)) alone(() => this.widenFor(batch, count))
      else {
        done = this.addFrom(done, count)
        // No free slot as near to home as an entry can say: with more slots there is one.
        if (done < count) alone(grow)
      }
    }
    return this.news
  }

  /** Inserts the first pairs, and prepares the set for many more of their kind. */
  begin(batch: PairBatch, count: number): void {
    while (this.isCrowdedBy(count)) this.grow()
    this.widen(FIRST_BITS + 1, FIRST_BITS + 1)
    this.addAll(batch, count)
  }

  /** The bytes after `count` new pairs. */
  bytesFor(count: number): number {
    let { length } = this
    while ((this.size + count) * 4 > length * 3) length *= 2
    return 4 * length
  }

  /** The whole set, for `restore`. */
  save(): SavedPairs {
    const { counts, slots } = this.memory
    const [size, , leftBits, rightBits] = counts
    return { size, leftBits, rightBits, slots: slots.words.subarray(0, this.length) }
  }

  /** Makes this set equal to the saved one. */
  restore({ size, leftBits, rightBits, slots }: SavedPairs): void {
    const { memory } = this
    memory.slots.reserve(slots.length)
    memory.slots.words.set(slots)
    memory.counts.set([size, 31 - Math.clz32(slots.length), leftBits, rightBits])
  }

  /** @returns the number of the first pair for which there is no slot, or `count`. */
  private addFrom(first: number, count: number): number {
    const { home, wanted, fresh } = this
    const { counts } = this.memory
    const slots = this.memory.slots.words
    const mask = this.length - 1
    let { news } = this
    let i = first
    search: for (; i < count; i++) {
      let slot = home[i]
      let entry = wanted[i]
      const farthest = entry + FARTHEST * ONE_FARTHER
      for (;;) {
        let there = slots[slot]
        if (there === 0) {
          there = Atomics.compareExchange(slots, slot, 0, entry)
          if (there === 0) {
            fresh[news++] = i
            break
          }
        }
        if (there === entry) break
        if (entry === farthest) break search
        slot = (slot + 1) & mask
        entry += ONE_FARTHER
      }
    }
    // At once: a thread that changes the shape of the set relies on its size.
    if (news > this.news) Atomics.add(counts, SIZE, news - this.news)
    this.news = news
    return i
  }

  /**
   * Shuffles the pairs of a batch, finds their homes, and reads the slots there ahead.
   * @returns false if their words are wider than the set can store.
   */
  private prepare({ left, right }: PairBatch, first: number, count: number): boolean {
    const { home, wanted } = this
    const slots = this.memory.slots.words
    const { counts } = this.memory
    const slotBits = counts[SLOT_BITS]
    const leftBits = counts[LEFT_BITS]
    const rightBits = counts[RIGHT_BITS]
    const mask = (1 << slotBits) - 1
    const leftShift = 32 - leftBits
    const rightShift = 32 - rightBits
    // The slot is made of bits of the right half, then of the left half; the rest is the remainder.
    const fromRight = Math.max(0, rightBits - slotBits)
    const fromLeft = Math.max(0, slotBits - rightBits)
    let lefts = 0
    let rights = 0
    for (let i = first; i < count; i++) {
      lefts |= left[i]
      rights |= right[i]
      const between = left[i] ^ (Math.imul(right[i], FIRST) >>> leftShift)
      const r = right[i] ^ (Math.imul(between, SECOND) >>> rightShift)
      const l = between ^ (Math.imul(r, THIRD) >>> leftShift)
      const remainder = fromRight === 0 ? l >>> fromLeft : (l << fromRight) | (r >>> slotBits)
      home[i] = (r | (l << rightBits)) & mask
      wanted[i] = (remainder << REMAINDER_AT) | 1
    }
    if (lefts >>> leftBits !== 0 || rights >>> rightBits !== 0) return false
    // A loop with nothing else in it: the processor has many reads under way at once.
    let ahead = 0
    for (let i = first; i < count; i++) ahead ^= slots[home[i]]
    this.ahead = ahead
    return true
  }

  /** Twice as many slots, in place: a bit of each remainder becomes the highest bit of its home. */
  private grow(): void {
    const { counts, slots } = this.memory
    const { length } = this
    const slotBits = counts[SLOT_BITS]
    slots.reserve(2 * length)
    const { words } = slots
    const mask = length - 1
    const largerMask = 2 * length - 1
    for (let step = 0, at = firstFree(words); step < length; step++) {
      const entry = words[at]
      words[at] = 0
      if (entry !== 0) {
        const remainder = entry >>> REMAINDER_AT
        const home = (at - ((entry >>> 1) & FARTHEST)) & mask
        const wanted = ((remainder >>> 1) << REMAINDER_AT) | 1
        put(words, largerMask, home | ((remainder & 1) << slotBits), wanted)
      }
      at = (at + 1) & mask
    }
    counts[SLOT_BITS]++
  }

  /** Prepares the set for words as wide as those of a batch. */
  private widenFor({ left, right }: PairBatch, count: number): void {
    const bits = (words: Int32Array) => {
      let all = 0
      for (let i = 0; i < count; i++) all |= words[i]
      return 32 - Math.clz32(all)
    }
    this.widen(bits(left), bits(right))
  }

  /**
   * Prepares the set for pairs of wider words; its pairs stay in it.
   * @throws RangeError on more than 31 bits.
   */
  widen(leftNeeded: number, rightNeeded: number): void {
    if (leftNeeded > 31 || rightNeeded > 31) throw new RangeError('a negative word')
    const { counts } = this.memory
    const [, slotBits, leftBits, rightBits] = counts
    if (leftNeeded <= leftBits && rightNeeded <= rightBits) return
    // As many bits more as are possible without more slots, so that this is rare.
    const needed = Math.max(leftBits, leftNeeded) + Math.max(rightBits, rightNeeded)
    const room = Math.floor((slotBits + REMAINDER_BITS - needed) / 2)
    const more = Math.max(0, room)
    const slots = this.memory.slots.words.slice(0, this.length)
    if (leftNeeded > leftBits) counts[LEFT_BITS] = Math.min(31, leftNeeded + more)
    if (rightNeeded > rightBits) counts[RIGHT_BITS] = Math.min(31, rightNeeded + more)
    this.clear()
    const mask = slots.length - 1
    const leftShift = 32 - leftBits
    const rightShift = 32 - rightBits
    const fromRight = Math.max(0, rightBits - slotBits)
    const fromLeft = Math.max(0, slotBits - rightBits)
    const others = new PairSet(this.memory)
    const batch = new PairBatch()
    batch.reserve(MOVED_PAIRS)
    let count = 0
    for (let at = 0; at < slots.length; at++) {
      const entry = slots[at]
      if (entry === 0) continue
      const remainder = entry >>> REMAINDER_AT
      const home = (at - ((entry >>> 1) & FARTHEST)) & mask
      const r =
        fromRight === 0
          ? home & (2 ** rightBits - 1)
          : home | ((remainder << slotBits) & (2 ** rightBits - 1))
      const l =
        fromRight === 0 ? (remainder << fromLeft) | (home >>> rightBits) : remainder >>> fromRight
      const between = l ^ (Math.imul(r, THIRD) >>> leftShift)
      const right = r ^ (Math.imul(between, SECOND) >>> rightShift)
      batch.put(count++, between ^ (Math.imul(right, FIRST) >>> leftShift), right)
      if (count < MOVED_PAIRS) continue
      others.addAll(batch, count)
      count = 0
    }
    others.addAll(batch, count)
  }

  private clear(): void {
    const { counts, slots } = this.memory
    const leastBits = counts[LEFT_BITS] + counts[RIGHT_BITS] - REMAINDER_BITS
    const bits = Math.max(FIRST_SLOT_BITS, counts[SLOT_BITS], leastBits)
    slots.words.fill(0, 0, 2 ** counts[SLOT_BITS])
    slots.reserve(2 ** bits)
    counts[SLOT_BITS] = bits
    counts[SIZE] = 0
  }
}

/** Puts an entry into the first free slot from its home on. @throws RangeError if too far. */
function put(slots: Int32Array, mask: number, home: number, entry: number): void {
  const farthest = entry + FARTHEST * ONE_FARTHER
  let slot = home
  for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
    if (entry === farthest) throw new RangeError('a hash table that is too crowded to grow')
    entry += ONE_FARTHER
  }
  slots[slot] = entry
}
