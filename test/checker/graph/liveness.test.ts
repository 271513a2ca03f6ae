/** `eventually` under weak fairness. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findLasso } from '../../../checker/graph/liveness.js'
import {
  check,
  constant,
  Layout,
  type Model,
  ModelError,
  type Property,
  range,
  record,
  Search,
  type Trace,
} from '../../../checker/index.js'
import {
  isViolated,
  type SlowGraph,
  type Step,
  shortestLasso,
} from '../../support/slow-liveness.js'
import { counter, followEdge, type Graph } from '../../support/small-models.js'

/** An edge and the group it belongs to; none: it is never forced. */
type Edge = readonly [from: number, to: number, group?: string]

/** A graph of up to 20 nodes whose steps are called `go(0-1)`. */
function live(
  edges: readonly Edge[],
  goal: readonly number[],
  asked?: readonly number[],
  starts: readonly number[] = [0],
): Model<Graph> {
  const [from, to] = [edges.map((edge) => edge[0]), edges.map((edge) => edge[1])]
  const among = (nodes: readonly number[]) =>
    new Function(`return (s) => ${nodes.map((n) => `s.at === ${n}`).join(' || ') || 'false'}`)()
  const property: Property<Graph> = {
    name: 'arrives',
    kind: 'eventually',
    says: 'Sooner or later it is there.',
    holds: among(goal),
    ...(asked ? { from: among(asked) } : {}),
    explain: (s) => `still at ${s.at}`,
  }
  return {
    name: 'live',
    layout: new Layout(record({ at: range(0, 19), from: constant(from), to: constant(to) })),
    init: starts.map((at) => ({ at, from, to })),
    ranges: {
      edge: { values: edges.map((_, i) => i), labels: edges.map(([x, y], i) => `${x}-${y}#${i}`) },
    },
    rules: [followEdge],
    fairness: ({ parameters: [edge] }) => edges[edge][2] ?? null,
    properties: [property],
    final: () => true,
  }
}

const slow = (
  edges: readonly Edge[],
  goal: readonly number[],
  asked: readonly number[] | undefined,
  starts: readonly number[],
): SlowGraph => {
  const nodes = Array.from({ length: 20 }, (_, i) => i)
  return {
    starts,
    steps: edges.map(([from, to, group = null]): Step => ({ from, to, group })),
    from: nodes.map((n) => asked?.includes(n) ?? true),
    holds: nodes.map((n) => goal.includes(n)),
  }
}

/** Nodes of the counterexample, `|` before those of the loop: `0 1 | 2 3`; null when it holds. */
function lasso(model: Model<Graph>): string | null {
  const { counterexamples, properties } = check(model)
  const [found] = counterexamples
  expect(properties[0].verdict).toBe(found ? 'violated' : 'holds')
  return found ? shown(found.trace) : null
}

function shown({ states, loopStart }: Trace<Graph>): string {
  const nodes = states.map(({ at }) => at)
  return [...nodes.slice(0, loopStart), '|', ...nodes.slice(loopStart)].join(' ')
}

