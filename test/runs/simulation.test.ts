/**
 * Mutants are found within a stated budget: a quarter of them, by one strategy or the other (one
 * that is too rare for walks by the search).
 * `node dist/tools/bench/strategies.js` tries all of them on all, and measures what they need.
 */
import { expect, test } from 'vitest'
import { mutants } from '../../model/index.js'
import { propertyNamed, scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { type SimulationSettings, simulateSetup } from '../../runs/simulation.js'

const driver = { seconds: () => 0 }
const settings: SimulationSettings = {
  strategy: 'random',
  depth: 3,
  seed: 1n,
  runs: 20_000,
  firstRun: 1,
  maxSteps: 1_000,
  preemptions: 4,
  maxStates: 500_000,
}

/** What must come about in the end is not looked at. */
const found = mutants.filter(({ breaks }) => propertyNamed(breaks[0]).kind === 'always')
const turns = found
  .filter((_, i) => i % 4 === 0)
  .map((mutant, i) => {
    const byWalks = i % 2 === 0 && mutant.name !== 'anolis-first-copier-ends-sequence'
    return [mutant.name, byWalks ? 'pct' : 'fewest-preemptions', mutant] as const
  })

test.each(turns)('%s is found by %s within its budget', async (_, strategy, mutant) => {
  const scenario = scenarioNamed(mutant.scenario)
  const setup = { scenario, system: systemNamed(mutant.system), mutant }
  const { run, found } = await simulateSetup(setup, { ...settings, strategy }, driver)
  expect(run).toMatchObject({ verdict: 'violated', limit: null, interpreted: [] })
  expect(found?.explanation).not.toBe('')
})

test('looks at the named properties only', async () => {
  const mutant = mutants.find(({ name }) => name === 'no-copy-lock') ?? mutants[0]
  const scenario = scenarioNamed(mutant.scenario)
  const setup = { scenario, system: systemNamed(mutant.system), mutant }
  const few = { ...settings, runs: 50, properties: ['framesAreCounted'] }
  expect((await simulateSetup(setup, few, driver)).run).toMatchObject({
    verdict: 'passed',
    runs: 50,
  })
  const one = { ...settings, properties: ['copyLockIsHeld'] }
  expect((await simulateSetup(setup, one, driver)).found?.property).toBe('copyLockIsHeld')
})
