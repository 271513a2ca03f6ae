/** The stored state graph, what can be asked of it, and its digest. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  check,
  Layout,
  type Model,
  ModelError,
  oneOf,
  range,
  record,
  type StateGraph,
  stateGraph,
} from '../../../checker/index.js'
import { plainGraph } from '../../support/plain-graph.js'
import { modelOf, modelTexts } from '../../support/random-models.js'
import { counter, diners, type Graph, graph, twoThreads } from '../../support/small-models.js'

const RUNS = Number(process.env.RANDOM_MODELS ?? 150)

/** Initial states and steps of a model as text; null when a rule fails. */
function plain<S>(model: Model<S>): { starts: Set<string>; steps: Set<string> } | null {
  const graph = plainGraph(model)
  if (!graph) return null
  const texts = graph.states.map((state) => JSON.stringify(state))
  return {
    starts: new Set(texts.slice(0, graph.starts)),
    steps: new Set(graph.steps.map((s) => `${texts[s.from]} ${s.action.label} ${texts[s.to]}`)),
  }
}

/** The same of a stored graph. */
function storedGraph<S>(graph: StateGraph<S>): { starts: Set<string>; steps: Set<string> } {
  const { size, offsets, targets, labels, actions, levelEnds } = graph
  const texts = Array.from({ length: size }, (_, id) => JSON.stringify(graph.state(id)))
  const steps = new Set<string>()
  for (let id = 0; id < size; id++)
    for (let e = offsets[id]; e < offsets[id + 1]; e++)
      steps.add(`${texts[id]} ${actions[labels[e]].label} ${texts[targets[e]]}`)
  // Two steps of one state have two labels: none is lost in the set.
  expect(steps.size).toBe(targets.length)
  return { starts: new Set(texts.slice(0, levelEnds[0])), steps }
}

describe('the graph', () => {
  it('has the edges in the order of their sources', () => {
    const found = stateGraph(
      graph([
        [0, 1],
        [0, 2],
        [1, 0],
        [2, 2],
        [2, 1],
      ]),
    )
    expect(found.size).toBe(3)
    expect([...found.offsets]).toEqual([0, 2, 3, 5])
    expect([...found.targets]).toEqual([1, 2, 0, 2, 1])
    expect([...found.labels].map((label) => found.actions[label].label)).toEqual([
      'go(0-1)',
      'go(0-2)',
      'go(1-0)',
      'go(2-2)',
      'go(2-1)',
    ])
    expect([0, 1, 2].map((id) => found.state(id).at)).toEqual([0, 1, 2])
    expect(found.levelEnds).toEqual([1, 3])
  })

  it('knows the shortest way to each state', () => {
    const found = stateGraph(
      graph(
        [
          [0, 1],
          [1, 2],
          [2, 3],
          [4, 3],
          [3, 5],
        ],
        [0, 4],
      ),
    )
    const ways = Array.from({ length: found.size }, (_, id) => {
      const { schedule, states } = found.traceOf(found.pathTo(id))
      return [states[0].at, ...schedule, states[states.length - 1].at].join(' ')
    })
    expect(ways).toEqual([
      '0 0',
      '4 4',
      '0 go(0-1) 1',
      '4 go(4-3) 3',
      '0 go(0-1) go(1-2) 2',
      '4 go(4-3) go(3-5) 5',
    ])
  })

  it('says in which states a condition is true, with parameters or without', () => {
    const found = stateGraph(twoThreads(2, 3))
    const both = found.select((s) => s.steps[0] === s.steps[1])
    expect(both.length).toBe(12)
    expect(both.filter((bit) => bit === 1).length).toBe(3)
    const second = found.select((s, thread) => s.steps[thread] === 3, 1)
    expect(second.filter((bit) => bit === 1).length).toBe(3)
    // A function that cannot be compiled says the same.
    const [limit] = [2]
    const outside = found.select((s) => s.steps[0] === limit)
    expect(outside.filter((bit) => bit === 1).length).toBe(4)
    expect(() => found.select((s) => s.steps[s.steps[1]] >= 0)).toThrow(ModelError)
    expect(() => found.select((s) => s.steps[s.steps[1]] >= 0)).toThrow(
      /condition cannot be evaluated .* after: b.step b.step/,
    )
  })

  it('is refused when a part of it was not seen', () => {
    expect(() => stateGraph(counter(9), { maxStates: 5 })).toThrow('not whole: --max-states 5')
    const model = graph([[0, 1]])
    const rules = [
      ...model.rules,
      { name: 'fails', effect: (s: Graph) => void s.from[7].valueOf() },
    ]
    expect(() => stateGraph({ ...model, rules })).toThrow('not whole: fails:')
  })

  it('goes past violations', () => {
    const failing = { ...counter(9), final: () => true }
    expect(stateGraph(failing).size).toBe(9)
    expect(stateGraph(diners(4)).size).toBe(80)
  })
})

