/** The heaviest path through a part of a state graph. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type StateGraph, stateGraph, type WorstPath, worstPath } from '../../../checker/index.js'
import { type Graph, graph, twoThreads } from '../../support/small-models.js'

type Edge = readonly [from: number, to: number, weight: number]

/** The graph of some edges, those of its nodes that are inside, and the weight of an action. */
function weighted(edges: readonly Edge[], inside: readonly number[], starts?: readonly number[]) {
  const found = stateGraph(
    graph(
      edges.map(([from, to]) => [from, to]),
      starts,
    ),
  )
  const nodes = Uint8Array.from({ length: found.size }, (_, id) =>
    inside.includes(found.state(id).at) ? 1 : 0,
  )
  return { found, nodes, heaviest: worstPath(found, nodes, (a) => edges[a.parameters[0]][2]) }
}

/** The nodes of the path; `(` where the part begins, `|` where the loop does. */
function shown(found: StateGraph<Graph>, { path }: WorstPath): string | null {
  if (!path) return null
  const nodes = found.traceOf(path).states.map(({ at }) => String(at))
  if (path.loopStart !== undefined) nodes[path.loopStart] = `|${nodes[path.loopStart]}`
  nodes[path.enters] = `(${nodes[path.enters]}`
  return nodes.join(' ')
}

describe('by hand', () => {
  it('of two ways the heavier, with the step that leads out', () => {
    const { found, heaviest } = weighted(
      [
        [0, 1, 9],
        [1, 2, 1],
        [1, 3, 2],
        [2, 4, 3],
        [3, 4, 1],
        [4, 5, 1],
        [5, 6, 9],
      ],
      [1, 2, 3, 4],
    )
    expect(heaviest.weight).toBe(5)
    expect(shown(found, heaviest)).toBe('0 (1 2 4 5')
  })

  it('round and round where a cycle costs something, not where it is free', () => {
    const edges: Edge[] = [
      [0, 1, 1],
      [1, 2, 0],
      [2, 1, 0],
      [2, 3, 4],
      [3, 3, 0],
      [3, 4, 2],
    ]
    const free = weighted(edges, [0, 1, 2, 3])
    expect(free.heaviest.weight).toBe(7)
    expect(shown(free.found, free.heaviest)).toBe('(0 1 2 3 4')
    const [in1, in2, , ...rest] = edges
    const costly = weighted([in1, in2, [2, 1, 1], ...rest], [0, 1, 2, 3])
    expect(costly.heaviest.weight).toBe(Number.POSITIVE_INFINITY)
    expect(shown(costly.found, costly.heaviest)).toBe('(0 1 |2 1 2')
    // A cycle that leaves the part is not gone round within one stay.
    const outside = weighted([...edges, [4, 0, 5]], [0, 1, 2, 3])
    expect(outside.heaviest.weight).toBe(7)
  })

  it('a step to itself that costs something', () => {
    const { found, heaviest } = weighted(
      [
        [0, 1, 0],
        [1, 1, 2],
      ],
      [1],
    )
    expect(heaviest.weight).toBe(Number.POSITIVE_INFINITY)
    expect(shown(found, heaviest)).toBe('0 (|1 1')
  })

  it('nothing to pay, and nobody inside', () => {
    const nothing = weighted([[0, 1, 0]], [0, 1])
    expect(nothing.heaviest).toEqual({ weight: 0, path: { start: 0, edges: [], enters: 0 } })
    expect(weighted([[0, 1, 3]], [7]).heaviest).toEqual({ weight: 0, path: null })
  })

  it('several ways in, the part in two pieces', () => {
    const edges: Edge[] = [
      [0, 1, 1],
      [1, 2, 7],
      [2, 3, 1],
      [3, 4, 3],
      [4, 5, 3],
    ]
    const { found, heaviest } = weighted(edges, [0, 1, 3, 4], [0, 3])
    expect(heaviest.weight).toBe(8)
    expect(shown(found, heaviest)).toBe('(0 1 2')
  })

  it('the states that a step leads from and to may decide', () => {
    const found = stateGraph(twoThreads(3, 4))
    const all = new Uint8Array(found.size).fill(1)
    const first = found.select((s) => s.steps[0] === 3)
    expect(worstPath(found, all, (_, from) => first[from]).weight).toBe(4)
    expect(worstPath(found, all, (_, from, to) => first[to] - first[from]).weight).toBe(1)
    expect(worstPath(found, all, ({ actor }) => (actor === 'b' ? 1 : 0)).weight).toBe(4)
  })

  it.each([-1, Number.NaN])('a weight of %d is refused', (wrong) => {
    const weigh = () => weighted([[0, 1, wrong]], [0])
    expect(weigh).toThrow(RangeError)
    expect(weigh).toThrow('go(0-1) has the weight')
  })
})

