/** Pages of results: nothing that was found is missing on them, and nothing is said that was not. */
import { expect, test } from 'vitest'
import { type Comparison, HEADINGS } from '../../runs/compare/comparison.js'
import { scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { runSetup } from '../../runs/run.js'
import { checkResults, comparisonResults, killResults } from '../../story/render/results.js'
import { exampleOf } from '../support/counterexamples.js'

const driver = { seconds: () => 0 }

test('a check: each run with its levels, a small one with its graph, a violated one with its story', async () => {
  const linux = systemNamed('linux')
  const outcomes = [
    await runSetup({ system: linux, scenario: scenarioNamed('huge-pages-reused') }, {}, driver),
    await runSetup(
      { system: linux, scenario: scenarioNamed('bgsave') },
      { maxStates: 300 },
      driver,
    ),
    await runSetup(exampleOf('phase-2-survives').setup, {}, driver),
  ]
  const { says, verdict, sections } = checkResults(outcomes, '1')
  expect(says).toBe('1 holds, 1 violated, 1 incomplete')
  expect(verdict).toBe('violated')
  expect(sections.map((section) => [section.verdict, section.pictures.length])).toEqual([
    ['holds', 2],
    ['incomplete', 1],
    ['violated', 1],
  ])
  const [holds, incomplete, violated] = sections
  expect(holds.says).toBe('42 states, 51 transitions, depth 22')
  expect(incomplete.says).toMatch(/; not everything was seen: .*300/)
  expect(violated.says).toMatch(/^childSeesForkTimeMemory violated; /)
  const [{ text, report }] = violated.stories
  expect(text).toContain('copierKillsItself')
  expect(report?.main.story).toMatchObject({
    property: 'childSeesForkTimeMemory',
    verdict: 'violated',
  })
  expect(report?.beside?.run.title).toBe('async-fork')
  expect(report?.command).toMatch(/^forkcheck check copier-fails .*--mutant phase-2-survives/)
})

test('a check that found nothing to run says so', () => {
  expect(checkResults([], '1')).toMatchObject({ says: 'nothing was run', verdict: null })
})

test('mutants: one that got away is called so', () => {
  const { says, sections } = killResults(
    [
      { name: 'one', property: 'b', steps: 10, caught: true, soundTwinHolds: true },
      { name: 'two', property: null, steps: null, caught: false, soundTwinHolds: true },
    ],
    '1',
  )
  expect(says).toBe('1 of 2 mutants caught, 2 of 2 sound twins hold')
  expect(sections[0].table?.rows).toContainEqual(['two', 'NOT CAUGHT', '-', '-', 'holds'])
})

test('a comparison: a plot and a table for each measure', () => {
  const costs = { tables: 1, allocations: 2, faults: 3, waits: Number.POSITIVE_INFINITY, inUse: 4 }
  const row: Comparison = { system: 'linux', operation: 'fork', pmds: 2, ...costs }
  const { sections } = comparisonResults([row], '1')
  expect(sections.map(({ title }) => title)).toEqual(Object.values(HEADINGS))
  expect(sections.map(({ table }) => table?.rows[0].slice(2))).toEqual([
    ['-', '1'],
    ['-', '2'],
    ['-', '3'],
    ['-', 'no bound'],
    ['-', '4'],
  ])
})
