/** What the explorer is made of: why steps are not possible, questions, links. */
import { describe, expect, test } from 'vitest'
import { check } from '../../checker/search/search.js'
import { parseScenario, type State } from '../../model/index.js'
import { Cursor } from '../../runs/cursor.js'
import { scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { linkOf, parseLink } from '../../runs/link.js'
import { ask } from '../../runs/question.js'
import { Exploration } from '../../story/exploration.js'
import { exampleOf } from '../support/counterexamples.js'

const survives = exampleOf('phase-2-survives')
const exploration = new Exploration(survives.setup)
const { schedule, states } = survives.trace

test('a run is told as far as its steps are possible', () => {
  const { run, stale } = exploration.run(schedule)
  expect(stale).toBeNull()
  expect(run.story).toMatchObject({ verdict: 'violated', property: 'childSeesForkTimeMemory' })
  expect(run.story.argument?.chain.length).toBeGreaterThan(2)
  expect(exploration.run(schedule.slice(0, 9)).run.story).toMatchObject({
    verdict: 'fixed',
    because: null,
  })
  const wrong = exploration.run([...schedule.slice(0, 3), 'child.read(0)'])
  expect(wrong.run.states).toHaveLength(4)
  expect(wrong.stale).toMatch(/^step 4: child\.read\(0\) is not enabled/)
})

describe('routines', () => {
  const placeIn = (state: State, actor: string) =>
    exploration.whereabouts(state).find((one) => one.actor === actor)

  test('everybody stands somewhere, in a routine that says what it does', () => {
    expect(exploration.whereabouts(states[0]).map(({ actor, place }) => [actor, place])).toEqual([
      ['parent', 'user'],
      ['child', 'unborn'],
    ])
    const copying = states.find((state) => placeIn(state, 'child')?.place === 'copyTable.check')
    expect(placeIn(copying!, 'child')?.routine).toMatchObject({
      name: 'copyTable',
      says: expect.stringMatching(/^Copies one PMD: /),
    })
  })

  test('a picture has the places with their locks, the steps, and marks where one stands', () => {
    const { routine } = placeIn({ ...states[0] }, 'parent')!
    expect(exploration.routinePicture(routine!, 'user')).toMatch(/class="node here"><title>user</)
    const state = structuredClone(states[0])
    state.thread[1].pc = 'copyTable.copy'
    const copying = placeIn(state, 'child')!
    const svg = exploration.routinePicture(copying.routine!, copying.place)
    expect(svg.match(/class="node here"><title>copyTable\.copy</g)).toHaveLength(1)
    expect(svg).toContain("spinlock of the parent's table")
    expect(svg).toContain('<title>tableCopied</title>')
    // What happens when memory runs out is dotted.
    expect(svg).toMatch(/<title>tableAllocateFails<[^\n]*stroke-dasharray/)
  })

  test('what runs as it stands leads nobody knows where', () => {
    const effect = (s: State, t: number) => {
      s.thread[t].pc = 'copyTable.unlock'
    }
    const mutant = { ...survives.setup.mutant!, name: 'mine', change: { tableCopied: { effect } } }
    const outside = new Exploration({ ...survives.setup, mutant, foreign: true })
    const { routine } = outside.whereabouts(states[0])[0]
    expect(routine?.name).toBe('user')
    const state = structuredClone(states[0])
    state.thread[1].pc = 'copyTable.copy'
    const [, child] = outside.whereabouts(state)
    const svg = outside.routinePicture(child.routine!, child.place)
    expect(svg).toContain('<title>not known: runs as it stands</title>')
  })
})

test('of a guard from outside no part is read: its names may mean something else', () => {
  // The model's own function of this name is false here.
  const isShared = (..._: unknown[]) => true
  const guard = (s: State, t: number) => isShared(s, 0) && s.thread[t].pc === 'split'
  const mutant = {
    ...survives.setup.mutant!,
    ...{ name: 'mine', change: { forkLockVma: { guard } } },
  }
  const outside = new Exploration({ ...survives.setup, mutant, foreign: true })
  const { run } = outside.run(schedule.slice(0, 2))
  const [blocked] = outside
    .blocked(run.states[2])
    .filter(({ label }) => label === 'parent.forkLockVma')
  expect(blocked.because).toContain('=>')
  expect(blocked.because).toContain('pc === ')
})

test('every property has its say in every state', () => {
  const { run } = exploration.run(schedule)
  const names = run.truths.map(({ name }) => name)
  expect(names).toContain('childRuns')
  for (const { name, holds } of exploration.model.properties) {
    const truth = run.truths.find((one) => one.name === name)!
    for (const [i, state] of states.entries())
      expect(truth.spans.findLast(({ from }) => from <= i)?.holds).toBe(holds(state))
  }
})

test('every step at an actor’s place is either possible or told why not', () => {
  const cursor = new Cursor(exploration.model)
  for (const state of states) {
    const possible = exploration.possible(state).map(({ label }) => label)
    cursor.moveTo(state)
    expect(possible).toEqual(cursor.enabledLabels())
    const blocked = exploration.blocked(state)
    for (const { label, because } of blocked) {
      expect(possible).not.toContain(label)
      expect(because).not.toBe('')
    }
    const all = [...possible, ...blocked.map(({ label }) => label)]
    for (const label of cursor.actions.keys()) {
      const { rule, parameters } = cursor.actions.get(label)!
      const isThere =
        rule.at === undefined || exploration.model.location?.(state, ...parameters) === rule.at
      expect(all.includes(label)).toBe(isThere)
    }
  }
})

test('the part of a guard that fails is the one that is shown, with what it looks at', () => {
  const sound = new Exploration({
    system: systemNamed('async-fork'),
    scenario: scenarioNamed('copier-fails'),
  })
  const { run } = sound.run(schedule.slice(0, 19))
  const before = sound.run(schedule.slice(0, 1)).run.states[1]
  const waiting = sound.blocked(run.states[19]).filter(({ actor }) => actor === 'child')
  expect(waiting.length).toBeGreaterThan(0)
  const write = sound.blocked(before).find(({ label }) => label === 'parent.takeWriteLock')
  expect(write).toBeUndefined()
  const { label, because } = waiting[0]
  const { rule } = sound.model.rules.flatMap((rule) =>
    label.includes(rule.name) ? [{ rule }] : [],
  )[0]
  expect([rule.guard, ...(rule.unless ?? [])].join(' ').replace(/\s+/g, ' ')).toContain(
    because.slice(0, 20),
  )
})

describe('a question', () => {
  const setup = { system: systemNamed('async-fork'), scenario: scenarioNamed('copier-fails') }
  const start = new Exploration(setup).run([]).run.states[0]

  test('is answered by a shortest way, from wherever one is', async () => {
    const { model } = survives
    const property = 'childSeesForkTimeMemory'
    const answer = await ask(survives.setup, model.init[0], { property }, {})
    expect(answer.schedule).toHaveLength(schedule.length)
    const nearer = await ask(survives.setup, states[30], { property }, {})
    expect(nearer.schedule).toHaveLength(schedule.length - 30)
    const situation = await ask(setup, start, { property: 'copierWaitsForParent' }, {})
    const end = new Exploration(setup).run(situation.schedule ?? []).run
    expect(end.truths.find(({ name }) => name === 'copierWaitsForParent')?.spans.at(-1)).toEqual({
      from: situation.schedule?.length,
      holds: true,
      reason: null,
    })
  })
  test('about a place', async () => {
    const { schedule: way } = await ask(setup, start, { field: 'thread[1].pc', value: 'user' }, {})
    const last = new Exploration(setup).run(way ?? []).run.states.at(-1)!
    expect(last.thread[1].pc).toBe('user')
  })
  test('says that there is no way only after seeing everything', async () => {
    const property = 'childSeesForkTimeMemory'
    const { states: count } = check({ ...survives.model, properties: [] })
    const sound = await ask(setup, start, { property }, {})
    expect(sound).toMatchObject({ schedule: null, limit: null })
    expect(sound.states).toBeGreaterThan(1000)
    expect(count).toBeGreaterThan(1000)
    const stopped = await ask(setup, start, { property }, { between: async () => 'enough' })
    expect(stopped).toMatchObject({ schedule: null, limit: 'enough' })
  })
})

describe('a link', () => {
  test('carries setup, schedule and place, there and back', () => {
    const linked = { setup: survives.setup, schedule, position: 7 }
    const back = parseLink(linkOf(linked))
    expect(back).toEqual(linked)
    const own = parseScenario({
      format: 1,
      name: 'mine',
      pages: 2,
      vmas: [{ from: 0, to: 2 }],
      parent: [[{ do: 'fork' }]],
    })
    const mine = {
      setup: { system: systemNamed('linux'), scenario: own },
      schedule: [],
      position: 0,
    }
    expect(parseLink(linkOf(mine))).toEqual(mine)
    expect(linkOf(linked).length).toBeLessThan(1200)
  })
  test.each([
    ['', /does not say which system/],
    ['system=linux', /does not say which scenario/],
    ['system=lnux&scenario=bgsave', /unknown system lnux/],
    ['system=linux&scenario=x', /unknown scenario x/],
    ['system=linux&scenario=bgsave&mutant=phase-2-survives', /is one of async-fork, not of linux/],
    ['system=linux&scenario=x&data={}', /the link: format is missing/],
    ['system=linux&scenario=x&data={', /JSON/],
  ])('%s is refused', (text, complaint) => {
    expect(() => parseLink(text)).toThrow(complaint)
  })
})
