/** Distinct pairs of words, with numbers or without. */

export const CHUNK_BITS = 18
const CHUNK = 1 << CHUNK_BITS
export const CHUNK_MASK = CHUNK - 1

/**
 * A growing row of 32-bit words in chunks: large ones, so that few array headers compete for the
 * cache, except that the first starts small and doubles, so that small searches stay small.
 */
export class Row {
  readonly chunks: Int32Array[] = []

  /** @param width words per element. */
  constructor(private readonly width: number) {}

  /** Makes room for element `id`, the next one, and returns its chunk. */
  reserve(id: number): Int32Array {
    const { chunks, width } = this
    const number = id >> CHUNK_BITS
    if (number === chunks.length) chunks.push(new Int32Array((number === 0 ? 512 : CHUNK) * width))
    if (number === 0 && (id + 1) * width > chunks[0].length) {
      const larger = new Int32Array(chunks[0].length * 2)
      larger.set(chunks[0])
      chunks[0] = larger
    }
    return chunks[number]
  }

  get bytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  }
}

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
  /** Something about each pair; of one that a `PairTable` knows its number, once settled. */
  number = new Int32Array(64)
  /** 1 where the pair was not known before, nor earlier in the batch. */
  isNew = new Uint8Array(64)

  put(i: number, left: number, right: number): void {
    this.left[i] = left
    this.right[i] = right
  }

  /** Makes room for `count` pairs; those that are in it stay. */
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

/**
 * Numbers for distinct pairs of 32-bit words, given in the order of first appearance. A slot of the
 * hash table holds a number and, in the bits that numbers of this size do not need, a piece of the
 * hash: most pairs that are not the one looked for are told apart without looking them up.
 */
export class PairTable {
  /** How many distinct pairs there are. */
  size = 0
  private slots = new Int32Array(256)
  private mask = 255
  private readonly row = new Row(2)
  private readonly chunks = this.row.chunks
  /** What has been read ahead; kept so that no compiler leaves the reading out. */
  ahead = 0

  /**
   * The number of a pair; when it was not there before, `size` grows and the number is its old
   * value.
   * @throws RangeError beyond 2^30 pairs.
   */
  intern(left: number, right: number): number {
    return this.find(left, right, hash(left, right))
  }

  /**
   * Looks up, or takes in, the first `count` pairs of a batch, in their order: numbers those that
   * are known, marks those that are new (their numbers are the next ones) and leaves theirs alone.
   */
  internAll(batch: PairBatch, count: number): void {
    this.readAhead(batch, count)
    const { left, right, number, isNew } = batch
    for (let i = 0; i < count; i++) {
      const before = this.size
      const id = this.find(left[i], right[i], hash(left[i], right[i]))
      isNew[i] = id === before ? 1 : 0
      if (id < before) number[i] = id
    }
  }

  left(id: number): number {
    return this.chunks[id >> CHUNK_BITS][(id & CHUNK_MASK) << 1]
  }

  right(id: number): number {
    return this.chunks[id >> CHUNK_BITS][((id & CHUNK_MASK) << 1) + 1]
  }

  get bytes(): number {
    return this.slots.byteLength + this.row.bytes
  }

  /** The bytes there will be, for a moment, when `count` new pairs come. */
  bytesFor(count: number): number {
    const grown = (this.size + count) * 4 > this.slots.length * 3 ? 2 * this.slots.byteLength : 0
    return this.bytes + grown + 8 * count
  }

  /** All pairs in the order of their numbers, left and right in turn. */
  pairs(): Int32Array {
    const pairs = new Int32Array(2 * this.size)
    for (let id = 0; id < this.size; id++) {
      pairs[2 * id] = this.left(id)
      pairs[2 * id + 1] = this.right(id)
    }
    return pairs
  }

  private readAhead({ left, right }: PairBatch, count: number): void {
    const { slots, mask, chunks } = this
    let ahead = 0
    for (let i = 0; i < count; i++) ahead ^= slots[hash(left[i], right[i]) & mask]
    for (let i = 0; i < count; i++) {
      const id = (slots[hash(left[i], right[i]) & mask] & mask) - 1
      if (id >= 0) ahead ^= chunks[id >> CHUNK_BITS][(id & CHUNK_MASK) << 1]
    }
    this.ahead = ahead
  }

  private find(left: number, right: number, hash: number): number {
    const { slots, mask, chunks } = this
    let slot = hash & mask
    for (let entry = slots[slot]; entry !== 0; entry = slots[slot]) {
      if (((entry ^ hash) & ~mask) === 0) {
        const id = (entry & mask) - 1
        const chunk = chunks[id >> CHUNK_BITS]
        const at = (id & CHUNK_MASK) << 1
        if (chunk[at] === left && chunk[at + 1] === right) return id
      }
      slot = (slot + 1) & mask
    }
    return this.insert(left, right, hash, slot)
  }

  private insert(left: number, right: number, hash: number, slot: number): number {
    const id = this.size++
    if (id >= 2 ** 30) throw new RangeError('more than 2^30 distinct pairs')
    const chunk = this.row.reserve(id)
    const at = (id & CHUNK_MASK) << 1
    chunk[at] = left
    chunk[at + 1] = right
    this.slots[slot] = (hash & ~this.mask) | (id + 1)
    if (this.size * 4 > this.slots.length * 3) this.rehash()
    return id
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2)
    const mask = slots.length - 1
    for (let id = 0; id < this.size; id++) {
      const mixed = hash(this.left(id), this.right(id))
      let slot = mixed & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = (mixed & ~mask) | (id + 1)
    }
    this.slots = slots
    this.mask = mask
  }
}

/** Pairs in the order of their coming, each handed out once. */
export class PairQueue {
  private chunks: Int32Array[] = [new Int32Array(2 * CHUNK)]
  /** The chunk used last and free again. */
  private spare: Int32Array | null = null
  private first = 0
  private end = 0

  get size(): number {
    return this.end - this.first
  }

  get bytes(): number {
    return (this.chunks.length + (this.spare ? 1 : 0)) * 8 * CHUNK
  }

  push(left: number, right: number): void {
    const { chunks } = this
    const number = this.end >> CHUNK_BITS
    if (number === chunks.length) {
      chunks.push(this.spare ?? new Int32Array(2 * CHUNK))
      this.spare = null
    }
    const at = (this.end++ & CHUNK_MASK) << 1
    chunks[number][at] = left
    chunks[number][at + 1] = right
  }

  /** Where in `current` the first pair lies; it is not handed out again. */
  shift(): number {
    if (this.first === CHUNK) {
      this.spare = this.chunks.shift() as Int32Array
      this.first -= CHUNK
      this.end -= CHUNK
    }
    return this.first++ << 1
  }

  get current(): Int32Array {
    return this.chunks[0]
  }

  /** What has not been handed out, left and right in turn. */
  pairs(): Int32Array {
    const pairs = new Int32Array(2 * this.size)
    for (let i = this.first; i < this.end; i++) {
      const at = (i & CHUNK_MASK) << 1
      pairs[2 * (i - this.first)] = this.chunks[i >> CHUNK_BITS][at]
      pairs[2 * (i - this.first) + 1] = this.chunks[i >> CHUNK_BITS][at + 1]
    }
    return pairs
  }
}
