/** States as trees of pairs of one shape: inner pairs are shared, each state has a root pair. */
import type { Pairing } from './pairing.js'
import { type PairBatch, PairTable } from './pairs.js'

/** Puts the root pairs of the vectors `first..end - 1` of `source` into a batch. */
type Fold = (
  source: Int32Array,
  first: number,
  end: number,
  parent: number,
  base: Int32Array,
  inner: PairTable,
  batch: PairBatch,
) => void

/** Writes a state to `into[at..]`, and all nodes of its tree to `base`. */
type Unfold = (
  left: number,
  right: number,
  into: Int32Array,
  at: number,
  base: Int32Array,
  inner: PairTable,
) => void

/** Code for a tree of known shape, written out node by node: half the time of a loop over nodes. */
function unrolledFold(words: number, pairing: Pairing): Fold {
  const inner = pairing.slice(0, -1)
  const [left, right] = pairing[pairing.length - 1]
  const known = Array.from({ length: words + inner.length }, (_, i) => `b${i} = base[${i}]`)
  const same = (node: number) => `v${node} === b${node}`
  const code = [
    `const ${known.join(', ')}`,
    'const { number } = batch',
    'for (let i = first; i < end; i++) {',
    `const from = i * ${words}`,
    ...Array.from({ length: words }, (_, i) => `const v${i} = source[from + ${i}]`),
    ...inner.map(([l, r], i) => {
      const node = words + i
      return `const v${node} = ${same(l)} && ${same(r)} ? b${node} : inner.intern(v${l}, v${r})`
    }),
    `batch.put(i, v${left}, v${right})`,
    'number[i] = parent',
    '}',
  ]
  const parameters = ['source', 'first', 'end', 'parent', 'base', 'inner', 'batch']
  return new Function(...parameters, code.join('\n')) as Fold
}

function unrolledUnfold(words: number, pairing: Pairing): Unfold {
  const last = pairing.length - 1
  const [left, right] = pairing[last]
  const halves = pairing.slice(0, last).map(([l, r], i) => {
    const node = `v${words + i}`
    const right = r === l ? '' : `, v${r} = inner.right(${node})`
    return `const v${l} = inner.left(${node})${right}`
  })
  const code = [
    `const v${left} = left, v${right} = right`,
    ...halves.reverse(),
    ...Array.from({ length: words + last }, (_, i) => `base[${i}] = v${i}`),
    ...Array.from({ length: words }, (_, i) => `into[at + ${i}] = v${i}`),
  ]
  return new Function('left', 'right', 'into', 'at', 'base', 'inner', code.join('\n')) as Unfold
}

export class Trees {
  readonly inner = new PairTable()
  /** Words, then inner nodes, of the state that `unfold` brought in last. */
  private readonly base: Int32Array
  private readonly foldAll: Fold
  private readonly unfoldOne: Unfold

  /** @param words length of a state vector, at least 2. */
  constructor(
    words: number,
    readonly pairing: Pairing,
  ) {
    this.foldAll = unrolledFold(words, pairing)
    this.unfoldOne = unrolledUnfold(words, pairing)
    this.base = new Int32Array(words + pairing.length)
    // The base must at all times be a tree whose inner pairs are known: at first, of zeros.
    pairing.slice(0, -1).forEach(([left, right], i) => {
      this.base[words + i] = this.inner.intern(this.base[left], this.base[right])
    })
  }

  /**
   * Puts the root pairs of the vectors `first..end - 1` of `source` into a batch, under the same
   * numbers, with their parent. Cheap for those that differ in few words from the state that was
   * unfolded last.
   */
  fold(source: Int32Array, first: number, end: number, parent: number, batch: PairBatch): void {
    this.foldAll(source, first, end, parent, this.base, this.inner, batch)
  }

  /** Writes the state with this root pair to `into[at..at + words)`. */
  unfold(left: number, right: number, into: Int32Array, at: number): void {
    this.unfoldOne(left, right, into, at, this.base, this.inner)
  }
}
