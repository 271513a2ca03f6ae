/** Which words of a state vector are paired, so that states take little memory. */
import { PairTable } from './pairs.js'

/** How the words of a vector are paired: inner nodes, children before parents, the root last. */
export type Pairing = readonly (readonly [left: number, right: number])[]

/** Neighbours are paired level by level; a word without a neighbour is paired at a later level. */
export function pairNeighbours(words: number): Pairing {
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
 * Repeatedly pairs the two nodes that have the fewest different values together. So inner pairs
 * stay few: parts that change independently (usually threads) are paired only near the root.
 * @param columns for each word, its values in some sample of states, all of one length.
 */
export function pairBySample(columns: readonly Int32Array[]): Pairing {
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

/** Words of more bits get numbers before they are paired at the root. */
const NARROW_BITS = 20

/**
 * The same pairing, except that wide words at the root are first paired with themselves: the
 * numbers of such pairs are small.
 * @param bitsOf how many bits of a word are in use.
 */
export function withNarrowRoot(
  pairing: Pairing,
  words: number,
  bitsOf: (word: number) => number,
): Pairing {
  const pairs = pairing.slice(0, -1)
  const narrowed = (node: number) => {
    if (node >= words || bitsOf(node) <= NARROW_BITS) return node
    pairs.push([node, node])
    return words + pairs.length - 1
  }
  const [left, right] = pairing[pairing.length - 1]
  const root = [narrowed(left), narrowed(right)] as const
  return [...pairs, root]
}
