/**
 * The set of distinct states: exact, in typed arrays, a few words a state whatever its length.
 *
 * A state vector is stored as a tree of pairs (tree compression, Laarman, van de Pol and Weber
 * 2011, arXiv 1104.3119): words are paired, each distinct pair gets a number, numbers are paired
 * again, up to one root pair per state. Parts that many states share are stored once, so a state
 * costs its root pair (8 bytes), its place in the hash table (4 bytes at a load between 1/4 and
 * 1/2, as every probe is a cache miss) and its trace pointer (4 bytes), plus its share of the inner
 * pairs. Nothing is hashed away: two states are equal exactly when their roots are the same pair.
 */

const CHUNK_BITS = 18
const CHUNK = 1 << CHUNK_BITS
const CHUNK_MASK = CHUNK - 1

/**
 * A growing row of 32-bit words in chunks: large ones, so that few array headers compete for the
 * cache, except that the first starts small and doubles, so that small searches stay small.
 */
class Row {
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

/** Numbers for distinct pairs of 32-bit words, given in the order of first appearance. */
export class PairTable {
  /** How many distinct pairs there are. */
  size = 0
  private slots = new Int32Array(256)
  private mask = 255
  private readonly row = new Row(2)
  private readonly chunks = this.row.chunks

  /**
   * The number of a pair; when it was not there before, `size` grows and the number is its old
   * value.
   * @throws RangeError beyond 2^30 pairs.
   */
  intern(left: number, right: number): number {
    const { slots, mask, chunks } = this
    let slot = hash(left, right) & mask
    for (let entry = slots[slot]; entry !== 0; entry = slots[slot]) {
      const chunk = chunks[(entry - 1) >> CHUNK_BITS]
      const at = ((entry - 1) & CHUNK_MASK) << 1
      if (chunk[at] === left && chunk[at + 1] === right) return entry - 1
      slot = (slot + 1) & mask
    }
    return this.insert(left, right, slot)
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

  private insert(left: number, right: number, slot: number): number {
    const id = this.size++
    if (id >= 2 ** 30) throw new RangeError('more than 2^30 distinct pairs')
    const chunk = this.row.reserve(id)
    const at = (id & CHUNK_MASK) << 1
    chunk[at] = left
    chunk[at + 1] = right
    this.slots[slot] = id + 1
    if (this.size * 2 > this.slots.length) this.rehash()
    return id
  }

  private rehash(): void {
    const slots = new Int32Array(this.slots.length * 2)
    const mask = slots.length - 1
    for (let id = 0; id < this.size; id++) {
      let slot = hash(this.left(id), this.right(id)) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = id + 1
    }
    this.slots = slots
    this.mask = mask
  }
}

/** Mixes two words into one; every bit of both reaches the low bits. */
function hash(left: number, right: number): number {
  let h = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca77)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  h = Math.imul(h ^ (h >>> 13), 0x297a2d39)
  return h ^ (h >>> 16)
}

/** How the words of a vector are paired: inner nodes, children before parents, the root last. */
type Pairing = readonly (readonly [left: number, right: number])[]

/** Neighbours are paired level by level; an odd one out goes up unpaired. */
function pairNeighbours(words: number): Pairing {
  const pairs: [number, number][] = []
  for (let level = Array.from({ length: words }, (_, i) => i); level.length > 1; ) {
    const next: number[] = []
    for (let i = 0; i + 1 < level.length; i += 2) {
      pairs.push([level[i], level[i + 1]])
      next.push(words + pairs.length - 1)
    }
    if (level.length % 2 === 1) next.push(level[level.length - 1])
    level = next
  }
  return pairs
}

/**
 * Pairs what has the fewest different values together, again and again, so that the inner pairs
 * stay few: what changes independently (the threads, usually) meets only near the root.
 * @param columns for each word, its values in some sample of states, all of one length.
 */
function pairBySample(columns: readonly Int32Array[]): Pairing {
  const pairs: [number, number][] = []
  const nodes = columns.map((values, node) => ({ node, values }))
  const joint = (x: Int32Array, y: Int32Array): Int32Array => {
    const table = new PairTable()
    return x.map((value, i) => table.intern(value, y[i]))
  }
  const count = (values: Int32Array) => values.reduce((most, id) => Math.max(most, id), 0)
  const cost = new Map<string, number>()
  while (nodes.length > 2) {
    let best: [number, number] = [0, 1]
    let least = Number.POSITIVE_INFINITY
    for (let i = 0; i < nodes.length; i++)
      for (let j = i + 1; j < nodes.length; j++) {
        const key = `${nodes[i].node} ${nodes[j].node}`
        const known = cost.get(key) ?? count(joint(nodes[i].values, nodes[j].values))
        cost.set(key, known)
        if (known < least) {
          least = known
          best = [i, j]
        }
      }
    const [left, right] = [nodes[best[0]], nodes[best[1]]]
    pairs.push([left.node, right.node])
    nodes.splice(best[1], 1)
    nodes.splice(best[0], 1)
    nodes.push({
      node: columns.length + pairs.length - 1,
      values: joint(left.values, right.values),
    })
  }
  pairs.push([nodes[0].node, nodes[1].node])
  return pairs
}

/** Interns the inner pairs of a state, those that differ from the loaded ones, then its root. */
type Walk = (
  source: Int32Array,
  from: number,
  loaded: Int32Array,
  inner: PairTable,
  roots: PairTable,
) => number

/** The walk over a tree of known shape, written out node by node: half the time of a loop. */
function unrolledWalk(words: number, pairing: Pairing): Walk {
  const reads = Array.from({ length: words }, (_, i) => `const v${i} = source[from + ${i}]`)
  const same = (node: number) => `v${node} === loaded[${node}]`
  const nodes = pairing.slice(0, -1).map(([left, right], i) => {
    const node = words + i
    const known = `${same(left)} && ${same(right)} ? loaded[${node}]`
    return `const v${node} = ${known} : inner.intern(v${left}, v${right})`
  })
  const [left, right] = pairing[pairing.length - 1]
  const root = `return roots.intern(v${left}, v${right})`
  const body = [...reads, ...nodes, root].join('\n')
  return new Function('source', 'from', 'loaded', 'inner', 'roots', body) as Walk
}

/** States as trees of one shape: inner pairs shared, one root pair a state. */
class PairTrees {
  readonly inner = new PairTable()
  readonly roots = new PairTable()
  /** Where the two parts of each inner node lie: words first, then inner nodes. */
  private readonly leftOf: Int32Array
  private readonly rightOf: Int32Array
  /** Words, then inner nodes, of the state that `load` brought in. */
  private readonly loaded: Int32Array
  private readonly walk: Walk

