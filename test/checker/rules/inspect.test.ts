/** A look at what a step can have changed sees what a look at everything sees. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type CompiledModel, compile, type Model, stateGraph } from '../../../checker/index.js'
import { snapshotModel } from '../../../runs/fork-machine/model.js'
import { mutantNamed, scenarioNamed, systemNamed } from '../../../runs/fork-machine/names.js'
import { modelOf, modelTexts } from '../../support/random-models.js'

/** Compares both in all initial states and after all steps; says how often there was news. */
function compare<S>(model: Model<S>): { looks: number; news: number } {
  const own = compareIn(compile(model, { commonStates: 0 }))
  expect(compareIn(compile(model))).toEqual(own)
  return own
}

function compareIn<S>(compiled: CompiledModel<S>): { looks: number; news: number } {
  const { model } = compiled
  const { layout, properties } = model
  const isNews = (state: Int32Array, i: number) =>
    compiled.holds[i](state, 0) === (properties[i].kind === 'sometimes')
  const asked = properties.flatMap(({ kind }, i) => (kind === 'eventually' ? [] : [i]))
  const found = new Int32Array(properties.length)
  let looks = 0
  let news = 0
  const look = (state: Int32Array, other: Int32Array, wasNews: (i: number) => boolean) => {
    // Only what was as expected before is watched.
    const watched = Uint8Array.from(properties, (_, i) => (wasNews(i) ? 0 : 1))
    const count = compiled.inspect(state, 0, other, 0, watched, found)
    const expected = asked.filter((i) => watched[i] === 1 && isNews(state, i))
    expect([...found.slice(0, count)]).toEqual(expected)
    looks++
    news += count
  }
  for (const state of model.init) {
    const initial = layout.encode(state)
    compiled.expand(initial, 0)
    look(
      initial,
      initial.map((word) => ~word),
      () => false,
    )
  }
  const graph = stateGraph(model)
  for (let id = 0; id < graph.size; id++) {
    const source = layout.encode(graph.state(id))
    const end = compiled.expand(source, 0)
    for (let i = 0; i < end; i++) {
      const target = compiled.successors.slice(i * layout.words, (i + 1) * layout.words)
      look(target, source, (property) => isNews(source, property))
    }
  }
  return { looks, news }
}

it('in random models', () => {
  let all = 0
  fc.assert(
    fc.property(modelTexts, (text) => {
      const model = modelOf(text)
      try {
        stateGraph(model)
      } catch {
        return
      }
      all += compare(model).news
    }),
    { numRuns: 100 },
  )
  expect(all).toBeGreaterThan(100)
})

it.each(['linux-no-flush', 'phase-2-survives'])('of %s', (name) => {
  const mutant = mutantNamed(name)
  const scenario = scenarioNamed(mutant.scenario)
  const { news } = compare(snapshotModel({ scenario, system: systemNamed(mutant.system), mutant }))
  expect(news).toBeGreaterThan(0)
})
