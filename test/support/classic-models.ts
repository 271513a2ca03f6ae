/**
 * Models of the kinds that public benchmark sets have, each with a size known without any checker:
 * mutual exclusion with queues in arrays, puzzles, wrap-around arithmetic on bytes, processes of
 * different length, long state vectors. Written as a user would, on `forkcheck/checker`.
 */
import type { Domain, Model, Property, Rule } from '../../checker/index.js'
import { constant, flag, Layout, list, oneOf, range, record } from '../../checker/index.js'

export const numbers = (count: number) => Array.from({ length: count }, (_, i) => i)
const byte = range(0, 255)

/** Mutual exclusion. */
function oneInside<S>(holds: (s: S) => boolean): Property<S> {
  return { name: 'oneInside', kind: 'always', says: 'At most one thread is inside.', holds }
}

/** A model that starts in one state, of which nothing is asked. */
function model<S>(
  name: string,
  domain: Domain<S>,
  start: S,
  rules: readonly Rule<S>[],
  rest: Partial<Model<S>> = {},
): Model<S> {
  const nothing = { properties: [], final: () => true }
  return { name, layout: new Layout(domain), init: [start], rules, ...nothing, ...rest }
}

interface Scheduler {
  size: number
  at: number
  phase: 'start' | 'pass'
  busy: boolean[]
}

/**
 * Milner's cyclic scheduler: tasks are started in turn, each only when it has ended, and end in any
 * order. Where the turn is, whether its task has been started, and any set of tasks that run:
 * N * 2^(N+1) states.
 */
export function scheduler(size: number): Model<Scheduler> {
  const domain = record<Scheduler>({
    size: constant(size),
    at: range(0, size - 1),
    phase: oneOf('start', 'pass'),
    busy: list(size, flag()),
  })
  const start: Scheduler = { size, at: 0, phase: 'start', busy: numbers(size).map(() => false) }
  return model(
    `scheduler-${size}`,
    domain,
    start,
    [
      {
        name: 'start',
        guard: (s) => s.phase === 'start' && !s.busy[s.at],
        effect: (s) => {
          s.busy[s.at] = true
          s.phase = 'pass'
        },
      },
      {
        name: 'pass',
        guard: (s) => s.phase === 'pass',
        effect: (s) => {
          s.at = (s.at + 1) % s.size
          s.phase = 'start'
        },
      },
      {
        name: 'end',
        for: ['task'],
        guard: (s, i) => s.busy[i],
        effect: (s, i) => {
          s.busy[i] = false
        },
      },
    ],
    { ranges: { task: { values: numbers(size) } } },
  )
}

interface Queue {
  size: number
  /** The ticket that is given out next. */
  next: number
  /** Whose ticket this is may go in. */
  open: boolean[]
  thread: { pc: 'idle' | 'waiting' | 'inside'; ticket: number }[]
}

/**
 * Anderson's lock: a ring of flags, each waiting thread looks at its own. Where the ring begins, and
 * who stands in the queue in which order, the first of them inside or not:
 * N * (1 + the sum over K from 1 to N of 2 * N! / (N - K)!) states.
 */
export function queueLock(size: number): Model<Queue> {
  const domain = record<Queue>({
    size: constant(size),
    next: range(0, size - 1),
    open: list(size, flag()),
    thread: list(
      size,
      record({ pc: oneOf('idle', 'waiting', 'inside'), ticket: range(0, size - 1) }),
    ),
  })
  const start: Queue = {
    size,
    next: 0,
    open: numbers(size).map((i) => i === 0),
    thread: numbers(size).map(() => ({ pc: 'idle', ticket: 0 })),
  }
  return model(
    `queue-lock-${size}`,
    domain,
    start,
    [
      {
        name: 'queue',
        for: ['thread'],
        guard: (s, t) => s.thread[t].pc === 'idle',
        effect: (s, t) => {
          s.thread[t].ticket = s.next
          s.next = (s.next + 1) % s.size
          s.thread[t].pc = 'waiting'
        },
      },
      {
        name: 'enter',
        for: ['thread'],
        guard: (s, t) => s.thread[t].pc === 'waiting' && s.open[s.thread[t].ticket],
        effect: (s, t) => {
          s.thread[t].pc = 'inside'
        },
      },
      {
        name: 'leave',
        for: ['thread'],
        guard: (s, t) => s.thread[t].pc === 'inside',
        effect: (s, t) => {
          s.open[s.thread[t].ticket] = false
          s.open[(s.thread[t].ticket + 1) % s.size] = true
          s.thread[t].ticket = 0
          s.thread[t].pc = 'idle'
        },
      },
    ],
    {
      ranges: { thread: { values: numbers(size), actor: true } },
      properties: [
        oneInside((s) => {
          let inside = 0
          for (const thread of s.thread) if (thread.pc === 'inside') inside++
          return inside < 2
        }),
      ],
    },
  )
}

interface Filter {
  size: number
  level: number[]
  last: number[]
  pc: ('idle' | 'raise' | 'yield' | 'wait' | 'inside')[]
}

