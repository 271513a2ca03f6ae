/** Small models whose state spaces are known: by hand, or in closed form. */
import type { Model, Property, Rule, ValueOf } from '../../checker/index.js'
import { constant, Layout, list, oneOf, range, record } from '../../checker/index.js'

/** What a small model may leave out. */
type Rest<S> = Partial<Pick<Model<S>, 'properties' | 'final' | 'vocabulary'>>

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Where it is, and the edges there are. */
export interface Graph {
  at: number
  from: readonly number[]
  to: readonly number[]
}

/** The step along an edge. */
export const followEdge: Rule<Graph> = {
  name: 'go',
  for: ['edge'],
  guard: (s, e) => s.at === s.from[e],
  effect: (s, e) => {
    s.at = s.to[e]
  },
}

/** A graph: nodes 0 to 9, edges as pairs. Steps are called `go(0-1)`. */
export function graph(
  edges: readonly (readonly [number, number])[],
  starts: readonly number[] = [0],
  rest: Rest<Graph> = {},
): Model<Graph> {
  const [from, to] = [0, 1].map((end) => edges.map((edge) => edge[end]))
  const labels = edges.map((edge) => edge.join('-'))
  return {
    name: 'graph',
    layout: new Layout(record({ at: range(0, 9), from: constant(from), to: constant(to) })),
    init: starts.map((at) => ({ at, from, to })),
    ranges: { edge: { values: numbers(edges.length), labels } },
    rules: [followEdge],
    properties: [],
    final: () => false,
    ...rest,
  }
}

/** The node a graph must not, or must somewhere, be at. */
export function never(node: number): Property<Graph> {
  return {
    name: `never${node}`,
    kind: 'always',
    says: `Node ${node} is never reached.`,
    holds: new Function(`return (s) => s.at !== ${node}`)(),
    explain: (s) => `at ${s.at}`,
  }
}

export function somewhere(node: number, required?: boolean): Property<Graph> {
  return {
    name: `somewhere${node}`,
    kind: 'sometimes',
    says: `Node ${node} is reached.`,
    holds: new Function(`return (s) => s.at === ${node}`)(),
    ...(required === undefined ? {} : { required }),
  }
}

const threadsDomain = (steps: number) =>
  record({ steps: list(2, range(0, steps)), ends: list(2, range(0, steps)) })
type Threads = ValueOf<ReturnType<typeof threadsDomain>>

/** Two threads that take so many steps each and never meet. */
export function twoThreads(first: number, second: number): Model<Threads> {
  return {
    name: 'two-threads',
    layout: new Layout(threadsDomain(Math.max(first, second))),
    init: [{ steps: [0, 0], ends: [first, second] }],
    ranges: { thread: { values: [0, 1], labels: ['a', 'b'], actor: true } },
    rules: [
      {
        name: 'step',
        for: ['thread'],
        guard: (s, t) => s.steps[t] < s.ends[t],
        effect: (s, t) => {
          s.steps[t]++
        },
      },
    ],
    properties: [],
    final: (s) => s.steps[0] === s.ends[0] && s.steps[1] === s.ends[1],
  }
}

const table = (seats: number) =>
  record({ seats: constant(seats), fork: list(seats, oneOf('free', 'left', 'right')) })
type Table = ValueOf<ReturnType<typeof table>>

const dinerRules: Rule<Table>[] = [
  {
    name: 'takeLeft',
    for: ['diner'],
    guard: (s, i) => s.fork[i] === 'free' && s.fork[(i + 1) % s.seats] !== 'right',
    effect: (s, i) => {
      s.fork[i] = 'left'
    },
  },
  {
    name: 'takeRight',
    for: ['diner'],
    guard: (s, i) => s.fork[i] === 'left' && s.fork[(i + 1) % s.seats] === 'free',
    effect: (s, i) => {
      s.fork[(i + 1) % s.seats] = 'right'
    },
  },
  {
    name: 'putLeft',
    for: ['diner'],
    guard: (s, i) => s.fork[i] === 'left' && s.fork[(i + 1) % s.seats] === 'right',
    effect: (s, i) => {
      s.fork[i] = 'free'
    },
  },
  {
    name: 'putRight',
    for: ['diner'],
    guard: (s, i) => s.fork[i] !== 'left' && s.fork[(i + 1) % s.seats] === 'right',
    effect: (s, i) => {
      s.fork[(i + 1) % s.seats] = 'free'
    },
  },
]

/**
 * Dining philosophers: left fork first, then the right one; the left one is put down first. A fork
 * is free, its left user's or its right user's, so there are 3^N combinations. All but one are
 * reached: for everybody to hold only the right fork, somebody must be the last to put down the
 * left one, which is then the neighbour's right one already.
 */
export function diners(seats: number): Model<Table> {
  return {
    name: `diners-${seats}`,
    layout: new Layout(table(seats)),
    init: [{ seats, fork: numbers(seats).map(() => 'free' as const) }],
    ranges: { diner: { values: numbers(seats), actor: true } },
    rules: dinerRules,
    properties: [],
    final: () => false,
  }
}

const tower = (discs: number) => record({ discs: constant(discs), peg: list(discs, range(0, 2)) })
type Tower = ValueOf<ReturnType<typeof tower>>

const isTop = (s: Tower, disc: number, peg: number) => {
  for (let i = 0; i < disc; i++) if (s.peg[i] === peg) return false
  return true
}

