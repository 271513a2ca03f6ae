/** Every mutant is caught by the property it names, and its sound twin holds. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { check } from '../../checker/index.js'
import { snapshotModel } from '../../core/model.js'
import { type Mutant, MutantError, mutants, mutate, scenarios, systems } from '../../model/index.js'
import { invariants } from '../../properties/index.js'

function setupOf(mutant: Mutant) {
  const scenario = scenarios.find((s) => s.name === mutant.scenario)
  const system = systems.find((s) => s.name === mutant.system)
  if (!scenario || !system) throw new Error(`${mutant.name} names an unknown scenario or system`)
  return { scenario, system }
}

test('there are enough of them, with names of their own', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(40)
  expect(new Set(mutants.map((m) => m.name)).size).toBe(mutants.length)
})

const caught = mutants.map((mutant) => {
  const result = check(snapshotModel({ ...setupOf(mutant), mutant }), { continue: true })
  return { mutant, result }
})

describe.each(caught.map((run) => [run.mutant.name, run] as const))('%s', (name, run) => {
  const { mutant, result } = run
  const [first] = result.counterexamples

  test('is caught by the properties it names', () => {
    expect(result.verdict).toBe('violated')
    expect(first.property).toBe(mutant.breaks[0])
    expect(first.explanation).not.toBe('')
    const broken = result.counterexamples.map((c) => c.property)
    expect(broken).toEqual(expect.arrayContaining([...mutant.breaks]))
    expect(result.interpreted).toEqual([])
  })

  test('has its shortest counterexample in the corpus', () => {
    const folder = new URL(`../../counterexamples/${mutant.system}/`, import.meta.url)
    const saved = readdirSync(folder)
      .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')))
      .filter((file) => file.mutant === name)
    expect(saved.map((file) => [file.property, file.schedule])).toEqual([
      [first.property, first.trace.schedule],
    ])
  })
})

test('every sound twin holds', () => {
  const twins = new Set(mutants.map((m) => `${m.system} ${m.scenario}`))
  for (const twin of twins) {
    const [system, scenario] = twin.split(' ')
    const mutant = mutants.find((m) => m.system === system && m.scenario === scenario) as Mutant
    expect(check(snapshotModel(setupOf(mutant))).verdict, twin).toBe('holds')
  }
})

test('every invariant is broken by some mutant', () => {
  const broken = new Set(
    caught.flatMap(({ result }) => result.counterexamples.map((c) => c.property)),
  )
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