/**
 * Peterson's lock for N threads: N - 1 levels, on each of which the last one to come waits. Looking
 * at all others is one step here.
 */
export function peterson(size: number): Model<Filter> {
  const domain = record<Filter>({
    size: constant(size),
    level: list(size, range(0, size - 1)),
    last: list(size, range(0, size - 1)),
    pc: list(size, oneOf('idle', 'raise', 'yield', 'wait', 'inside')),
  })
  const zeros = numbers(size).map(() => 0)
  const start: Filter = { size, level: zeros, last: zeros, pc: zeros.map(() => 'idle') }
  const anotherIsAsFar = (s: Filter, t: number) => {
    for (let other = 0; other < s.size; other++)
      if (other !== t && s.level[other] >= s.level[t]) return true
    return false
  }
  return model(
    `peterson-${size}`,
    domain,
    start,
    [
      {
        name: 'ask',
        for: ['thread'],
        guard: (s, t) => s.pc[t] === 'idle',
        effect: (s, t) => {
          s.pc[t] = 'raise'
        },
      },
      {
        name: 'raise',
        for: ['thread'],
        guard: (s, t) => s.pc[t] === 'raise',
        effect: (s, t) => {
          s.level[t]++
          s.pc[t] = 'yield'
        },
      },
      {
        name: 'yield',
        for: ['thread'],
        guard: (s, t) => s.pc[t] === 'yield',
        effect: (s, t) => {
          s.last[s.level[t]] = t
          s.pc[t] = 'wait'
        },
      },
      {
        name: 'go',
        for: ['thread'],
        guard: (s, t) => s.pc[t] === 'wait' && (s.last[s.level[t]] !== t || !anotherIsAsFar(s, t)),
        effect: (s, t) => {
          s.pc[t] = s.level[t] === s.size - 1 ? 'inside' : 'raise'
        },
      },
      {
        name: 'leave',
        for: ['thread'],
        guard: (s, t) => s.pc[t] === 'inside',
        effect: (s, t) => {
          s.level[t] = 0
          s.pc[t] = 'idle'
        },
      },
    ],
    {
      ranges: { thread: { values: numbers(size), actor: true } },
      vocabulary: { anotherIsAsFar },
      properties: [
        oneInside((s) => {
          let inside = 0
          for (const pc of s.pc) if (pc === 'inside') inside++
          return inside < 2
        }),
      ],
    },
  )
}

interface Puzzle {
  tile: number[]
  blank: number
}

/** The sliding puzzle of 3 by 3: half of the 9! arrangements. */
export function puzzle(): Model<Puzzle> {
  const domain = record<Puzzle>({ tile: list(9, range(0, 8)), blank: range(0, 8) })
  return model(
    'puzzle',
    domain,
    { tile: numbers(9), blank: 0 },
    [
      {
        name: 'move',
        for: ['by'],
        guard: (s, by) =>
          s.blank + by >= 0 &&
          s.blank + by <= 8 &&
          (by === 3 || by === -3 || Math.floor(s.blank / 3) === Math.floor((s.blank + by) / 3)),
        effect: (s, by) => {
          s.tile[s.blank] = s.tile[s.blank + by]
          s.blank += by
          s.tile[s.blank] = 0
        },
      },
    ],
    { ranges: { by: { values: [-3, -1, 1, 3], labels: ['up', 'left', 'right', 'down'] } } },
  )
}

interface Row {
  at: number[]
}

/** A row that neighbours in are swapped: N! arrangements, each as far as it has inversions. */
export function swaps(size: number): Model<Row> {
  return model(
    `swaps-${size}`,
    record<Row>({ at: list(size, range(0, size - 1)) }),
    { at: numbers(size) },
    [
      {
        name: 'swap',
        for: ['place'],
        effect: (s, i) => {
          const first = s.at[i]
          s.at[i] = s.at[i + 1]
          s.at[i + 1] = first
        },
      },
    ],
    { ranges: { place: { values: numbers(size - 1) } } },
  )
}

interface Jugs {
  size: readonly number[]
  has: number[]
}

/** Two jugs, filled, emptied and poured into each other: one of them is full or empty. */
export function jugs(first: number, second: number): Model<Jugs> {
  const size = [first, second]
  return model(
    `jugs-${first}-${second}`,
    record<Jugs>({ size: constant(size), has: list(2, range(0, Math.max(first, second))) }),
    { size, has: [0, 0] },
    [
      {
        name: 'fill',
        for: ['jug'],
        effect: (s, i) => {
          s.has[i] = s.size[i]
        },
      },
      {
        name: 'empty',
        for: ['jug'],
        effect: (s, i) => {
          s.has[i] = 0
        },
      },
      {
        name: 'pour',
        for: ['jug'],
        effect: (s, i) => {
          const poured = Math.min(s.has[i], s.size[1 - i] - s.has[1 - i])
          s.has[i] -= poured
          s.has[1 - i] += poured
        },
      },
    ],
    { ranges: { jug: { values: [0, 1] } } },
  )
}

interface River {
  /** On the bank where all begin. */
  missionaries: number
  cannibals: number
  boat: 'here' | 'there'
}

