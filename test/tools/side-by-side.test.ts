/**
 * The comparison of systems says what is found. The verdicts on properties need every scenario of
 * every system, some minutes: ALL_SCENARIOS=1 compares them as a whole, the other runs in part.
 */
import { expect, test } from 'vitest'
import { check } from '../../checker/index.js'
import { scenarios, systems } from '../../model/index.js'
import { sideBySide } from '../../runs/compare/side-by-side.js'
import type { Verdict } from '../../runs/compare/verdicts.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { keptVerdicts } from '../../tools/docs/blocks/comparison.js'
import { verdictsIn } from '../../tools/docs/verdicts.js'
import { isWhole } from '../support/part.js'

const lines = sideBySide(systems)
const verdicts = keptVerdicts()
const fresh = isWhole ? verdictsIn(scenarios) : null

test('who copies what grows as it must', () => {
  const texts = (question: string) =>
    lines.find((line) => line.question.startsWith(question))?.cells.map(({ text }) => text)
  const at = (name: string) => systems.findIndex((system) => system.name === name)
  expect(texts('fork: tables')?.[at('linux')]).toBe('1, 2, 3')
  for (const name of ['async-fork', 'on-demand-fork', 'cow-pte'])
    expect(texts('fork: tables')?.[at(name)], name).toBe('0')
  expect(texts('an mmap beside the heap: tables')?.[at('async-fork')]).toBe('1, 2, 3')
  expect(texts('an mmap beside the heap: tables')?.[at('on-demand-fork')]).toBe('0')
  expect(texts('a write after fork: tables')?.[at('on-demand-fork')]).toBe('1')
})

test('the verdicts on properties are of these systems, all complete', () => {
  if (fresh) expect(fresh).toEqual(verdicts)
  expect([...new Set(verdicts.map(({ system }) => system))]).toEqual(systems.map((s) => s.name))
  expect(verdicts.filter(({ verdict }) => verdict === 'incomplete')).toEqual([])
  const failing = verdicts.filter(({ verdict }) => verdict === 'fails').map((row) => row.system)
  const flawed = systems.filter((system) => system.flawed).map(({ name }) => name)
  expect([...new Set(failing)]).toEqual(flawed)
})

/** One in three. */
const failures = verdicts.filter(({ verdict }) => verdict === 'fails').filter((_, i) => i % 3 === 0)

test.each(failures.map((row) => [row.system, row.property, row] as const))(
  '%s: %s fails where it is said to',
  (_, property, { system, scenario = '' }) => {
    const setup = { system: systemNamed(system), scenario: scenarioNamed(scenario) }
    const { counterexamples } = check(snapshotModel(setup), { properties: [property] })
    expect(counterexamples.map((found) => found.property)).toEqual([property])
  },
)

test('nothing fails that is said to hold, in small scenarios', () => {
  const small = ['bgsave-log-line', 'map-apart', 'half-left-out', 'late-first-touch', 'fork-fails']
  const holding = (row: Verdict) => row.verdict !== 'fails'
  const found = verdictsIn(small.map(scenarioNamed)).filter((row) => !holding(row))
  const known = verdicts
    .filter((row) => !holding(row))
    .map((row) => `${row.system} ${row.property}`)
  expect(found.filter((row) => !known.includes(`${row.system} ${row.property}`))).toEqual([])
})
