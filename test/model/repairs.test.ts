/**
 * Systems as published break where they are known to, or were found to, and hold once repaired:
 * found by exhaustive search, shortest, and in the corpus.
 */
import { expect, test } from 'vitest'
import { check } from '../../checker/index.js'
import { mutants, repairs, scenarios, systems } from '../../model/index.js'
import { repairedAnolis } from '../../model/systems/async-fork-anolis/repairs.js'
import { repairedBytedance } from '../../model/systems/async-fork-bytedance/repairs.js'
import { repairedCowPte } from '../../model/systems/cow-pte/repairs.js'
import { repairedOnDemandFork } from '../../model/systems/on-demand-fork/repairs.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { pairOf, scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { saved } from '../support/saved.js'

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

const repaired = [repairedOnDemandFork, repairedCowPte, repairedAnolis, repairedBytedance]

/** ALL_SCENARIOS=1: all of them, but the largest; else some. */
const some = [
  'bgsave',
  'swap-out',
  'discard',
  'unmap-after-child',
  'fork-while-reclaimed',
  'protect',
]
const among = process.env.ALL_SCENARIOS === undefined ? some : scenarios.map(({ name }) => name)

test.each(
  repaired.flatMap((mutant) => among.map((name) => [mutant.system, name, mutant] as const)),
)('%s with all its repairs at once holds in %s', (system, name, mutant) => {
  const model = snapshotModel({
    scenario: scenarioNamed(name),
    system: systemNamed(system),
    mutant,
  })
  const { limit, deadlocks, counterexamples, interpreted } = check(model, { maxStates: 150_000 })
  expect(counterexamples.map((c) => [c.property, c.explanation])).toEqual([])
  expect([deadlocks, interpreted]).toEqual([0, []])
  if (some.includes(name)) expect(limit).toBeNull()
})

test('repairs have names of their own, and are of systems that need some', () => {
  const names = [...mutants, ...repairs].map((m) => m.name)
  expect(new Set(names).size).toBe(names.length)
  const flawed = systems.filter((system) => system.flawed).map(({ name }) => name)
  expect([...new Set(repairs.map((r) => r.system))]).toEqual(flawed)
})
