/**
 * Systems as published break where they are known to, or were found to, and hold once repaired:
 * found by exhaustive search, shortest, and in the corpus.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { check } from '../../checker/index.js'
import { snapshotModel } from '../../core/model.js'
import { pairOf, scenarioNamed, systemNamed } from '../../core/names.js'
import { mutants, repairs, systems } from '../../model/index.js'
import { repairedOnDemandFork } from '../../model/repairs/on-demand-fork.js'

const saved = systems
  .filter(({ flawed }) => flawed)
  .flatMap(({ name }) => {
    const folder = new URL(`../../counterexamples/${name}/`, import.meta.url)
    return readdirSync(folder).map((file) =>
      JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
    )
  })

test.each(repairs.map((repair) => [repair.name, repair] as const))(
  '%s: broken as published, holds repaired',
  (_, repair) => {
    const { broken, sound } = pairOf(repair)
    const { verdict, interpreted, counterexamples } = check(snapshotModel(broken))
    const [first] = counterexamples
    expect(verdict).toBe('violated')
    expect(interpreted).toEqual([])
    expect(first.property).toBe(repair.breaks[0])
    const files = saved.filter(
      (file) =>
        file.mutant === null &&
        file.system === repair.system &&
        file.scenario === repair.scenario &&
        file.property === first.property,
    )
    expect(files.map((file) => file.schedule)).toEqual([first.trace.schedule])
    const twin = check(snapshotModel(sound))
    expect(twin.counterexamples.map((c) => [c.property, c.explanation])).toEqual([])
    expect(twin.properties.filter((p) => p.verdict === 'unreached')).toEqual([])
    expect([twin.verdict, twin.limit, twin.deadlocks]).toEqual(['holds', null, 0])
    expect(twin.interpreted).toEqual([])
  },
)

test.each(['two-writers', 'swap-out', 'discard', 'oom-reaped', 'unmap-after-child'])(
  'On-demand-fork with all its repairs holds in %s',
  (name) => {
    const scenario = scenarioNamed(name)
    const mutant = repairedOnDemandFork
    const model = snapshotModel({ scenario, system: systemNamed(mutant.system), mutant })
    const { verdict, deadlocks, counterexamples } = check(model)
    expect(counterexamples.map((c) => [c.property, c.explanation])).toEqual([])
    expect([verdict, deadlocks]).toEqual(['holds', 0])
  },
)

test('repairs have names of their own, and are of systems that need some', () => {
  const names = [...mutants, ...repairs].map((m) => m.name)
  expect(new Set(names).size).toBe(names.length)
  const flawed = systems.filter((system) => system.flawed).map(({ name }) => name)
  expect([...new Set(repairs.map((r) => r.system))]).toEqual(flawed)
})
