/** However many threads search, and whether states have numbers: what is found is the same. */
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { check, type Model, type SearchOptions, type Workers } from '../../../checker/index.js'
import type { Task } from '../../../checker/search/parallel/workers.js'
import { workerThreads } from '../../../checker/threads/index.js'
import { snapshotModel } from '../../../runs/fork-machine/model.js'
import { mutantNamed, scenarioNamed, systemNamed } from '../../../runs/fork-machine/names.js'
import { toyModel } from '../../../tools/bench/toy.js'
import { isWhole } from '../../support/part.js'
import { modelOf, modelTexts } from '../../support/random-models.js'

/** Always the same few, which are of all kinds; or many, other ones every time. */
const runs = isWhole ? { numRuns: 300 } : { numRuns: 10, seed: 5 }

/** Threads, with the tasks that they were sent. */
function watched(size: number) {
  const workers = workerThreads(size)
  const tasks: Task[] = []
  const send: Workers['send'] = (task) => {
    tasks.push(task)
    workers.send(task)
  }
  return { size, send, tasks, close: workers.close }
}

const allWorkers = [undefined, watched(1), watched(2)]
afterAll(async () => {
  await Promise.all(allWorkers.map((workers) => workers?.close()))
})

/** The same with any number of workers, and by a search that keeps all traces. */
function expectSame<S>(model: Model<S>, options: SearchOptions) {
  const { bytesPerState: _, hashLoad: __, ...expected } = check(model, options)
  for (const workers of allWorkers) {
    const { bytesPerState, hashLoad, ...found } = check(model, {
      ...options,
      workers,
      tracedStates: 0,
    })
    expect(found).toEqual(expected)
  }
  return expected
}

it(`${runs.numRuns} random models`, { timeout: 120_000 }, () => {
  const seen = { holds: 0, violated: 0, incomplete: 0, deadlocks: 0, witnesses: 0 }
  fc.assert(
    fc.property(
      modelTexts,
      fc.record({
        continue: fc.boolean(),
        digest: fc.boolean(),
        maxDepth: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined, freq: 3 }),
        asks: fc.boolean(),
      }),
      (text, { asks, ...options }) => {
        const model = modelOf(text)
        const names = model.properties.filter(({ kind }) => kind === 'sometimes')
        const witnesses = asks ? names.map(({ name }) => name) : []
        const result = expectSame(model, { ...options, witnesses })
        seen[result.verdict]++
        if (result.deadlocks > 0) seen.deadlocks++
        if (result.witnesses.length > 0) seen.witnesses++
      },
    ),
    runs,
  )
  // Few draws may lack a kind: the long run of CI does not.
  for (const [kind, times] of Object.entries(seen)) expect([kind, times > 0]).toEqual([kind, true])
})

describe('a larger one', { timeout: 60_000 }, () => {
  it('is searched by all workers', () => {
    const toy = toyModel(10)
    const [, workers] = allWorkers
    let helped = 0
    // On a busy machine the other thread may come too late, once or twice.
    for (let times = 0; times < 5 && helped === 0; times++) {
      const { states, transitions, bytesPerState } = check(toy, { workers })
      expect([states, transitions]).toEqual([846_369, 3_673_780])
      // It would be more, had the search been made again, with numbers.
      expect(bytesPerState).toBeLessThan(16)
      const { memory } = (workers?.tasks ?? [])[(workers?.tasks.length ?? 0) - 1]
      const [own, others] = memory.counters.map(([expanded]) => expanded)
      expect([own > 0, own + others < states]).toEqual([true, true])
      helped = others
    }
    expect(helped).toBeGreaterThan(0)
  })

  it('with a digest', () => {
    expectSame(toyModel(7), { digest: true })
  })

  it('with liveness, which is asked of the whole graph by one thread', () => {
    const model = snapshotModel({
      scenario: scenarioNamed('merge'),
      system: systemNamed('async-fork'),
    })
    expect(expectSame(model, {}).verdict).toBe('holds')
  })

  it('of a mutant', () => {
    const mutant = mutantNamed('no-fork-flush')
    const model = snapshotModel({
      scenario: scenarioNamed(mutant.scenario),
      system: systemNamed(mutant.system),
      mutant,
    })
    const properties = model.properties.filter(({ kind }) => kind !== 'eventually')
    const options = { properties: properties.map(({ name }) => name) }
    expect(expectSame(model, options).verdict).toBe('violated')
    // Past the violation there are as many states as in all of a scenario.
    if (isWhole) expectSame(model, { ...options, continue: true })
  })
})

it('a limit on states is kept by one thread', () => {
  const toy = toyModel(7)
  const limited = check(toy, { maxStates: 5_000, tracedStates: 0 })
  for (const workers of allWorkers) {
    const found = check(toy, { maxStates: 5_000, tracedStates: 0, workers })
    expect(found).toEqual(limited)
    expect([found.verdict, found.limit]).toEqual(['incomplete', '--max-states 5000'])
  }
})