/** All that makes a lasso a violation, seen on the graph itself. */
function expectLasso(graph: SlowGraph, edges: readonly Edge[], trace: Trace<Graph>): void {
  const { schedule, states, loopStart = -1 } = trace
  const nodes = states.map(({ at }) => at)
  const taken = schedule.map((label) => Number(/#(\d+)/.exec(label)?.[1]))
  expect(graph.starts).toContain(nodes[0])
  taken.forEach((edge, i) => {
    expect([nodes[i], nodes[i + 1]]).toEqual(edges[edge].slice(0, 2))
  })
  expect(nodes[nodes.length - 1]).toBe(nodes[loopStart])
  const since = nodes.findLastIndex((node) => graph.holds[node]) + 1
  expect(since).toBeLessThanOrEqual(loopStart)
  expect(nodes.slice(since).some((node) => graph.from[node])).toBe(true)
  const loop = nodes.slice(loopStart)
  const groups = new Set(graph.steps.flatMap(({ group }) => (group === null ? [] : [group])))
  for (const group of groups) {
    const isIdle = loop.some((n) => !graph.steps.some((s) => s.from === n && s.group === group))
    const isTaken = taken.slice(loopStart).some((edge) => edges[edge][2] === group)
    expect([group, isIdle || isTaken]).toEqual([group, true])
  }
}

describe('by hand', () => {
  it('a run to the end meets it or does not', () => {
    expect(lasso(live([[0, 1, 'a']], [1]))).toBeNull()
    expect(lasso(live([[0, 1, 'a']], [2]))).toBe('0 | 1')
  })

  it('a dead end without it violates, final or not', () => {
    const model = live([[0, 1, 'a']], [])
    for (const isFinal of [true, false]) {
      const search = check({ ...model, final: () => isFinal }, { continue: true })
      const found = search.counterexamples.find((c) => c.property === 'arrives')
      expect(found && shown(found.trace)).toBe('0 | 1')
      expect(found?.trace.schedule).toHaveLength(1)
      expect(found?.explanation).toBe('still at 1')
    }
  })

  it('a loop that another group must end is no run', () => {
    const spin: Edge[] = [
      [0, 0, 'spinner'],
      [0, 1, 'other'],
    ]
    expect(lasso(live(spin, [1]))).toBeNull()
    expect(lasso(live([spin[0], [0, 1]], [1]))).toBe('| 0 0')
    // Enabled now and then only: it may be put off for ever.
    expect(lasso(live([[0, 2, 'spinner'], [2, 0, 'spinner'], spin[1]], [1]))).toBe('| 0 2 0')
  })

  it('what is asked for at one place only', () => {
    const edges: Edge[] = [
      [0, 1, 'a'],
      [1, 2, 'a'],
      [2, 1, 'a'],
      [1, 3, 'b'],
      [3, 0, 'a'],
    ]
    expect(lasso(live(edges, [3]))).toBe('0 | 1 2 1')
    expect(lasso(live(edges, [2], [0]))).toBe('| 0 1 3 0')
    expect(lasso(live(edges, [0], [3]))).toBeNull()
    expect(lasso(live(edges, [1], [1]))).toBeNull()
    expect(check(live(edges, [1], [7])).properties[0].verdict).toBe('unreached')
  })

  it('asked for and never asked: a failure only where it is required', () => {
    const model = live([[0, 1, 'a']], [1], [7])
    expect(check(model).verdict).toBe('holds')
    const [property] = model.properties
    const required = { ...model, properties: [{ ...property, required: true }] }
    expect(check(required).verdict).toBe('violated')
  })

  it('by default every actor is a group', () => {
    const model = live(
      [
        [0, 0],
        [0, 1],
      ],
      [1],
    )
    const { fairness, ...rest } = model
    // Each edge is an actor of its own.
    expect(check(model).verdict).toBe('violated')
    expect(check(rest).verdict).toBe('holds')
  })

  it('several initial states, and a way that leads through the goal', () => {
    const edges: Edge[] = [
      [0, 1, 'a'],
      [1, 2, 'a'],
      [2, 2, 'a'],
      [3, 4, 'a'],
      [4, 4, 'a'],
    ]
    expect(lasso(live(edges, [1], undefined, [0, 3]))).toBe('3 | 4 4')
    expect(lasso(live(edges, [1, 4], undefined, [0, 3]))).toBe('0 1 | 2 2')
    expect(lasso(live(edges, [1, 4], [0], [0, 3]))).toBeNull()
  })

  it('more groups than bits in a word', () => {
    const many = (last: string): Edge[] => [
      ...Array.from({ length: 40 }, (_, i): Edge => [0, 0, `g${i}`]),
      [0, 1, last],
    ]
    expect(lasso(live(many('g40'), [1]))).toBeNull()
    const found = lasso(live(many('g39'), [1]))
    expect(found).toBe(`| ${Array(41).fill(0).join(' ')}`)
  })

  it('a loop of 20,000 steps', () => {
    const model = counter(20_000)
    const never = { name: 'never', kind: 'eventually', says: 'It is beyond.' } as const
    const holds = (s: { at: number; size: number }) => s.at > s.size
    const [found] = check({ ...model, properties: [{ ...never, holds }] }).counterexamples
    expect([found.trace.loopStart, found.trace.schedule.length]).toEqual([0, 20_000])
  })

  it('the states and steps counted are those of a search without it', () => {
    const model = live(
      [
        [0, 1, 'a'],
        [1, 2, 'b'],
        [2, 0, 'a'],
        [1, 1],
      ],
      [1],
    )
    const { counterexamples, properties, verdict, bytesPerState, hashLoad, ...counts } =
      check(model)
    const without = check({ ...model, properties: [] })
    expect(without).toMatchObject(counts)
  })

  it('is not claimed where not everything was seen', () => {
    const model = live(
      [
        [0, 1, 'a'],
        [1, 2, 'a'],
      ],
      [1],
    )
    const limited = check(model, { maxStates: 2 })
    expect(limited.properties[0].verdict).toBe('unchecked')
    expect(limited.verdict).toBe('incomplete')
    const unasked = check(model, { properties: ['noDeadlock'] })
    expect(unasked.properties[0].verdict).toBe('unchecked')
    const search = new Search(model)
    search.advance(1)
    expect(search.graph()).toBeNull()
    expect(search.result().properties[0].verdict).toBe('unchecked')
    const failing = {
      ...model,
      rules: [
        ...model.rules,
        {
          name: 'fails',
          effect: (s: Graph) => {
            s.at = 20
          },
        },
      ],
    }
    expect(check(failing, { continue: true }).properties[0].verdict).toBe('unchecked')
  })

  it('without `continue` the first violated property ends it; with it all are looked at', () => {
    const model = live([[0, 1, 'a']], [])
    const [property] = model.properties
    const two = { ...model, properties: [property, { ...property, name: 'again' }] }
    const verdicts = (options: object) => check(two, options).properties.map((p) => p.verdict)
    expect(verdicts({}).slice(0, 2)).toEqual(['violated', 'unchecked'])
    expect(verdicts({ continue: true }).slice(0, 2)).toEqual(['violated', 'violated'])
  })
})

describe('where other checkers have been wrong', () => {
  it('TLC 201: a step of the group that leaves the component does not serve it', () => {
    // Between 0 and 1 the group `b` is always enabled, and each of its steps leads away.
    const edges: Edge[] = [
      [0, 1, 'a'],
      [1, 0, 'a'],
      [0, 2, 'b'],
      [1, 2, 'b'],
      [2, 3, 'b'],
      [3, 3, 'a'],
    ]
    expect(lasso(live(edges, [2, 3]))).toBeNull()
    // Taken from outside it, nor.
    const aside: Edge[] = [...edges, [4, 0, 'b']]
    expect(lasso(live(aside, [2, 3], [1], [4]))).toBeNull()
    // A step that stays does.
    expect(lasso(live([...edges, [0, 0, 'b']], [2, 3]))).toBe('| 0 1 0 0')
  })

  it('TLC 971, 570: the same answer however the search is cut into pieces', () => {
    const ring = Array.from({ length: 19 }, (_, i): Edge => [i, (i + 1) % 19, i % 2 ? 'a' : 'b'])
    const model = live([...ring, [5, 2], [9, 9, 'c']], [19])
    const whole = check(model)
    for (const slice of [1, 2, 7]) {
      const search = new Search(model)
      while (!search.advance(slice));
      const { bytesPerState, hashLoad, ...result } = search.result()
      expect(whole).toMatchObject(result)
    }
  })

  it('TLC 1348: a path that fairness makes go on is no violation', () => {
    const edges: Edge[] = [
      [0, 1, 'a'],
      [1, 2, 'a'],
      [2, 3, 'a'],
    ]
    expect(lasso(live(edges, [3]))).toBeNull()
    expect(lasso(live([...edges.slice(0, 2), [2, 3]], [3]))).toBe('0 1 | 2')
  })

  it('TLC 710: the nearest run is shown, not that of the component found first', () => {
    // Depth first, the loop of 5 is met before those of 2 and of 1.
    const edges: Edge[] = [
      [0, 3, 'a'],
      [3, 4, 'a'],
      [4, 5, 'a'],
      [5, 5, 'a'],
      [0, 1, 'a'],
      [1, 1, 'a'],
      [0, 2, 'a'],
      [2, 2, 'a'],
    ]
    expect(lasso(live(edges, [19]))).toBe('0 | 1 1')
  })

  it('TLC 1440: what cannot be evaluated is an error, never a success', () => {
    const model = live(
      [
        [0, 1, 'a'],
        [1, 2, 'a'],
      ],
      [2],
    )
    const [property] = model.properties
    const fails = (s: Graph) => s.from[s.at] >= 0
    for (const part of ['holds', 'from'] as const) {
      const wrong = { ...model, properties: [{ ...property, [part]: fails }] }
      expect(() => check(wrong)).toThrow(ModelError)
      expect(() => check(wrong)).toThrow(/property arrives cannot be evaluated .* go\(0-1#0\)/)
    }
  })

  it('TLC 871 and a checker that forgot to do nothing: an action that is not fair is not forced', () => {
    expect(lasso(live([[0, 1]], [1]))).toBe('| 0')
    expect(
      lasso(
        live(
          [
            [0, 1, 'a'],
            [1, 2],
          ],
          [2],
        ),
      ),
    ).toBe('0 | 1')
  })

  it('Spin 6.2.4: a fair cycle in which groups are idle in turns', () => {
    // `a` is enabled in 0 and 1, `b` in 1 and 2, `c` in 2 and 0: none in all three.
    const edges: Edge[] = [
      [0, 1, 'go'],
      [1, 2, 'go'],
      [2, 0, 'go'],
      [0, 9, 'a'],
      [1, 9, 'a'],
      [1, 9, 'b'],
      [2, 9, 'b'],
      [2, 9, 'c'],
      [0, 9, 'c'],
    ]
    expect(lasso(live(edges, [9]))).toBe('| 0 1 2 0')
    expect(lasso(live([...edges, [2, 9, 'a']], [9]))).toBeNull()
  })

  it('tla-rs 64: a component is not a cycle: every step of the loop is a step', () => {
    // A figure of eight: both halves have to be gone through, by way of 0.
    const edges: Edge[] = [
      [0, 1, 'a'],
      [1, 0, 'a'],
      [0, 2, 'b'],
      [2, 0, 'b'],
      [1, 9, 'c'],
      [0, 9, 'c'],
    ]
    const model = live([...edges, [2, 9, 'b'], [1, 9, 'b']], [9])
    const [{ trace }] = check(model).counterexamples
    expectLasso(
      slow([...edges, [2, 9, 'b'], [1, 9, 'b']], [9], undefined, [0]),
      [...edges, [2, 9, 'b'], [1, 9, 'b']],
      trace,
    )
    expect(trace.schedule.length).toBe(2)
  })
})

/** A graph of so many nodes, with steps of so many groups. */
const graphs = (nodes: number, groups: number, most: number) => {
  const node = fc.nat(nodes - 1)
  const group = fc.nat(groups).map((i) => (i === groups ? undefined : String.fromCharCode(97 + i)))
  return fc.record({
    edges: fc.array(fc.tuple(node, node, group), {
      minLength: 2,
      maxLength: most,
      size: 'max',
    }) as fc.Arbitrary<Edge[]>,
    goal: fc.uniqueArray(node, { maxLength: 3 }),
    asked: fc.option(fc.uniqueArray(node, { maxLength: 4 }), { nil: undefined }),
    starts: fc.uniqueArray(node, { minLength: 1, maxLength: 2 }),
  })
}

/** What became of many graphs: each outcome must have been seen. */
class Seen {
  private readonly times = { holds: 0, violated: 0, loops: 0, stutters: 0, stems: 0 }

  take(trace: Pick<Trace<Graph>, 'schedule' | 'loopStart'> | null): void {
    this.times[trace ? 'violated' : 'holds']++
    if (!trace) return
    const { schedule, loopStart = -1 } = trace
    this.times[loopStart < schedule.length ? 'loops' : 'stutters']++
    if (loopStart > 0) this.times.stems++
  }

  expectAll(runs: number): void {
    for (const [kind, times] of Object.entries(this.times))
      expect([kind, times > runs / 25]).toEqual([kind, true])
  }
}

const RUNS = Number(process.env.RANDOM_GRAPHS ?? 1000)

it(`${RUNS} random graphs: violated exactly when sets of states say so, by the shortest run`, () => {
  const seen = new Seen()
  const looksAtAll = fc.property(graphs(10, 4, 28), ({ edges, goal, asked, starts }) => {
    const graph = slow(edges, goal, asked, starts)
    const found = lassoOf(graph, edges)
    expect(found !== null).toBe(isViolated(graph))
    seen.take(found)
    if (!found) return
    expectLasso(graph, edges, found)
    expect(found.schedule.length).toBe(shortestLasso(graph))
  })
  fc.assert(looksAtAll, { numRuns: RUNS })
  seen.expectAll(RUNS)
}, 120_000)

it('random graphs as models', () => {
  const seen = new Seen()
  const asModels = fc.property(graphs(7, 3, 16), ({ edges, goal, asked, starts }) => {
    const graph = slow(edges, goal, asked, starts)
    const { counterexamples, interpreted } = check(live(edges, goal, asked, starts))
    const found = counterexamples[0]?.trace ?? null
    expect(found !== null).toBe(isViolated(graph))
    expect(interpreted).toEqual([])
    seen.take(found)
    if (found) expectLasso(graph, edges, found)
  })
  fc.assert(asModels, { numRuns: 200 })
  seen.expectAll(200)
}, 120_000)

/** What the engine finds in a graph, without a model: states by distance, edges in rows. */
function lassoOf(graph: SlowGraph, edges: readonly Edge[]): Trace<Graph> | null {
  const order = [...new Set(graph.starts)]
  const levelEnds: number[] = []
  for (let begin = 0; begin < order.length; begin = levelEnds[levelEnds.length - 1]) {
    levelEnds.push(order.length)
    for (const node of order.slice(begin))
      for (const [from, to] of edges) if (from === node && !order.includes(to)) order.push(to)
  }
  const rows = order.map((node) => edges.flatMap(([from], i) => (from === node ? [i] : [])))
  const labels = rows.flat()
  const offsets = Int32Array.from([0, ...rows].map((_, i) => rows.slice(0, i).flat().length))
  const targets = Int32Array.from(labels, (edge) => order.indexOf(edges[edge][1]))
  const names = [...new Set(edges.flatMap(([, , group]) => group ?? []))]
  const groupOf = Int32Array.from(edges, ([, , group]) => names.indexOf(group ?? ''))
  const bits = (by: readonly boolean[]) => Uint8Array.from(order, (node) => (by[node] ? 1 : 0))
  const found = findLasso(
    { offsets, targets, labels: Int32Array.from(labels) },
    levelEnds,
    { groups: names.length, groupOf },
    { from: bits(graph.from), holds: bits(graph.holds) },
  )
  if (!found) return null
  // The way to where it begins: any shortest one.
  const way: number[] = []
  for (let at = found.start; !graph.starts.includes(order[at]); ) {
    const edge = targets.indexOf(at)
    way.unshift(labels[edge])
    at = offsets.findLastIndex((offset) => offset <= edge)
  }
  const taken = [...way, ...found.edges.map((edge) => labels[edge])]
  const first = taken.length > 0 ? edges[taken[0]][0] : order[found.start]
  const nodes = [first, ...taken.map((edge) => edges[edge][1])]
  return {
    schedule: taken.map((edge) => `#${edge}`),
    states: nodes.map((at) => ({ at, from: [], to: [] })),
    loopStart: way.length + found.loopStart,
  }
}
