/** Shrinking: never longer, never larger, as short as an independent search finds it, no step idle. */

import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { check, NO_DEADLOCK, Simulation, walk } from '../../checker/index.js'
import { mutants, parseScenario, systems } from '../../model/index.js'
import { type CounterexampleFile, parseCounterexample } from '../../runs/counterexample.js'
import { Cursor } from '../../runs/cursor.js'
import { type SnapshotSetup, snapshotModel } from '../../runs/fork-machine/model.js'
import { mutantNamed, scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { partsOf, smallerScenarios } from '../../runs/fork-machine/smaller.js'
import { forkMachine } from '../../runs/fork-machine/subject.js'
import { replay } from '../../runs/replay.js'
import { switchesOf } from '../../runs/schedule.js'
import { setupOf } from '../../runs/setup.js'
import { modelOf } from '../../runs/setup-model.js'
import { attempts } from '../../runs/shrink/cases.js'
import { follow } from '../../runs/shrink/follow.js'
import { type Shrunk, shrinkSetup } from '../../runs/shrink/shrink.js'
import type { ScenarioInfo } from '../../runs/subject.js'
import { scenarioArbitrary } from '../../testing/fast-check.js'
import { oneIn, partOf } from '../support/part.js'

const driver = { seconds: () => 0 }

function setupFor(name: string): SnapshotSetup {
  const mutant = mutantNamed(name)
  return { scenario: scenarioNamed(mutant.scenario), system: systemNamed(mutant.system), mutant }
}

/** A violation that random walks find. */
function randomFind(setup: SnapshotSetup, seed: number, properties?: string[]) {
  const options = { strategy: 'pct', depth: 2, runs: 1_000, maxSteps: 500, properties } as const
  const simulation = new Simulation(snapshotModel(setup), { ...options, seed: BigInt(seed) })
  simulation.advance(options.runs)
  const { found } = simulation.result()
  if (!found) throw new Error(`seed ${seed} finds nothing`)
  return found
}

/** Compares with a search of another kind, and leaves out each step in turn. */
function expectShortest({ model, fewestSteps, fewestSwitches, limit }: Shrunk): void {
  const { property, trace } = fewestSteps
  const { counterexamples } = check(model, { properties: [property], continue: true })
  const best = counterexamples.find((found) => found.property === property)
  expect(trace.schedule.length).toBe(best?.trace.schedule.length)
  expect(limit).toEqual({ steps: null, switches: null })
  expect(idleSteps(model, property, trace.schedule)).toEqual([])
  const switches = switchesOf(fewestSwitches.trace.schedule)
  expect(switches).toBeLessThanOrEqual(switchesOf(trace.schedule))
}

/** Steps without which the schedule still does the same. */
function idleSteps(
  model: ReturnType<typeof snapshotModel>,
  property: string,
  schedule: readonly string[],
): string[] {
  const cursor = new Cursor(model)
  return schedule.filter(
    (_, i) => follow(cursor, schedule.toSpliced(i, 1), property, 'stop') !== null,
  )
}

describe('random finds', () => {
  const named = [
    'linux-install-no-recheck',
    'table-sync-closes-vma',
    'two-allocators-two-tables',
    'error-checked-before-only',
    'kill-skips-rollback',
  ]
  test.each(oneIn(3, named))(`${partOf(3)}: of %s become as short as can be`, async (name) => {
    const setup = setupFor(name)
    const found = randomFind(setup, 1)
    const shrunk = await shrinkSetup(setup, found, {}, driver)
    expect(shrunk.fewestSteps.property).toBe(found.property)
    const { schedule } = shrunk.fewestSteps.trace
    expect(schedule.length).toBeLessThanOrEqual(found.schedule.length)
    expectShortest(shrunk)
    const [before, after] = [setup.scenario, shrunk.setup.scenario].map(partsOf)
    for (const part of Object.keys(before)) expect(after[part]).toBeLessThanOrEqual(before[part])
    expect(after['page tables']).toBeLessThanOrEqual(2)
    // What is small already stays as it is.
    const again = await shrinkSetup(shrunk.setup, { ...found, schedule }, {}, driver)
    expect(again.setup.scenario).toEqual(shrunk.setup.scenario)
    expect(again.fewestSteps.trace.schedule).toEqual(schedule)
  })

  test('of deadlocks too', async () => {
    const setup = setupFor('copy-lock-kept')
    const found = randomFind(setup, 1, [NO_DEADLOCK])
    expect(found.property).toBe(NO_DEADLOCK)
    const shrunk = await shrinkSetup(setup, found, {}, driver)
    expect(shrunk.fewestSteps.property).toBe(NO_DEADLOCK)
    expectShortest(shrunk)
  })

  test('of runs that go on for ever too', async () => {
    const mutant = mutants.find(({ breaks }) => breaks[0] === 'parentGoesOn') ?? mutants[0]
    const setup = setupFor(mutant.name)
    const [found] = check(snapshotModel(setup), { properties: ['parentGoesOn'] }).counterexamples
    const shrunk = await shrinkSetup(setup, { ...found, ...found.trace }, {}, driver)
    const { property, trace } = shrunk.fewestSteps
    expect(property).toBe('parentGoesOn')
    expect(trace.loopStart).toBeTypeOf('number')
    expect(trace.schedule.length).toBeLessThanOrEqual(found.trace.schedule.length)
    expect(partsOf(shrunk.setup.scenario)).not.toEqual(partsOf(setup.scenario))
    expect(replay(shrunk.model, { property, ...trace }).status).toBe('reproduces')
  })

  test('of a scenario with everything in it lose all that is not needed', async () => {
    const { system, mutant } = setupFor('no-sync-before-zap')
    const scenario = parseScenario({
      format: 1,
      name: 'large',
      pages: 12,
      pagesPerTable: 3,
      vmas: [
        { from: 0, to: 4, populated: [0, 1, 3] },
        { from: 5, to: 9 },
        { from: 10, to: 12, write: false },
      ],
      parent: [
        [
          { do: 'write', page: 'any' },
          { do: 'fork' },
          { do: 'dontneed', from: 6, to: 9 },
          { do: 'mprotect', from: 0, to: 2, write: false },
        ],
        [
          { do: 'write', page: 7 },
          { do: 'munmap', from: 10, to: 12 },
        ],
      ],
      child: [{ do: 'read', page: 'any' }, { do: 'exit' }],
      failures: { budget: 2, at: ['cowFrame', 'faultTable'] },
      options: { copierLock: 'vma' },
    })
    const setup = { scenario, system, mutant }
    const found = randomFind(setup, 3, ['markersTellTheTruth'])
    const shrunk = await shrinkSetup(setup, found, {}, driver)
    expect(shrunk.setup.scenario).toMatchObject({
      name: 'large-shrunk',
      pages: 1,
      vmas: [{ from: 0, to: 1 }],
      parent: [[{ do: 'fork' }, { do: 'dontneed', from: 0, to: 1 }]],
      child: [],
      failures: { budget: 0 },
      options: { copierLock: 'copy' },
    })
    expectShortest(shrunk)
  })
})

/** Does a run that goes on for ever do the same without one of its steps? */
function reproduces(
  model: ReturnType<typeof snapshotModel>,
  { property, schedule, loopStart = 0 }: CounterexampleFile,
  without: number,
): boolean {
  const loop = without < loopStart ? loopStart - 1 : loopStart
  const claim = { property, schedule: schedule.toSpliced(without, 1), loopStart: loop }
  return replay(model, claim).status === 'reproduces'
}

test(`no step of a counterexample in the corpus can be left out: ${partOf(5)}`, () => {
  const corpus = new URL('../../counterexamples/', import.meta.url)
  const files = readdirSync(corpus, { recursive: true, encoding: 'utf8' })
  const saved = files.filter((file) => file.endsWith('.cex.json'))
  expect(saved.length).toBeGreaterThan(40)
  const idle = oneIn(5, saved).flatMap((name) => {
    const file = parseCounterexample(readFileSync(new URL(name, corpus), 'utf8'), name)
    const { property, schedule, loopStart } = file
    const model = modelOf(setupOf(file, name))
    const steps =
      loopStart === undefined
        ? idleSteps(model, property, schedule)
        : schedule.filter((_, i) => reproduces(model, file, i))
    return steps.map((step) => `${name}: ${step}`)
  })
  expect(idle).toEqual([])
})

describe('limits', () => {
  const setup = setupFor('phase-2-restores-data')
  const found = randomFind(setup, 2)

  test('a search that is too long says so, and idle steps are left out all the same', async () => {
    const shrunk = await shrinkSetup(setup, found, { maxStates: 20 }, driver)
    expect(shrunk.limit).toEqual({ steps: '20 nodes', switches: '20 nodes' })
    const { trace, property } = shrunk.fewestSteps
    expect(trace.schedule.length).toBeLessThanOrEqual(found.schedule.length)
    expect(idleSteps(shrunk.model, property, trace.schedule)).toEqual([])
  })

  test('whoever is told to stop gives what he has', async () => {
    let asked = 0
    const between = async () => (++asked > 3 ? 'enough' : null)
    const shrunk = await shrinkSetup(setup, found, {}, { ...driver, between })
    expect(shrunk.limit).toEqual({ steps: 'enough', switches: 'enough' })
    expect(shrunk.stopped).toBe('enough')
    const { property, trace } = shrunk.fewestSteps
    const claim = { property, schedule: trace.schedule }
    expect(replay(shrunk.model, claim).status).toBe('reproduces')
  })

  test('what does not violate anything is refused', async () => {
    const claim = { property: found.property, schedule: found.schedule.slice(1) }
    await expect(shrinkSetup(setup, claim, {}, driver)).rejects.toThrow('does not replay')
  })
})

/** The first so many of what a generator makes. */
function first<T>(made: Generator<T>, count: number): T[] {
  const list: T[] = []
  for (const one of made) if (list.push(one) === count) break
  return list
}

describe('smaller scenarios', () => {
  const system = systems[1]
  const bounds = { slots: 3, pagesPerTable: 3, threads: 2, operations: 3, failures: 2 }

  test('are scenarios, each smaller, and come to an end', () => {
    fc.assert(
      fc.property(scenarioArbitrary(bounds), fc.infiniteStream(fc.nat(30)), (input, picks) => {
        let scenario = parseScenario(input)
        let steps = 0
        for (const pick of picks) {
          const smaller = first(smallerScenarios(scenario), 1 + pick).at(-1)
          if (!smaller) break
          scenario = smaller.scenario
          if (++steps > 200) throw new Error('no end')
        }
        expect(partsOf(scenario)).toMatchObject({ 'page tables': 1, VMAs: 1, pages: 1 })
        expect(scenario).toMatchObject({ parent: [[{ do: 'fork' }]], child: [], kill: false })
      }),
      { numRuns: 10 },
    )
  })

  test('a schedule is followed in them, as far as it goes', () => {
    const scenario = scenarioNamed('bgsave')
    const within = (one: ScenarioInfo) => modelOf({ scenario: one, system })
    const { schedule } = walk(within(scenario), Array(60).fill(7))
    for (const attempt of attempts({ scenario, schedule }, forkMachine.smaller, within, null)) {
      if (!attempt) throw new Error('without a property every attempt is one')
      const after = within(attempt.scenario)
      const claim = { property: 'childSeesForkTimeMemory', schedule: attempt.schedule }
      expect(replay(after, claim).status).toBe('fixed')
    }
  })
})