it(`${RUNS} random models have the graph that plain objects have`, () => {
  let compared = 0
  fc.assert(
    fc.property(modelTexts, (text) => {
      const model = modelOf(text)
      const expected = plain(model)
      if (expected) {
        compared++
        expect(storedGraph(stateGraph(model))).toEqual(expected)
      } else expect(() => stateGraph(model)).toThrow('is not whole')
    }),
    { numRuns: RUNS },
  )
  expect(compared).toBeGreaterThan(RUNS / 4)
}, 120_000)

describe('the digest', () => {
  const digestOf = <S>(model: Model<S>, options = {}) =>
    check(model, { digest: true, continue: true, ...options }).digest

  it('is there only when asked for, and only of what was seen whole', () => {
    expect(digestOf(counter(9))).toMatch(/^[0-9a-f]{32}$/)
    expect(check(counter(9)).digest).toBeNull()
    expect(digestOf(counter(9), { maxStates: 5 })).toBeNull()
  })

  it('tells graphs apart by a label, a step, an initial state, a range', () => {
    const model = graph([
      [0, 1],
      [1, 2],
    ])
    const [go] = model.rules
    const variants = [
      model,
      { ...model, rules: [{ ...go, name: 'move' }] },
      { ...model, init: [...model.init, { ...model.init[0], at: 1 }] },
      graph([
        [0, 1],
        [1, 2],
        [2, 0],
      ]),
      graph([
        [0, 1],
        [0, 2],
      ]),
      counter(3),
      counter(4),
    ] as unknown as Model<never>[]
    expect(new Set(variants.map((variant) => digestOf(variant))).size).toBe(variants.length)
  })

  it('does not depend on the order of rules, of initial states, on the way of running', () => {
    const model = graph(
      [
        [0, 1],
        [1, 2],
        [2, 0],
        [3, 1],
      ],
      [0, 3, 0],
    )
    const digest = digestOf(model)
    expect(digestOf({ ...model, init: [...model.init].reverse() })).toBe(digest)
    expect(digestOf(model, { execution: 'interpreted' })).toBe(digest)
    expect(digestOf(model, { graph: true, keepDead: true })).toBe(digest)
  })

  it('does not depend on variables with one value, on names that no state holds', () => {
    const walk = (names: readonly string[], unused: number) => {
      const layout = new Layout<{ at: string; left: number }>(
        record({ none: range(unused, unused), at: oneOf(...names), left: range(0, 2) }) as never,
      )
      const rules = [
        {
          name: 'go',
          guard: (s: { left: number }) => s.left > 0,
          effect: (s: { at: string; left: number }) => {
            s.left--
            s.at = s.left === 1 ? 'far' : 'near'
          },
        },
      ]
      const init = [{ none: unused, at: 'near', left: 2 }]
      const final = () => true
      return { name: 'walk', layout, init, rules, properties: [], final } as unknown as Model<never>
    }
    const digest = digestOf(walk(['near', 'far'], 0))
    expect(digestOf(walk(['elsewhere', 'far', 'nowhere', 'home', 'near'], 7))).toBe(digest)
    expect(digestOf(walk(['near', 'far'], 7))).toBe(digest)
  })

  it('of random models with one thing changed is the same exactly when the graph is', () => {
    const seen = { same: 0, different: 0 }
    const change = fc.record({ text: modelTexts, rule: fc.nat(), what: fc.nat(3) })
    fc.assert(
      fc.property(change, ({ text, rule, what }) => {
        const changed = { ...text, rules: [...text.rules] }
        const at = rule % text.rules.length
        const { [at]: one } = changed.rules
        if (what === 0) changed.rules.reverse()
        if (what === 1) changed.rules[at] = { ...one, guard: null }
        if (what === 2) changed.rules[at] = { ...one, unless: null }
        if (what === 3) changed.rules[at] = { ...one, effect: '' }
        // Reversed rules have other names: give them back those they had.
        const [before, plainAfter] = [modelOf(text), modelOf(changed)]
        const count = text.rules.length
        const rules = plainAfter.rules.map((r, i) => ({ ...r, name: `rule${count - 1 - i}` }))
        const after = what === 0 ? { ...plainAfter, rules } : plainAfter
        const [x, y] = [plain(before), plain(after)]
        if (!x || !y) return
        const isSame = JSON.stringify(sorted(x)) === JSON.stringify(sorted(y))
        seen[isSame ? 'same' : 'different']++
        expect(digestOf(before) === digestOf(after)).toBe(isSame)
      }),
      { numRuns: RUNS },
    )
    expect(Math.min(seen.same, seen.different)).toBeGreaterThan(RUNS / 20)
  }, 120_000)
})

function sorted({ starts, steps }: { starts: Set<string>; steps: Set<string> }): string[][] {
  return [[...starts].sort(), [...steps].sort()]
}
