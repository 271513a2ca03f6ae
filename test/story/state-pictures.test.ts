/** Pictures of state graphs: every state and step is drawn, and what is not is said. */
import { describe, expect, test } from 'vitest'
import { check } from '../../checker/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { runPicture, statesPicture } from '../../story/render/state-pictures.js'
import { MOST_NODES, neighbourhood, wholeGraph } from '../../story/state-graph.js'
import { exampleOf } from '../support/counterexamples.js'

const linux = (scenario: string) =>
  snapshotModel({ system: systemNamed('linux'), scenario: scenarioNamed(scenario) })

const count = (text: string, part: RegExp) => text.match(part)?.length ?? 0

describe('all states of a small scenario', () => {
  const model = linux('huge-pages-reused')
  const graph = wholeGraph(model)

  test('are those that the search finds', () => {
    const { states, transitions } = check(model)
    expect(graph.nodes).toHaveLength(states)
    expect(graph.edges).toHaveLength(transitions)
    expect(graph.nodes.filter(({ more }) => more > 0)).toEqual([])
  })

  test('are all in the picture', () => {
    const svg = statesPicture(model)
    expect(svg).toContain(`all ${graph.nodes.length} states shown, ${graph.edges.length} steps`)
    expect(count(svg, /<g class="node/g)).toBe(graph.nodes.length)
    expect(count(svg, /<g class="edge/g)).toBe(graph.edges.length)
    expect(svg).not.toMatch(/not shown|NaN|undefined/)
  })
})

test('of a larger one the picture has the first states, and says how much is missing', () => {
  const model = linux('bgsave')
  const graph = wholeGraph(model)
  expect(graph.nodes).toHaveLength(MOST_NODES)
  const left = graph.nodes.reduce((sum, { more }) => sum + more, 0)
  expect(left).toBeGreaterThanOrEqual(graph.cut)
  const svg = statesPicture(model)
  expect(svg).toContain(`: the first ${MOST_NODES} states shown, `)
  expect(svg).toContain(`not shown, to be readable: ${graph.cut} steps to further states`)
  const { states } = check(model)
  const counted = statesPicture(model, states)
  expect(counted).toContain(
    `: the first ${MOST_NODES} of ${states.toLocaleString('en')} states shown`,
  )
  // It begins where a reader looks first.
  expect(Number(/<text[^>]* x="([\d.]+)"[^>]*>at first</.exec(svg)?.[1])).toBeLessThan(200)
})

describe('around a run', () => {
  const { model, trace, property } = exampleOf('phase-2-survives')

  test.each([1, 2] as const)('%i beside it: all is drawn, the run in one column', (deep) => {
    const graph = neighbourhood(model, trace, { deep })
    const svg = runPicture(model, trace, deep)
    expect(count(svg, /<g class="node/g)).toBe(graph.nodes.length)
    for (const step of trace.states.keys()) expect(svg).toContain(`data-step="${step}"`)
    const run = svg.split('\n').filter((line) => line.includes('data-step='))
    const middles = run.map((line) => /<text[^>]* x="([\d.]+)"/.exec(line)?.[1])
    expect(new Set(middles).size).toBe(1)
    expect(svg).toContain(`✗ ${trace.schedule.length} ${trace.schedule.at(-1)}`)
    expect(svg).toContain(`${property} fails`)
    expect(svg).not.toMatch(/NaN|undefined/)
  })

  test('a loop leads back around the left side', () => {
    const { states, schedule } = trace
    const looped = { schedule: [...schedule, 'child.again'], states: [...states, states[30]] }
    const svg = runPicture(model, { ...looped, loopStart: 30 }, 1)
    expect(svg).toMatch(/<title>child\.again<\/title><path d="M[\d.]+ [\d.]+ H24 V/)
  })

  test('names are text', () => {
    const named = { ...model, name: '"><script>alert(1)</script>' }
    const svg = runPicture(named, trace, 1)
    expect(svg).toContain('&quot;&gt;&lt;script&gt;')
    expect(svg).not.toContain('<script')
  })
})
