/**
 * Footprints say all: a step that is taken where something outside of what it read is different
 * does the same, and what it did not write is as before.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readLeaf, stateGraph, writeLeaf } from '../../../checker/index.js'
import { Footprints } from '../../../checker/rules/passes/footprints.js'
import { Processes } from '../../../checker/search/reduced/processes.js'
import {
  type Mutant,
  mutants,
  type Scenario,
  type System,
  scenarios,
  systems,
} from '../../../model/index.js'
import { snapshotModel } from '../../../runs/model.js'
import { modelOf, modelTexts } from '../../support/random-models.js'

it('nothing else that is read or written matters', () => {
  const seen = { steps: 0, same: 0 }
  const property = fc.property(modelTexts, fc.infiniteStream(fc.nat()), (text, random) => {
    const model = modelOf(text)
    const footprints = new Footprints(model)
    const processes = new Processes(footprints)
    const draw = (below: number) => random.next().value % below
    let state = model.layout.encode(model.init[0])
    for (let i = 0; i < 10; i++) {
      const steps = processes.stepsIn(state).flat()
      for (const { action, reads, writes, target, error } of steps) {
        seen.steps++
        const other = state.slice()
        for (let element = 0; element < footprints.size; element++) {
          const { leaf, index } = footprints.variable(element)
          const { min, max } = leaf.scalar
          if (!reads.has(element)) writeLeaf(leaf, index, other, 0, min + draw(max - min + 1))
          if (target && !writes.has(element))
            expect(readLeaf(leaf, index, target, 0)).toBe(readLeaf(leaf, index, state, 0))
        }
        const before = other.slice()
        let again: Int32Array | null = null
        try {
          if (footprints.guards[action](other, 0)) {
            again = other
            footprints.effects[action](other, 0)
          }
        } catch {
          expect(error).toBeDefined()
          continue
        }
        expect(error).toBeUndefined()
        expect(again === null).toBe(target === null)
        if (!target || !again) continue
        seen.same++
        for (let element = 0; element < footprints.size; element++) {
          const { leaf, index } = footprints.variable(element)
          const expected = writes.has(element) ? target : before
          expect(readLeaf(leaf, index, again, 0)).toBe(readLeaf(leaf, index, expected, 0))
        }
      }
      const next = steps.filter(({ target }) => target !== null)
      if (next.length === 0) break
      state = next[draw(next.length)].target as Int32Array
    }
  })
  fc.assert(property, { numRuns: 40 })
  expect(seen.steps).toBeGreaterThan(500)
  expect(seen.same).toBeGreaterThan(100)
}, 60_000)

it('where a property is not as wanted, a conjunct is not either', () => {
  const mutant = mutants.find(({ name }) => name === 'linux-collapse-ignores-holders') as Mutant
  const scenario = scenarios.find(({ name }) => name === mutant.scenario) as Scenario
  const system = systems.find(({ name }) => name === mutant.system) as System
  const model = snapshotModel({ scenario, system, mutant })
  const { conjuncts } = new Footprints(model)
  const graph = stateGraph(model)
  let broken = 0
  model.properties.forEach((property, i) => {
    if (property.kind === 'eventually') return
    const mine = conjuncts.filter((conjunct) => conjunct.property === i)
    const isTrue = graph.select(property.holds)
    for (let id = 0; id < graph.size; id++) {
      const asWanted = (isTrue[id] === 1) === (property.kind === 'always')
      const state = model.layout.encode(graph.state(id))
      expect([property.name, mine.every(({ holds }) => holds(state, 0))]).toEqual([
        property.name,
        asWanted,
      ])
      if (!asWanted) broken++
    }
  })
  expect(broken).toBeGreaterThan(10)
  // Values that a conjunct does not compare a variable with are all alike to it.
  let alike = 0
  for (let id = 0; id < graph.size; id += 20) {
    const state = model.layout.encode(graph.state(id))
    for (const { compared, holds } of conjuncts)
      for (const [leaf, values] of compared)
        for (let index = 0; index < leaf.position.length; index++) {
          const now = readLeaf(leaf, index, state, 0)
          const { min, max } = leaf.scalar
          const value = min + ((now - min + 1 + alike) % (max - min + 1))
          if (value === now || values.has(now) || values.has(value)) continue
          const before = holds(state, 0)
          writeLeaf(leaf, index, state, 0, value)
          expect(holds(state, 0)).toBe(before)
          writeLeaf(leaf, index, state, 0, now)
          alike++
        }
  }
  expect(alike).toBeGreaterThan(1000)
  // What is split is split far: into one conjunct for each thread, table or page.
  const split = new Set(conjuncts.filter(({ whole }) => !whole).map(({ property }) => property))
  expect(split.size).toBeGreaterThan(model.properties.length / 2)
  expect(conjuncts.length).toBeGreaterThan(4 * model.properties.length)
})