/** Tower of Hanoi: 3^N states, and 2^N - 1 moves from one peg to another. Disc 0 is the smallest. */
export function hanoi(discs: number): Model<Tower> {
  return {
    name: `hanoi-${discs}`,
    layout: new Layout(tower(discs)),
    init: [{ discs, peg: numbers(discs).map(() => 0) }],
    ranges: { disc: { values: numbers(discs) }, peg: { values: [0, 1, 2] } },
    rules: [
      {
        name: 'move',
        for: ['disc', 'peg'],
        guard: (s, d, p) => s.peg[d] !== p && isTop(s, d, s.peg[d]) && isTop(s, d, p),
        effect: (s, d, p) => {
          s.peg[d] = p
        },
      },
    ],
    properties: [
      {
        name: 'neverMoved',
        kind: 'always',
        says: 'Some disc is not on the last peg.',
        holds: (s) => {
          for (const peg of s.peg) if (peg !== 2) return true
          return false
        },
      },
    ],
    final: () => false,
    vocabulary: { isTop },
  }
}

const ring = (size: number) => record({ size: constant(size), at: range(0, size - 1) })
type Ring = ValueOf<ReturnType<typeof ring>>

/** A counter that starts again after `size` steps. */
export function counter(size: number): Model<Ring> {
  return {
    name: `counter-${size}`,
    layout: new Layout(ring(size)),
    init: [{ size, at: 0 }],
    rules: [
      {
        name: 'count',
        effect: (s) => {
          s.at = s.at + 1 === s.size ? 0 : s.at + 1
        },
      },
    ],
    properties: [],
    final: () => false,
  }
}

const blades = (size: number) => record({ pad: list(40, range(0, 3)), at: range(0, size) })
type Fan = ValueOf<ReturnType<typeof blades>>

/** A hub and so many states around it, each one step away and one step back. */
export function fan(size: number): Model<Fan> {
  const to = { values: numbers(size).map((i) => i + 1) }
  return {
    name: `fan-${size}`,
    layout: new Layout(blades(size)),
    init: [{ pad: numbers(40).map((i) => i % 4), at: 0 }],
    ranges: { to },
    rules: [
      {
        name: 'open',
        for: ['to'],
        guard: (s) => s.at === 0,
        effect: (s, i) => {
          s.at = i
        },
      },
      {
        name: 'close',
        guard: (s) => s.at !== 0,
        effect: (s) => {
          s.at = 0
        },
      },
    ],
    properties: [],
    final: () => false,
  }
}

/** Steps of a `graph`. */
//      1 - 3
//    /       \
//  0           5 - 6      and back from 6 to 0
//    \       /
//      2 - 4
export const hexagon = [
  [0, 1],
  [0, 2],
  [1, 3],
  [2, 4],
  [3, 5],
  [4, 5],
  [5, 6],
  [6, 0],
] as const

interface Mixer {
  x: number
  y: number
  by: number
}

/** Two numbers, one with a sign, mixed by operators that act on bits or divide. */
export function mixer(): Model<Mixer> {
  const effects: Record<string, (s: Mixer) => void> = {
    and: (s) => {
      s.x = s.x & s.y & 7
    },
    or: (s) => {
      s.y = Math.max((s.x | s.y) & 3, s.y >> 1)
    },
    exclusiveOr: (s) => {
      s.y = ~(s.y ^ s.x) < -4 ? -4 : Math.min(~(s.y ^ s.x), 4)
    },
    shift: (s) => {
      s.x = (s.x << s.by) & 7
      s.y = s.y >> s.by
    },
    unsigned: (s) => {
      s.x = (s.y >>> 29) & 7
    },
    divide: (s) => {
      s.y = Math.floor(s.y / s.by)
      s.x = (s.x % s.by) + 1
    },
    divideByNegative: (s) => {
      s.y = Math.floor(s.x / (s.y - 8)) + 1
    },
    remainder: (s) => {
      s.y = s.y % (s.by - 4)
      s.by = 1 + (s.by % 3)
    },
  }
  return {
    name: 'mixer',
    layout: new Layout(record({ x: range(0, 7), y: range(-8, 7), by: range(1, 3) })),
    init: [{ x: 5, y: 3, by: 1 }],
    rules: Object.entries(effects).map(([name, effect]) => ({ name, effect })),
    properties: [],
    final: () => true,
  }
}

interface Large {
  x: number
  y: number
}

/** Calculates with numbers that 32 bits do not hold. */
export function large(): Model<Large> {
  const effects: Record<string, (s: Large) => void> = {
    unsigned: (s) => {
      s.x = (s.y >>> 0) % 7
    },
    product: (s) => {
      s.y = Math.floor(((s.x + 1) * 3000000000) / 1000000000) % 8
    },
    difference: (s) => {
      s.y = -2147483648 - s.x - 1 < -2147483648 ? -s.x : s.x
    },
    bitsOfLarge: (s) => {
      const sum = s.x * 4294967296 + s.y
      s.y = ((sum | 0) & 7) - 4
    },
    shiftOfLarge: (s) => {
      s.x = ((s.y * 2147483648) >> 29) & 7
    },
  }
  return {
    name: 'large',
    layout: new Layout(record({ x: range(0, 7), y: range(-8, 7) })),
    init: [{ x: 5, y: -3 }],
    rules: Object.entries(effects).map(([name, effect]) => ({ name, effect })),
    properties: [],
    final: () => true,
  }
}
