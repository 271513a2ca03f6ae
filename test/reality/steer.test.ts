import { describe, expect, test } from 'vitest'
import { mutants, scenarios, systems } from '../../model/index.js'
import { extended } from '../../reality/steer/extend.js'
import { flaws, withoutCall } from '../../reality/steer/flaws.js'
import { notMade } from '../../reality/steer/not-made.js'
import { programOf, stalePages, storySteps } from '../../reality/steer/program.js'
import { FAILURES, MUTANT_STOPS, STOPS } from '../../reality/steer/stops.js'
import { chosenStories } from '../../reality/steer/stories.js'
import { Symbols } from '../../reality/steer/symbols.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { replay } from '../../runs/replay.js'

const linux = systems.find(({ name }) => name === 'linux')!
const rules = new Set(
  snapshotModel({ scenario: scenarios[0], system: linux }).rules.map(({ name }) => name),
)

test('flaws are of mutants of linux, stops of rules of linux', () => {
  const known = mutants.filter(({ system }) => system === 'linux').map(({ name }) => name)
  for (const mutant of [...Object.keys(flaws), ...Object.keys(MUTANT_STOPS)])
    expect(known).toContain(mutant)
  for (const rule of [...Object.keys(STOPS), ...Object.keys(FAILURES)])
    expect([...rules]).toContain(rule)
})

describe('each mutant of linux', () => {
  const all = mutants.filter(({ system }) => system === 'linux')

  test('is made on a kernel, or it is said why not', () => {
    const told = [...Object.keys(flaws), ...Object.keys(notMade)].sort()
    expect(told).toEqual(all.map(({ name }) => name).sort())
    expect(Object.keys(flaws).length).toBeGreaterThanOrEqual(33)
  })

  test('that is made is called confirmed, unless it is documented', () => {
    for (const { name, origin } of all)
      if (name in flaws)
        expect([name, origin]).toEqual([name, expect.stringMatching(/^(confirmed|documented)$/)])
      else expect([name, origin]).not.toEqual([name, 'confirmed'])
  })
})

test.each(Object.entries(chosenStories))('the chosen story of %s is one', (name, story) => {
  const mutant = mutants.find((one) => one.name === name)!
  const scenario = scenarios.find((one) => one.name === story.scenario)!
  const model = snapshotModel({ scenario, system: linux, mutant })
  expect(replay(model, story)).toMatchObject({ status: 'reproduces' })
})

test('a call to be skipped, with and without its caller', () => {
  expect(withoutCall('f@g')).toEqual({ skip: { function: 'f', caller: 'g' } })
  expect(withoutCall('f')).toEqual({ skip: { function: 'f' } })
})

test('an address belongs to a function that begins before it and ends behind it', () => {
  const symbols = new Symbols(['1000 f 1800', '2000 g 2010', '3000 g 3008'])
  expect(symbols.at('g')).toBe(0x2000n)
  expect(symbols.isInside(0x17ffn, 'f')).toBe(true)
  expect(symbols.isInside(0x1800n, 'f')).toBe(false)
  expect(symbols.isInside(0x3001n, 'g')).toBe(true)
  expect(symbols.isInside(0x9000n, 'g')).toBe(false)
})

describe('a story as programs', () => {
  const mutant = mutants.find(({ name }) => name === 'linux-no-flush')
  const scenario = scenarios.find(({ name }) => name === 'two-writers')!
  const model = snapshotModel({ scenario, system: linux, mutant })
  const property = model.properties.find(({ name }) => name === 'noStaleTranslation')!
  const schedule = [
    ...['parent.fork', 'parent.takeWriteLock', 'parent.forkLockVma', 'parent.forkVma'],
    ...['parent.forkEnterTable', 'parent.forkTable', 'parent.forkLockTable', 'parent2.walk(0)'],
    ...['parent.forkPage', 'parent.forkPage', 'parent.forkTableDone', 'parent.forkEnterTable'],
    ...['parent.forkTable', 'parent.forkLockTable', 'parent.forkPage', 'parent.forkPage'],
    ...['parent.forkTableDone', 'parent.forkVmaDone', 'parent.forkFlush'],
  ]
  const story = extended(model, schedule, (state) => !property.holds(state))

  test('ends at a letter already', () => {
    expect(story.schedule).toEqual(schedule)
    expect(property.holds(story.states[story.states.length - 1])).toBe(false)
  })

  test('a walk is a touch, and what is cached beside the tables is asked for', () => {
    const last = story.states[story.states.length - 1]
    const second = last.actor.findIndex(({ name }) => name === 'parent2')
    expect(stalePages(last, second)).toEqual([0])
    const { items } = programOf(storySteps(schedule), story.states, second)
    expect(items.map(({ line }) => line)).toEqual(['touch 0 0 0 0', 'touch 0 0 0 0'])
    const { items: parents } = programOf(storySteps(schedule), story.states, 0)
    expect(parents.map(({ line }) => line.split(' ')[0])).toEqual(['fork'])
  })

  test('a fault before such a walk belongs to the touch, and the access comes after it', () => {
    const { scenario: name, schedule: steps } = chosenStories['linux-unmap-flushes-short']
    const two = snapshotModel({
      scenario: scenarios.find((one) => one.name === name)!,
      system: linux,
      mutant: mutants.find((one) => one.name === 'linux-unmap-flushes-short'),
    })
    const { states } = replay(two, { property: 'noStaleTranslation', schedule: steps }).trace
    const parsed = storySteps(steps)
    const { items, itemOf } = programOf(parsed, states, 1)
    expect(items.map(({ line }) => line)).toEqual([
      expect.stringMatching(/^write 0 /),
      'touch 1 0 0 0',
      'touch 1 0 0 0',
    ])
    expect(itemOf(parsed.findIndex(({ text }) => text === 'parent2.fault(1)'))).toBe(1)
  })

  test('that ends inside a routine is led on', () => {
    const short = extended(model, schedule.slice(0, 9), () => true)
    expect(short.schedule.length).toBeGreaterThan(9)
    expect(short.schedule[short.schedule.length - 1]).toBe('parent.forkFlush')
    expect(extended(model, schedule.slice(0, 9), () => false).schedule.length).toBe(9)
  })
})