  constructor(
    private readonly words: number,
    pairing: Pairing,
  ) {
    this.walk = unrolledWalk(words, pairing)
    this.leftOf = Int32Array.from(pairing, ([left]) => left)
    this.rightOf = Int32Array.from(pairing, ([, right]) => right)
    this.loaded = new Int32Array(words + pairing.length)
    // What is loaded must at all times be a tree whose inner pairs are known: at first, of zeros.
    pairing.slice(0, -1).forEach(([left, right], i) => {
      this.loaded[words + i] = this.inner.intern(this.loaded[left], this.loaded[right])
    })
  }

  /** The number of the state at `source[from]`. Cheap when few words differ from the loaded one. */
  intern(source: Int32Array, from: number): number {
    return this.walk(source, from, this.loaded, this.inner, this.roots)
  }

  /** Writes state `id` to `into[0..words)` and makes it the base that `intern` compares with. */
  load(id: number, into: Int32Array): void {
    const { words, leftOf, rightOf, loaded, inner, roots } = this
    const last = leftOf.length - 1
    loaded[leftOf[last]] = roots.left(id)
    loaded[rightOf[last]] = roots.right(id)
    for (let i = last - 1; i >= 0; i--) {
      const node = loaded[words + i]
      loaded[leftOf[i]] = inner.left(node)
      loaded[rightOf[i]] = inner.right(node)
    }
    for (let i = 0; i < words; i++) into[i] = loaded[i]
  }
}

/** Sizes at which the pairing is chosen anew, from the states known by then. */
const REGROUP_AT = [1 << 14, 1 << 18]
const SAMPLE = 2048

/** Distinct states with their numbers, in the order of first appearance. */
export class StateStore {
  private trees: PairTrees
  private readonly parents = new Row(1)
  private regroupings = 0

  /** @param words length of a state vector, at least 2. */
  constructor(private readonly words: number) {
    this.trees = new PairTrees(words, pairNeighbours(words))
  }

  /** Distinct states so far. */
  get size(): number {
    return this.trees.roots.size
  }

  /** Bytes allocated for states, hash tables and trace pointers. */
  get bytes(): number {
    return this.trees.inner.bytes + this.trees.roots.bytes + this.parents.bytes
  }

  /**
   * The number of the state at `source[from]`. When it is new, `size` grows by one and `parent`
   * is remembered. Cheap when few words differ from the state loaded last.
   */
  intern(source: Int32Array, from: number, parent: number): number {
    const { roots } = this.trees
    const before = roots.size
    const id = this.trees.intern(source, from)
    if (id === before) this.parents.reserve(id)[id & CHUNK_MASK] = parent
    return id
  }

  /** Writes state `id` to `into[0..words)`. */
  load(id: number, into: Int32Array): void {
    if (this.size >= REGROUP_AT[this.regroupings]) this.regroup()
    this.trees.load(id, into)
  }

  /** The state from which `id` was first reached; -1 for an initial state. */
  parentOf(id: number): number {
    return this.parents.chunks[id >> CHUNK_BITS][id & CHUNK_MASK]
  }

  /** Moves all states, under the same numbers, to trees of a shape that suits them better. */
  private regroup(): void {
    this.regroupings++
    const { words, trees } = this
    if (words === 2) return
    const state = new Int32Array(words)
    const columns = Array.from({ length: words }, () => new Int32Array(SAMPLE))
    for (let i = 0; i < SAMPLE; i++) {
      trees.load(Math.floor((i * this.size) / SAMPLE), state)
      for (let j = 0; j < words; j++) columns[j][i] = state[j]
    }
    const regrouped = new PairTrees(words, pairBySample(columns))
    for (let id = 0; id < this.size; id++) {
      trees.load(id, state)
      regrouped.intern(state, 0)
    }
    this.trees = regrouped
  }
}
