/** The suite holds, exhaustively, and not for want of trying. */
import { describe, expect, test } from 'vitest'
import { check } from '../../checker/index.js'
import { snapshotModel } from '../../core/model.js'
import { mutants, scenarios, systems } from '../../model/index.js'
import { situations } from '../../properties/index.js'
import '../../properties/vitest.js'
import { standardRuns } from './standard-runs.js'

const runs = standardRuns()

describe('the standard suite', () => {
  test.each(runs.map((run) => [run.system.name, run.scenario.name, run] as const))(
    '%s keeps every property in %s',
    (_system, _scenario, { system, scenario, result }) => {
      // Told as a story.
      if (result.verdict === 'violated') expect({ system, scenario }).toHold()
      expect(result.counterexamples.map((c) => [c.property, c.explanation])).toEqual([])
      expect(result.verdict).toBe('holds')
      expect(result.limit).toBeNull()
      expect(result.deadlocks).toBe(0)
      expect(result.interpreted).toEqual([])
    },
  )

  test('has the pinned numbers of states, steps and levels', () => {
    const rows = runs.map(({ scenario, system, result }) => {
      const { states, transitions, depth } = result
      return `${system.name} ${scenario.name}: ${states} states, ${transitions} steps, depth ${depth}`
    })
    expect(rows).toMatchSnapshot()
  })
})

describe('nothing is vacuous', () => {
  // The split hook of mprotect is a second net; it fires when the first hook is dropped (below).
  const secondNets = ['syncBeforeMprotectSplit']

  test.each(systems.map((system) => [system.name] as const))(
    'every rule and hook of %s is taken in some scenario',
    (name) => {
      const mine = runs.filter((run) => run.system.name === name)
      const rules = Object.keys(mine[0].result.fired)
      const never = rules.filter((rule) => mine.every((run) => run.result.fired[rule] === 0))
      expect(never.filter((rule) => !secondNets.includes(rule))).toEqual([])
    },
  )

  test('every situation is reached in some scenario', () => {
    const isReached = (name: string) =>
      runs.some(({ result }) =>
        result.properties.some((p) => p.name === name && p.verdict === 'holds'),
      )
    expect(situations.map((s) => s.name).filter((name) => !isReached(name))).toEqual([])
  })

  test('every standard scenario names situations it must reach', () => {
    for (const scenario of scenarios) expect(scenario.reaches, scenario.name).not.toEqual([])
  })

  test('a scenario that does not reach what it must is not passed', () => {
    const scenario = { ...scenarios[0], reaches: ['phase2Fails'] }
    const result = check(snapshotModel({ scenario, system: systems[1] }))
    expect(result.verdict).toBe('violated')
    expect(result.properties.find((p) => p.name === 'phase2Fails')?.verdict).toBe('unreached')
  })

  test('the second net of mprotect catches what the first one lets through', () => {
    const scenario = scenarios.find((s) => s.name === 'protect')
    const system = systems.find((s) => s.name === 'async-fork')
    const first = mutants.find((m) => m.name === 'no-sync-before-mprotect')
    if (!scenario || !system || !first) throw new Error('not there')
    const mutant = { ...first, change: { syncBeforeMprotect: null } }
    const result = check(snapshotModel({ scenario, system, mutant }))
    expect(result.fired.syncBeforeMprotectSplit).toBeGreaterThan(0)
    expect(result.verdict).toBe('holds')
  })
})
