/** States as trees of pairs of one shape: inner pairs are shared, each state has a root pair. */
import type { Pairing } from './pairing.js'
import { type PairBatch, PairTable } from './pairs.js'

/** Puts the root pairs of the vectors `first..end - 1` of `source` into a batch. */
type Fold = (
  source: Int32Array,
  first: number,
  end: number,
  base: Int32Array,
  at: number,
  batch: PairBatch,
) => void

/** Writes a state to `into[from..]`, and all nodes of its tree to `base[at..]`. */
type Unfold = (
  left: number,
  right: number,
  into: Int32Array,
  from: number,
  base: Int32Array,
  at: number,
) => void

/** Inner pairs that were looked up lately are kept in 2^11 places of four words. */
const RECENT_BITS = 11

/** Code for a tree of known shape, written out node by node: half the time of a loop over nodes. */
function unrolledFold(words: number, pairing: Pairing, inner: PairTable): Fold {
  const halves = pairing.slice(0, -1)
  const [left, right] = pairing[pairing.length - 1]
  const known = Array.from({ length: words + halves.length }, (_, i) => `b${i} = base[at + ${i}]`)
  const same = (node: number) => `v${node} === b${node}`
  const place = (l: number, r: number) =>
    `(Math.imul(v${l}, 0x9e3779b1) ^ Math.imul(v${r}, 0x85ebca77)) >>> ${32 - RECENT_BITS} << 2`
  const numbered = (l: number, r: number) =>
    `(q = ${place(l, r)}, recent[q] === v${l} && recent[q + 1] === v${r}) ? recent[q + 2] : ` +
    `find(q, v${l}, v${r})`
  const code = [
    'return (source, first, end, base, at, batch) => {',
    `const ${known.join(', ')}`,
    'const { left, right } = batch',
    'let q = 0',
    `for (let i = first, from = first * ${words}; i < end; i++, from += ${words}) {`,
    ...Array.from({ length: words }, (_, i) => `const v${i} = source[from + ${i}]`),
    ...halves.map(([l, r], i) => {
      const node = words + i
      return `const v${node} = ${same(l)} && ${same(r)} ? b${node} : ${numbered(l, r)}`
    }),
    `left[i] = v${left}`,
    `right[i] = v${right}`,
    '}',
    '}',
  ]
  // A place of four zeros says that the pair of zeros has the number 0, which is true.
  const recent = new Int32Array(4 << RECENT_BITS)
  const find = (q: number, l: number, r: number) => {
    const number = inner.find(l, r)
    recent[q] = l
    recent[q + 1] = r
    recent[q + 2] = number
    return number
  }
  return new Function('recent', 'find', code.join('\n'))(recent, find)
}

function unrolledUnfold(words: number, pairing: Pairing, inner: PairTable): Unfold {
  const last = pairing.length - 1
  const [left, right] = pairing[last]
  const halves = pairing.slice(0, last).map(([l, r], i) => {
    const node = `v${words + i}`
    const right = r === l ? '' : `, v${r} = inner.right(${node})`
    return `const v${l} = inner.left(${node})${right}`
  })
  const code = [
    'return (left, right, into, from, base, at) => {',
    `const v${left} = left, v${right} = right`,
    ...halves.reverse(),
    ...Array.from({ length: words + last }, (_, i) => `base[at + ${i}] = v${i}`),
    ...Array.from({ length: words }, (_, i) => `into[from + ${i}] = v${i}`),
    '}',
  ]
  return new Function('inner', code.join('\n'))(inner)
}

export class Trees {
  /** How many nodes a tree has, without its root: words, then inner nodes. */
  readonly nodes: number
  /** How many of them are pairs. */
  readonly pairs: number
  /**
   * Puts the root pairs of the vectors `first..end - 1` of `source` into a batch, under the same
   * numbers. Cheap for those that differ in few words from the state whose nodes are at `base[at]`.
   * There must be room for their inner pairs.
   */
  readonly fold: Fold
  /** Writes the state with this root pair to `into[from..]`, and its nodes to `base[at..]`. */
  readonly unfold: Unfold

  /**
   * @param words length of a state vector, at least 2.
   * @param inner where the inner pairs are, or are to be.
   */
  constructor(
    words: number,
    readonly pairing: Pairing,
    readonly inner = new PairTable(),
  ) {
    this.pairs = pairing.length - 1
    this.nodes = words + this.pairs
    // A pair of zeros has the number 0, and so have all inner nodes of the state of zeros.
    if (inner.size === 0) inner.intern(0, 0)
    this.fold = unrolledFold(words, pairing, inner)
    this.unfold = unrolledUnfold(words, pairing, inner)
  }
}
