/**
 * A number for a whole state graph that does not depend on the order in which it is explored: the
 * sum of a hash of every initial state, every state and every labelled step. Two searches with one
 * digest have seen the same graph, so a mutant with its original's digest changes nothing. The sum
 * has 128 bits, in four independent lanes: equal digests of different graphs are not to be feared.
 *
 * A state is hashed by what it says, variable by variable, not as it is packed: a variable counts
 * with its path and its value, a name by its text. So the digest of a graph stays the same when
 * variables that have only one value are added, or names that no state of the graph holds.
 */
import type { Layout, Leaf } from './layout.js'

/** Parts of a sum, of 32 bits each. */
export const LANES = 4
const FACTORS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f]
/** Marks that distinguish the three kinds of summands. */
const INITIAL = 1
const STATE = 2

export class Digest {
  private readonly sum = new Int32Array(LANES)
  private readonly source = new Int32Array(LANES)
  private readonly target = new Int32Array(LANES)
  private readonly labels: Int32Array
  private readonly elements: readonly Element[]

  /** @param labels the names of actions, by number. */
  constructor(layout: Pick<Layout<never>, 'leaves'>, labels: readonly string[]) {
    this.labels = hashTexts(labels)
    this.elements = layout.leaves.filter(({ width }) => width > 0).flatMap(elementsOf)
  }

  initial(vector: Int32Array, from: number): void {
    this.hash(vector, from, this.source)
    for (let lane = 0; lane < LANES; lane++) this.add(lane, mix(this.source[lane], INITIAL, lane))
  }

  /** A state; the steps that follow are its own. */
  state(vector: Int32Array, from: number): void {
    this.hash(vector, from, this.source)
    for (let lane = 0; lane < LANES; lane++) this.add(lane, mix(this.source[lane], STATE, lane))
  }

  /** A step of the action with this number, to the state at `vector[from]`. */
  step(action: number, vector: Int32Array, from: number): void {
    const { source, target, labels } = this
    this.hash(vector, from, target)
    for (let lane = 0; lane < LANES; lane++) {
      const labelled = mix(source[lane], labels[action * LANES + lane], lane)
      this.add(lane, mix(labelled, target[lane], lane))
    }
  }

  /** The sum so far, for `addLanes`. */
  get lanes(): readonly number[] {
    return [...this.sum]
  }

  /** Adds what another digest of the same model has summed up. */
  addLanes(lanes: readonly number[]): void {
    for (const [lane, summand] of lanes.entries()) this.add(lane, summand)
  }

  /** 32 hexadecimal digits. */
  toString(): string {
    return Array.from(this.sum, (lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('')
  }

  private hash(vector: Int32Array, from: number, into: Int32Array): void {
    into.fill(0)
    for (const { word, shift, mask, min, names, path } of this.elements) {
      const stored = (vector[from + word] >>> shift) & mask
      for (let lane = 0; lane < LANES; lane++) {
        const value = names ? names[stored * LANES + lane] : stored + min
        into[lane] = (into[lane] + mix(path[lane], value, lane)) | 0
      }
    }
  }

  private add(lane: number, summand: number): void {
    this.sum[lane] = (this.sum[lane] + summand) | 0
  }
}

/** One element of a variable: where it is stored, and hashes of its path and of the names. */
interface Element {
  readonly word: number
  readonly shift: number
  readonly mask: number
  readonly min: number
  readonly names: Int32Array | null
  readonly path: Int32Array
}

function elementsOf({ path, scalar, width, position }: Leaf): Element[] {
  const names = scalar.names.length > 0 ? hashTexts(scalar.names) : null
  return Array.from(position, (bit, i) => ({
    word: bit >> 5,
    shift: bit & 31,
    mask: 2 ** width - 1,
    min: scalar.min,
    names,
    path: hashTexts([`${path} ${i}`]),
  }))
}

function mix(hash: number, word: number, lane: number): number {
  let h = Math.imul(hash ^ word, FACTORS[lane]) + 0x165667b1
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39)
  return h ^ (h >>> 15)
}

function hashText(text: string, lane: number): number {
  let h = lane
  for (let i = 0; i < text.length; i++) h = mix(h, text.charCodeAt(i), lane)
  return h
}

function hashTexts(texts: readonly string[]): Int32Array {
  return Int32Array.from({ length: texts.length * LANES }, (_, i) =>
    hashText(texts[Math.floor(i / LANES)], i % LANES),
  )
}
