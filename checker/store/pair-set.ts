/**
 * Distinct pairs without numbers, exact, in 4 bytes a slot whatever they hold (J. G. Cleary,
 * Compact hash tables using bidirectional linear probing, IEEE Transactions on Computers 33(9),
 * 1984; for trees of states: A. Laarman, Optimal compression of combinatorial state spaces, 2019).
 *
 * A pair of `leftBits + rightBits` bits is shuffled by a one-to-one function. Some bits of the
 * result say which slot is the pair's home, and only the others, its remainder, are stored, with
 * the distance between home and the slot it got. Both together give the pair back: nothing is lost.
 */
import { PairBatch } from './pairs.js'

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

/** Widths at first, and by how much more than it needs one gets at most when it must grow. */
const FIRST_BITS = 17
const MORE_BITS = 3
/** How many slots there are at first, in bits. */
const FIRST_SLOT_BITS = 14

/** A set of pairs as data. */
export interface SavedPairs {
  readonly size: number
  readonly leftBits: number
  readonly rightBits: number
  readonly slots: Int32Array
}

export class PairSet {
  size = 0
  private leftBits = FIRST_BITS
  private rightBits = FIRST_BITS
  private slots!: Int32Array
  /** For each pair of a batch: its home, and what would be stored there. */
  private home = new Int32Array(64)
  private wanted = new Int32Array(64)
  /** What has been read ahead; kept so that no compiler leaves the reading out. */
  ahead = 0

  constructor() {
    this.clear()
  }

  get bytes(): number {
    return this.slots.byteLength
  }

  /**
   * Takes in the first `count` pairs of a batch, in their order, and marks those that are new.
   * @throws RangeError on a negative word.
   */
  addAll(batch: PairBatch, count: number): void {
    while ((this.size + count) * 4 > this.slots.length * 3) this.grow()
    this.prepare(batch, count)
    for (let done = this.addFrom(0, batch, count); done < count; ) {
      // As far from home as can be said, and no free slot: among more slots there is one.
      this.grow()
      this.prepare(batch, count)
      done = this.addFrom(done, batch, count)
    }
  }

  /** The bytes there will be, for a moment, when `count` new pairs come. */
  bytesFor(count: number): number {
    let slots = this.slots.length
    while ((this.size + count) * 4 > slots * 3) slots *= 2
    const grown = slots === this.slots.length ? 0 : 4 * slots
    return this.bytes + grown
  }

  /** All there is to it, for `PairSet.from`. */
  save(): SavedPairs {
    const { size, leftBits, rightBits, slots } = this
    return { size, leftBits, rightBits, slots }
  }

  /** The same set again; the slots are taken over, not copied. */
  static from({ size, leftBits, rightBits, slots }: SavedPairs): PairSet {
    const set = new PairSet()
    set.size = size
    set.leftBits = leftBits
    set.rightBits = rightBits
    set.slots = slots
    return set
  }

  /** @returns the number of the first pair for which there is no slot, or `count`. */
  private addFrom(first: number, { isNew }: PairBatch, count: number): number {
    const { slots, home, wanted } = this
    const mask = slots.length - 1
    let { size } = this
    let i = first
    for (; i < count; i++) {
      let slot = home[i]
      let entry = wanted[i]
      const farthest = entry + FARTHEST * ONE_FARTHER
      let there = slots[slot]
      while (there !== 0 && there !== entry && entry !== farthest) {
        slot = (slot + 1) & mask
        entry += ONE_FARTHER
        there = slots[slot]
      }
      if (there === 0) {
        slots[slot] = entry
        size++
        isNew[i] = 1
      } else if (there === entry) isNew[i] = 0
      else break
    }
    this.size = size
    return i
  }

