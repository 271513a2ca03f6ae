/** Runs in slices, with a clock from outside. */
import { expect, test } from 'vitest'
import { actorOf } from '../../checker/model.js'
import { parseScenario } from '../../model/index.js'
import { scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { failedProperties, runSetup } from '../../runs/run.js'
import { switchesOf } from '../../runs/schedule.js'

const setup = { scenario: scenarioNamed('protect'), system: systemNamed('linux') }

test('time is what the clock says', async () => {
  let now = 10
  const { run } = await runSetup(setup, {}, { seconds: () => now++ })
  expect(run).toMatchObject({ verdict: 'holds', seconds: 1, statesPerSecond: run.states })
  expect(run.levels.reduce((sum, n) => sum + n, 0)).toBe(run.states)
})

test('a reason given before the start ends it there', async () => {
  const between = async () => 'no time'
  const { run } = await runSetup(setup, {}, { seconds: () => 0, between })
  expect(run).toMatchObject({ verdict: 'incomplete', limit: 'no time', states: 0 })
  expect(run.properties.every((p) => p.verdict === 'unchecked')).toBe(true)
})

test('a situation that the scenario asks for and that never happens is a violation', async () => {
  const scenario = parseScenario({ ...setup.scenario, reaches: ['phase1Fails'] })
  const { run } = await runSetup({ ...setup, scenario }, {}, { seconds: () => 0 })
  expect(run).toMatchObject({ verdict: 'violated', counterexample: null })
  expect(failedProperties(run)).toEqual([
    {
      name: 'phase1Fails',
      kind: 'sometimes',
      verdict: 'unreached',
      explanation:
        "the scenario asks for it, and it never happened: fork's own part fails, and fork returns an error.",
    },
  ])
})

test('actors and the switches between them', () => {
  expect(['parent.write(2)', 'killer.killChild', 'tick', 'go(1.5)'].map(actorOf)).toEqual([
    'parent',
    'killer',
    'tick',
    'go(1.5)',
  ])
  expect(switchesOf([])).toBe(0)
  expect(switchesOf(['a.x', 'a.y', 'b.x', 'a.x'])).toBe(2)
})