/** Three missionaries, three cannibals, a boat for two: 16 states, over in 11 crossings. */
export function river(): Model<River> {
  const isSafe = (missionaries: number, cannibals: number) =>
    (missionaries === 0 || missionaries >= cannibals) &&
    (missionaries === 3 || 3 - missionaries >= 3 - cannibals)
  return model(
    'river',
    record<River>({
      missionaries: range(0, 3),
      cannibals: range(0, 3),
      boat: oneOf('here', 'there'),
    }),
    { missionaries: 3, cannibals: 3, boat: 'here' },
    [
      {
        name: 'leave',
        for: ['missionaries', 'cannibals'],
        guard: (s, m, c) =>
          s.boat === 'here' &&
          m + c >= 1 &&
          m + c <= 2 &&
          s.missionaries >= m &&
          s.cannibals >= c &&
          isSafe(s.missionaries - m, s.cannibals - c),
        effect: (s, m, c) => {
          s.missionaries -= m
          s.cannibals -= c
          s.boat = 'there'
        },
      },
      {
        name: 'return',
        for: ['missionaries', 'cannibals'],
        guard: (s, m, c) =>
          s.boat === 'there' &&
          m + c >= 1 &&
          m + c <= 2 &&
          s.missionaries + m <= 3 &&
          s.cannibals + c <= 3 &&
          isSafe(s.missionaries + m, s.cannibals + c),
        effect: (s, m, c) => {
          s.missionaries += m
          s.cannibals += c
          s.boat = 'here'
        },
      },
    ],
    {
      ranges: { missionaries: { values: [0, 1, 2] }, cannibals: { values: [0, 1, 2] } },
      vocabulary: { isSafe },
      properties: [
        {
          name: 'somebodyIsHere',
          kind: 'always',
          says: 'Somebody is on this bank.',
          holds: (s) => s.missionaries + s.cannibals > 0,
        },
      ],
    },
  )
}

interface Queens {
  size: number
  rows: number
  column: number[]
}

/** Queens on a board, row by row: all ways to begin. */
export function queens(size: number): Model<Queens> {
  const isAttacked = (s: Queens, column: number) => {
    for (let row = 0; row < s.rows; row++) {
      const apart = s.column[row] - column
      if (apart === 0 || apart === s.rows - row || apart === row - s.rows) return true
    }
    return false
  }
  return model(
    `queens-${size}`,
    record<Queens>({
      size: constant(size),
      rows: range(0, size),
      column: list(size, range(0, size - 1)),
    }),
    { size, rows: 0, column: numbers(size).map(() => 0) },
    [
      {
        name: 'place',
        for: ['column'],
        guard: (s, column) => s.rows < s.size && !isAttacked(s, column),
        effect: (s, column) => {
          s.column[s.rows] = column
          s.rows++
        },
      },
    ],
    { ranges: { column: { values: numbers(size) } }, vocabulary: { isAttacked } },
  )
}

interface Bytes {
  byte: number[]
}

/** Bytes that go up and down and wrap around: one by 5x + 3, which meets all values. */
export function bytes(): Model<Bytes> {
  return model('bytes', record<Bytes>({ byte: list(2, byte) }), { byte: [0, 0] }, [
    {
      name: 'scramble',
      effect: (s) => {
        s.byte[0] = (5 * s.byte[0] + 3) % 256
      },
    },
    {
      name: 'goDown',
      effect: (s) => {
        s.byte[1] = (s.byte[1] + 255) % 256
      },
    },
  ])
}

interface Programs {
  steps: readonly number[]
  pc: number[]
}

/** Threads of these many steps that never meet: the product of their places. */
export function threads(steps: readonly number[]): Model<Programs> {
  return model(
    `threads-${steps.join('-')}`,
    record<Programs>({
      steps: constant(steps),
      pc: list(steps.length, range(0, Math.max(...steps))),
    }),
    { steps, pc: steps.map(() => 0) },
    [
      {
        name: 'step',
        for: ['thread'],
        guard: (s, t) => s.pc[t] < s.steps[t],
        effect: (s, t) => {
          s.pc[t]++
        },
      },
    ],
    { ranges: { thread: { values: numbers(steps.length), actor: true } } },
  )
}

interface Paper {
  half: number
  written: number[]
  line: number[]
}

/** Two pens, each of which fills its half of a long line of bytes: (half + 1)^2 states. */
export function pens(half: number): Model<Paper> {
  return model(
    `pens-${half}`,
    record<Paper>({
      half: constant(half),
      written: list(2, range(0, half)),
      line: list(2 * half, byte),
    }),
    { half, written: [0, 0], line: numbers(2 * half).map(() => 0) },
    [
      {
        name: 'write',
        for: ['pen'],
        guard: (s, pen) => s.written[pen] < s.half,
        effect: (s, pen) => {
          s.line[pen * s.half + s.written[pen]] = (7 * s.written[pen] + pen + 1) % 256
          s.written[pen]++
        },
      },
    ],
    { ranges: { pen: { values: [0, 1], labels: ['left', 'right'], actor: true } } },
  )
}