  /** Shuffles the pairs of a batch, finds their homes, and reads these ahead. */
  private prepare(batch: PairBatch, count: number): void {
    if (this.home.length < count) {
      this.home = new Int32Array(2 * count)
      this.wanted = new Int32Array(2 * count)
    }
    const { left, right } = batch
    const { slots, home, wanted, leftBits, rightBits } = this
    const mask = slots.length - 1
    const slotBits = 31 - Math.clz32(slots.length)
    const leftShift = 32 - leftBits
    const rightShift = 32 - rightBits
    // Slots are told by the right half and then by the left one; what is over is the remainder.
    const fromRight = Math.max(0, rightBits - slotBits)
    const fromLeft = Math.max(0, slotBits - rightBits)
    let lefts = 0
    let rights = 0
    for (let i = 0; i < count; i++) {
      lefts |= left[i]
      rights |= right[i]
      const between = left[i] ^ (Math.imul(right[i], FIRST) >>> leftShift)
      const r = right[i] ^ (Math.imul(between, SECOND) >>> rightShift)
      const l = between ^ (Math.imul(r, THIRD) >>> leftShift)
      const remainder = fromRight === 0 ? l >>> fromLeft : (l << fromRight) | (r >>> slotBits)
      home[i] = (r | (l << rightBits)) & mask
      wanted[i] = (remainder << REMAINDER_AT) | 1
    }
    if (lefts >>> leftBits !== 0 || rights >>> rightBits !== 0) {
      this.widen(32 - Math.clz32(lefts), 32 - Math.clz32(rights))
      this.prepare(batch, count)
      return
    }
    // As little as can be between two of these: that many more of them are under way at once.
    let ahead = 0
    for (let i = 0; i < count; i++) ahead ^= slots[home[i]]
    this.ahead = ahead
  }

  /** Twice as many slots: a bit of each remainder becomes the highest bit of its home. */
  private grow(): void {
    const old = this.slots
    const mask = old.length - 1
    const slotBits = 31 - Math.clz32(old.length)
    const slots = new Int32Array(2 * old.length)
    for (let at = 0; at < old.length; at++) {
      const entry = old[at]
      if (entry === 0) continue
      const remainder = entry >>> REMAINDER_AT
      const home = (at - ((entry >>> 1) & FARTHEST)) & mask
      const wanted = ((remainder >>> 1) << REMAINDER_AT) | 1
      put(slots, home | ((remainder & 1) << slotBits), wanted)
    }
    this.slots = slots
  }

  /** Makes the set one for pairs of wider words, with the pairs that are in it. */
  private widen(leftNeeded: number, rightNeeded: number): void {
    if (leftNeeded > 31 || rightNeeded > 31) throw new RangeError('a negative word')
    const { slots, leftBits, rightBits } = this
    const slotBits = 31 - Math.clz32(slots.length)
    // Some bits more, so that this does not happen often, as far as they need no more slots.
    const needed = Math.max(leftBits, leftNeeded) + Math.max(rightBits, rightNeeded)
    const room = Math.floor((slotBits + REMAINDER_BITS - needed) / 2)
    const more = Math.max(0, Math.min(MORE_BITS, room))
    if (leftNeeded > leftBits) this.leftBits = Math.min(31, leftNeeded + more)
    if (rightNeeded > rightBits) this.rightBits = Math.min(31, rightNeeded + more)
    this.clear()
    const mask = slots.length - 1
    const leftShift = 32 - leftBits
    const rightShift = 32 - rightBits
    const fromRight = Math.max(0, rightBits - slotBits)
    const fromLeft = Math.max(0, slotBits - rightBits)
    const batch = new PairBatch()
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
      batch.put(0, between ^ (Math.imul(right, FIRST) >>> leftShift), right)
      this.addAll(batch, 1)
    }
  }

  private clear(): void {
    this.size = 0
    const leastBits = this.leftBits + this.rightBits - REMAINDER_BITS
    this.slots = new Int32Array(2 ** Math.max(FIRST_SLOT_BITS, leastBits))
  }
}

/** Puts an entry as near behind its home as there is room. @throws RangeError if too far. */
function put(slots: Int32Array, home: number, entry: number): void {
  const mask = slots.length - 1
  const farthest = entry + FARTHEST * ONE_FARTHER
  let slot = home
  for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
    if (entry === farthest) throw new RangeError('a hash table that is too crowded to grow')
    entry += ONE_FARTHER
  }
  slots[slot] = entry
}
