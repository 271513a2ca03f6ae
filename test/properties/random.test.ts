/** Random scenarios and random schedules, on states too many to see all. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { check, compile, walk } from '../../checker/index.js'
import { snapshotModel } from '../../core/model.js'
import { mutants, parseScenario, type System, systems } from '../../model/index.js'
import { scenarioArbitrary, scheduleArbitrary } from '../../properties/fast-check.js'

const named = systems.map((system) => [system.name, system] as const)

/** Many states, one path: 6 tables, two threads, longer programs. */
const large = { slots: 6, pagesPerTable: 3, threads: 2, operations: 6, failures: 3 }
/** Few enough states to see them all. */
const small = { slots: 2, pagesPerTable: 2, threads: 2, operations: 2, failures: 1 }

function drawnModel(input: Parameters<typeof parseScenario>[0], system: System) {
  return snapshotModel({ scenario: parseScenario(input), system })
}

describe.each(named)('%s', (_name, system) => {
  test('keeps every property in random small scenarios, exhaustively', () => {
    fc.assert(
      fc.property(scenarioArbitrary(small), (input) => {
        const { verdict, counterexamples } = check(drawnModel(input, system), { maxStates: 20_000 })
        expect(counterexamples.map((c) => [c.property, c.explanation, c.trace.schedule])).toEqual(
          [],
        )
        expect(verdict).not.toBe('violated')
      }),
      { numRuns: 20 },
    )
  })

  test('keeps every property on random schedules of random large scenarios', () => {
    fc.assert(
      fc.property(scenarioArbitrary(large), scheduleArbitrary(400), (input, choices) => {
        const { violation, schedule } = walk(drawnModel(input, system), choices)
        expect(violation, schedule.join(' ')).toBeNull()
      }),
      { numRuns: 25 },
    )
  })
})

describe('a failure', () => {
  const system = systems.find((s) => s.name === 'async-fork') as System
  const mutant = mutants.find((m) => m.name === 'table-sync-closes-vma')
  const scenario = parseScenario({
    format: 1,
    name: 'middle',
    pages: 6,
    vmas: [{ from: 0, to: 6 }],
    parent: [[{ do: 'fork' }, { do: 'write', page: 'any' }, { do: 'write', page: 'any' }]],
    child: [{ do: 'read', page: 0 }],
  })
  const compiled = compile(snapshotModel({ scenario, system, mutant }))
  const property = fc.property(scheduleArbitrary(100), (choices) => {
    const { violation } = walk(compiled, choices)
    if (violation) throw new Error(violation.property)
  })

  const failure = fc.check(property, { numRuns: 300, seed: 1 })
  const [choices] = failure.counterexample ?? [[]]

  test('is found, shrinks, and comes again from its seed and path', () => {
    expect(failure.failed).toBe(true)
    expect(failure.numShrinks).toBeGreaterThan(0)
    const { seed, counterexamplePath, counterexample } = failure
    const again = fc.check(property, { seed, path: counterexamplePath ?? '', endOnFailure: true })
    expect(again.counterexample).toEqual(counterexample)
  })

  test('replays from its schedule, step by step', () => {
    const { schedule, violation } = walk(compiled, choices)
    expect(violation).not.toBeNull()
    const replayed = walk(compiled, byLabel([...schedule]))
    expect(replayed.schedule).toEqual(schedule)
    expect(replayed.violation).toEqual(violation)
  })

  /** Choices that follow a schedule: for each step, the place of its action among the enabled. */
  function byLabel(labels: string[]): number[] {
    const { layout, init } = compiled.model
    const state = layout.encode(init[0])
    return labels.map((label) => {
      const possible = compiled.actions.flatMap((_a, i) =>
        compiled.enabled[i](state, 0) ? [i] : [],
      )
      const choice = possible.findIndex((i) => compiled.actions[i].label === label)
      expect(choice, label).toBeGreaterThanOrEqual(0)
      compiled.apply[possible[choice]](state, 0)
      return choice
    })
  }
})
