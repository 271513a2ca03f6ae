/** Distinct pairs of words, with numbers. */
import { GrowableMemory } from './growable-memory.js'

/** Mixes two words into one; every bit of both reaches the low bits. */
function hash(left: number, right: number): number {
  let h = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca77)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  h = Math.imul(h ^ (h >>> 13), 0x297a2d39)
  return h ^ (h >>> 16)
}

/** Pairs that are to be looked up together, so that the cache misses of their look-ups overlap. */
export class PairBatch {
  left = new Int32Array(64)
  right = new Int32Array(64)
  /** A number for each pair; after `PairTable.internAll`, for a known pair its number there. */
  number = new Int32Array(64)
  /** 1 for each pair that was neither in a `PairTable` nor earlier in the batch. */
  isNew = new Uint8Array(64)

  put(i: number, left: number, right: number): void {
    this.left[i] = left
    this.right[i] = right
  }

  /** Grows to at least `count` pairs; the pairs stay. */
  reserve(count: number): void {
    if (count <= this.left.length) return
    const length = 2 * count
    this.left = copied(this.left, length)
    this.right = copied(this.right, length)
    this.number = copied(this.number, length)
    this.isNew = new Uint8Array(length)
  }
}

function copied(old: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length)
  larger.set(old)
  return larger
}

/** The memory of a table. */
export interface PairMemory {
  /** How many pairs there are, and how many slots. */
  readonly counts: Int32Array
  readonly slots: GrowableMemory
  /** Left and right of each pair, by number. */
  readonly rows: GrowableMemory
}

const SIZE = 0
const SLOTS = 1
const FIRST_SLOTS = 256

function ownMemory(): PairMemory {
  return {
    counts: new Int32Array(2),
    slots: GrowableMemory.growing(FIRST_SLOTS),
    rows: GrowableMemory.growing(512),
  }
}

/**
 * Numbers for distinct pairs of 32-bit words, in the order of first appearance. A slot of the hash
 * table holds a number and, in the bits that are left over, a part of the hash. That part
 * differs for most different pairs, so their words need not be read.
 *
 * Several threads may use one table, each by an object of its own, while none of them makes it
 * grow. A number is written into a slot only after its pair was written, and is read from the slot.
 */
export class PairTable {
  /** The words read ahead. They are kept so that the compiler cannot remove the reads. */
  ahead = 0
  /** A number that is free because another thread gave one to the same pair first; or -1. */
  private spare = -1

  constructor(private readonly memory: PairMemory = ownMemory()) {
    if (memory.counts[SLOTS] === 0) memory.counts[SLOTS] = FIRST_SLOTS
  }

  /** How many distinct pairs there are. */
  get size(): number {
    return this.memory.counts[SIZE]
  }

  get hashLoad(): number {
    return this.size / this.memory.counts[SLOTS]
  }

  /**
   * The number of a pair. If the pair is new, the number is the old value of `size`, which grows.
   * @throws RangeError beyond 2^29 pairs.
   */
  intern(left: number, right: number): number {
    this.reserve(1)
    return this.find(left, right)
  }

  /**
   * Looks up or inserts the first `count` pairs of a batch, in their order. It writes the numbers
   * of known pairs, and marks new ones: theirs are the next numbers, and are not written.
   */
  internAll(batch: PairBatch, count: number): void {
    this.reserve(count)
    this.readAhead(batch, count)
    const { left, right, number, isNew } = batch
    const { counts } = this.memory
    for (let i = 0; i < count; i++) {
      const before = counts[SIZE]
      const id = this.find(left[i], right[i])
      isNew[i] = id === before ? 1 : 0
      if (id < before) number[i] = id
    }
  }

  left(id: number): number {
    return this.memory.rows.words[2 * id]
  }

  right(id: number): number {
    return this.memory.rows.words[2 * id + 1]
  }

  /** Bytes in use. */
  get bytes(): number {
    const { counts } = this.memory
    return 4 * counts[SLOTS] + 8 * counts[SIZE]
  }

