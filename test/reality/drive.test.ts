import { describe, expect, test } from 'vitest'
import { scenarios, systems } from '../../model/index.js'
import { storySteps } from '../../reality/steer/program.js'
import { RACE_SCENARIOS, racesOf } from '../../reality/steer/races.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { replay } from '../../runs/replay.js'

const system = systems.find(({ name }) => name === 'linux')!
const modelOf = (name: string) =>
  snapshotModel({ scenario: scenarios.find((one) => one.name === name)!, system })

describe('races of the sound model', () => {
  const races = RACE_SCENARIOS.flatMap((name) => racesOf(modelOf(name), name))

  test('are more than fifty, each with a name of its own', () => {
    expect(races.length).toBeGreaterThan(50)
    expect(new Set(races.map(({ name }) => name)).size).toBe(races.length)
  })

  test('are possible, and break nothing', () => {
    for (const { scenario, schedule, name } of races.filter((_, i) => i % 5 === 0)) {
      const { status, trace } = replay(modelOf(scenario), {
        property: 'childSeesForkTimeMemory',
        schedule,
      })
      expect([name, status, trace.schedule.length]).toEqual([name, 'fixed', schedule.length])
    }
  })

  test('have another thread at work while the first is held', () => {
    const [race] = racesOf(modelOf('two-writers'), 'two-writers')
    expect(race.name).toBe('two-writers: parent is held at forkVma (step 4), parent2 goes on')
    const acting = storySteps(race.schedule).map(({ who }) => who)
    expect(acting.slice(0, 4)).toEqual(['parent', 'parent', 'parent', 'parent'])
    expect(acting[4]).toBe('parent2')
  })
})