/** The largest sum, by adding one step after the other until nothing grows, or it never ends. */
function largestSum(edges: readonly Edge[], inside: readonly number[], reached: readonly number[]) {
  const most = Array(10).fill(0)
  const add = () =>
    edges.filter(([from, to, weight]) => {
      if (!inside.includes(from)) return false
      const sum = weight + (inside.includes(to) ? most[to] : 0)
      if (sum <= most[from]) return false
      most[from] = sum
      return true
    }).length > 0
  // A path without a cycle has at most nine steps inside and one more.
  for (let round = 0; round < 11; round++) if (!add()) break
  for (let round = 0; round < 11; round++) {
    const before = [...most]
    add()
    edges.forEach(([from, to]) => {
      const grows = most[from] > before[from] || (inside.includes(to) && most[to] === Infinity)
      if (inside.includes(from) && grows) most[from] = Infinity
    })
  }
  return Math.max(0, ...inside.filter((node) => reached.includes(node)).map((node) => most[node]))
}

const RUNS = Number(process.env.RANDOM_GRAPHS ?? 300)

it(`${RUNS} random graphs`, () => {
  const node = fc.nat(9)
  const seen = { finite: 0, infinite: 0, zero: 0 }
  const texts = fc.record({
    edges: fc.uniqueArray(fc.tuple(node, node, fc.constantFrom(0, 0, 1, 2, 5)), {
      minLength: 1,
      maxLength: 18,
      size: 'max',
      selector: ([from, to]) => `${from}-${to}`,
    }),
    inside: fc.uniqueArray(node, { maxLength: 10, size: 'max' }),
  })
  fc.assert(
    fc.property(texts, ({ edges, inside }) => {
      const { found, nodes, heaviest } = weighted(edges, inside)
      const reached = Array.from({ length: found.size }, (_, id) => found.state(id).at)
      const { weight, path } = heaviest
      expect(weight).toBe(largestSum(edges, inside, reached))
      seen[weight === 0 ? 'zero' : weight === Infinity ? 'infinite' : 'finite']++
      expect(path === null).toBe(!nodes.includes(1))
      if (!path) return
      // The path is one, its steps inside begin inside, and it is as heavy as is said.
      const { schedule, states } = found.traceOf(path)
      const weights = schedule.map((label, i) => {
        const step = edges.find(([from, to]) => label === `go(${from}-${to})`)
        expect(step?.slice(0, 2)).toEqual([states[i].at, states[i + 1].at])
        if (i >= path.enters) expect(inside).toContain(states[i].at)
        return step?.[2] ?? Number.NaN
      })
      expect(states[0].at).toBe(0)
      expect(inside).toContain(states[path.enters].at)
      const sum = (from: number) => weights.slice(from).reduce((x, y) => x + y, 0)
      if (path.loopStart === undefined) expect(sum(path.enters)).toBe(weight)
      else {
        expect(weight).toBe(Infinity)
        expect(sum(path.loopStart)).toBeGreaterThan(0)
        expect(states[states.length - 1]).toEqual(states[path.loopStart])
      }
    }),
    { numRuns: RUNS },
  )
  for (const [kind, times] of Object.entries(seen))
    expect([kind, times > RUNS / 20]).toEqual([kind, true])
}, 60_000)