  /** The bytes after `count` new pairs. */
  bytesFor(count: number): number {
    const { counts } = this.memory
    const grown = this.hasRoomFor(count) ? 0 : 4 * counts[SLOTS]
    return this.bytes + grown + 8 * count
  }

  /** Is there room for `count` more pairs? `count` is the sum over all threads. */
  hasRoomFor(count: number): boolean {
    const { counts } = this.memory
    return (counts[SIZE] + count) * 4 <= counts[SLOTS] * 3
  }

  /** Makes room for `count` more pairs; no other thread may use the table meanwhile. */
  reserve(count: number): void {
    while (!this.hasRoomFor(count)) this.grow()
    this.memory.rows.reserve(2 * (this.size + count))
  }

  /** All pairs in the order of their numbers, left and right in turn. */
  pairs(): Int32Array {
    // A free number has no pair: it must not look like a pair that has another number.
    if (this.spare >= 0) this.write(this.spare, -1, this.spare)
    return this.memory.rows.words.slice(0, 2 * this.size)
  }

  /** The same pairs under the same numbers in other memory, which must be empty. */
  copyTo(memory: PairMemory): PairTable {
    const table = new PairTable(memory)
    for (let id = 0; id < this.size; id++) table.intern(this.left(id), this.right(id))
    return table
  }

  private readAhead({ left, right }: PairBatch, count: number): void {
    const { counts, slots, rows } = this.memory
    const mask = counts[SLOTS] - 1
    let ahead = 0
    for (let i = 0; i < count; i++) ahead ^= slots.words[hash(left[i], right[i]) & mask]
    for (let i = 0; i < count; i++) {
      const id = (slots.words[hash(left[i], right[i]) & mask] & mask) - 1
      if (id >= 0) ahead ^= rows.words[2 * id]
    }
    this.ahead = ahead
  }

  /** The same as `intern`, if there is room. */
  find(left: number, right: number): number {
    const { memory } = this
    const slots = memory.slots.words
    const rows = memory.rows.words
    const mask = memory.counts[SLOTS] - 1
    const h = hash(left, right)
    for (let slot = h & mask; ; slot = (slot + 1) & mask) {
      let entry = slots[slot]
      if (entry === 0) {
        const id = this.take(left, right)
        entry = Atomics.compareExchange(slots, slot, 0, (h & ~mask) | (id + 1))
        if (entry === 0) return id
        this.spare = id
      }
      if (((entry ^ h) & ~mask) !== 0) continue
      const id = (entry & mask) - 1
      if (rows[2 * id] === left && rows[2 * id + 1] === right) return id
    }
  }

  /** A number for a new pair. */
  private take(left: number, right: number): number {
    const { spare } = this
    this.spare = -1
    const id = spare >= 0 ? spare : Atomics.add(this.memory.counts, SIZE, 1)
    this.write(id, left, right)
    return id
  }

  private write(id: number, left: number, right: number): void {
    const { words } = this.memory.rows
    words[2 * id] = left
    words[2 * id + 1] = right
  }

  /** Doubles the slots in place: each entry is taken out and put into the first free slot again. */
  private grow(): void {
    const { counts, slots, rows } = this.memory
    const size = counts[SLOTS]
    slots.reserve(2 * size)
    const { words } = slots
    const mask = 2 * size - 1
    for (let step = 0, at = firstFree(words); step < size; step++) {
      const entry = words[at]
      words[at] = 0
      if (entry !== 0) {
        const id = (entry & (size - 1)) - 1
        const h = hash(rows.words[2 * id], rows.words[2 * id + 1])
        let slot = h & mask
        while (words[slot] !== 0) slot = (slot + 1) & mask
        words[slot] = (h & ~mask) | (id + 1)
      }
      at = (at + 1) & (size - 1)
    }
    counts[SLOTS] = 2 * size
  }
}

/** The first free slot. A table is never full, so there is one. */
export function firstFree(slots: Int32Array): number {
  let at = 0
  while (slots[at] !== 0) at++
  return at
}
