/** Every mutant is caught by the property it names, and its sound twin holds. */
import { expect, test } from 'vitest'
import { check } from '../../checker/index.js'
import {
  type Mutant,
  MutantError,
  mutants,
  mutate,
  repairs,
  scenarios,
  systems,
} from '../../model/index.js'
import { invariants } from '../../properties/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { oneIn, partOf } from '../support/part.js'
import { saved } from '../support/saved.js'

function setupOf(mutant: Mutant) {
  const scenario = scenarios.find((s) => s.name === mutant.scenario)
  const system = systems.find((s) => s.name === mutant.system)
  if (!scenario || !system) throw new Error(`${mutant.name} names an unknown scenario or system`)
  return { scenario, system }
}

test('there are enough of them, with names of their own', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(120)
  expect(new Set(mutants.map((m) => m.name)).size).toBe(mutants.length)
})

/** Of systems that are modelled with their flaws the twin is not part of the standard suite. */
const twins = new Set(
  mutants
    .filter((m) => !m.on && systems.some(({ name, flawed }) => flawed && name === m.system))
    .map((m) => `${m.system} ${m.scenario}`),
)

test.each(oneIn(3, [...twins]))(`${partOf(3)}: %s holds as published`, (twin) => {
  const [system, scenario] = twin.split(' ')
  const result = check(
    snapshotModel({ system: systemNamed(system), scenario: scenarioNamed(scenario) }),
  )
  expect(result.counterexamples.map((c) => [c.property, c.explanation])).toEqual([])
  expect([result.verdict, result.limit, result.deadlocks]).toEqual(['holds', null, 0])
  expect(result.interpreted).toEqual([])
})

/** ALL_BREAKS=1: every property that a mutant names is looked for, not only the first to fail. */
const everything = process.env.ALL_BREAKS !== undefined

test.each(mutants.map((mutant) => [mutant.name, mutant] as const))(
  '%s is caught by the property it names, as in the corpus',
  (name, mutant) => {
    const model = snapshotModel({ ...setupOf(mutant), mutant })
    const { verdict, interpreted, counterexamples } = check(model, { continue: everything })
    const [first] = counterexamples
    expect(verdict).toBe('violated')
    expect(interpreted).toEqual([])
    expect(first.property).toBe(mutant.breaks[0])
    expect(first.explanation).not.toBe('')
    if (everything)
      expect(counterexamples.map((c) => c.property)).toEqual(
        expect.arrayContaining([...mutant.breaks]),
      )
    const files = saved.filter((file) => file.mutant === name)
    expect(files.map((file) => [file.property, file.schedule])).toEqual([
      [first.property, first.trace.schedule],
    ])
  },
)

test('every invariant is broken by some mutant', () => {
  const broken = new Set([...mutants, ...repairs].flatMap((mutant) => mutant.breaks))
  expect(invariants.map((p) => p.name).filter((name) => !broken.has(name))).toEqual([])
})

test('a mutant of a rule that does not exist is refused, with a hint', () => {
  const mutant = { ...mutants[0], change: { forkFlash: null } }
  const system = systems[0]
  expect(() => mutate(system, mutant, false)).toThrow(MutantError)
  expect(() => mutate(system, mutant, false)).toThrow(/no rule or hook forkFlash.*forkFlush/)
})

test('a mutant from outside gives the same answer, run as it stands', () => {
  for (const name of ['linux-no-flush', 'phase-3-undoes-first', 'no-sync-before-zap']) {
    const mutant = mutants.find((m) => m.name === name) as Mutant
    const setup = { ...setupOf(mutant), mutant }
    const inside = check(snapshotModel(setup))
    const outside = check(snapshotModel({ ...setup, foreign: true }))
    expect(outside.counterexamples[0].property).toBe(inside.counterexamples[0].property)
    expect(outside.states).toBe(inside.states)
  }
})
