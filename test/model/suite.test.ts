/** The standard suite holds, exhaustively, and not for want of trying. */
import { describe, expect, test } from 'vitest'
import { type CheckResult, check } from '../../checker/index.js'
import { snapshotModel } from '../../core/model.js'
import { mutants, type State, scenarios, soundSystems as systems } from '../../model/index.js'
import { invariants, situations } from '../../properties/index.js'
import '../../properties/vitest.js'
import { isWhole } from '../support/part.js'
import { type Pinned, pin, pinned } from './pinned.js'

/** All that is kept of a run. */
type Kept = Pick<CheckResult<State>, 'fired' | 'properties'>

const fresh: Record<string, Pinned> = {}
const runs = new Map<string, Kept>()
const names = systems.flatMap((system) =>
  scenarios.map((scenario) => [system.name, scenario.name, system, scenario] as const),
)

/** ALL_SCENARIOS=1 runs them all; else those with at most so many states, which is most of them. */
const MOST_STATES = 10_000
/** Larger ones without which some rule, hook or situation would not be met. */
const NEEDED = new Set([
  'linux kernel-fails',
  'async-fork bgsave',
  'async-fork migrate',
  'async-fork sync-fails',
  'async-fork swapped-before',
  'async-fork killed',
  'async-fork soft-dirty',
  'async-fork free-before-fork',
  'async-fork oom-reaped',
  'async-fork same-pages',
  'async-fork free-lazily',
  'async-fork kernel-fails',
])
const takesAll = isWhole || process.env.UPDATE_PINNED !== undefined
const part = takesAll
  ? 'all of it'
  : `scenarios with up to ${MOST_STATES} states and ${NEEDED.size} larger ones`
const chosen = names.filter(
  ([system, name]) =>
    takesAll ||
    NEEDED.has(`${system} ${name}`) ||
    (pinned()[`${system} ${name}`]?.states ?? 0) <= MOST_STATES,
)

describe(`the standard suite, ${part}`, () => {
  test.each(chosen)('%s keeps every property in %s', (systemName, name, system, scenario) => {
    const result = check(snapshotModel({ scenario, system }), { digest: true })
    // Told as a story.
    if (result.verdict === 'violated') expect({ system, scenario }).toHold()
    expect(result.counterexamples.map((c) => [c.property, c.explanation])).toEqual([])
    expect(result.verdict).toBe('holds')
    expect(result.limit).toBeNull()
    expect(result.deadlocks).toBe(0)
    expect(result.interpreted).toEqual([])
    const { states, transitions: steps, depth, digest, fired, properties } = result
    const key = `${systemName} ${name}`
    fresh[key] = { states, steps, depth, digest: digest as string }
    runs.set(key, { fired, properties })
    if (!process.env.UPDATE_PINNED) expect(fresh[key]).toEqual(pinned()[key])
  })

  test('is pinned, all of it and nothing else', () => {
    if (process.env.UPDATE_PINNED) pin(fresh)
    expect(Object.keys(pinned())).toEqual(names.map(([system, name]) => `${system} ${name}`))
  })
})

test('fewer pauses in copying a table: fewer interleavings, and all holds', () => {
  const [bgsave] = scenarios
  const [often, never] = [1, 0].map((chunk) => {
    const scenario = { ...bgsave, options: { ...bgsave.options, chunk } }
    const { verdict, states } = check(snapshotModel({ scenario, system: systems[1] }))
    expect(verdict).toBe('holds')
    return states
  })
  expect(never).toBeLessThan(often)
})

describe('nothing is vacuous', () => {
  test.each(systems.map((system) => [system.name] as const))(
    'every rule and hook of %s is taken in some scenario',
    (name) => {
      const mine = [...runs].filter(([key]) => key.startsWith(`${name} `)).map(([, run]) => run)
      const rules = Object.keys(mine[0].fired)
      expect(rules.filter((rule) => mine.every((run) => run.fired[rule] === 0))).toEqual([])
    },
  )

  test('every situation is reached, and every obligation arises, in some scenario', () => {
    const verdicts = [...runs.values()].flatMap(({ properties }) => properties)
    const met = new Set(verdicts.filter((p) => p.verdict === 'holds').map((p) => p.name))
    const all = [...situations, ...invariants].map((s) => s.name)
    expect(all.filter((name) => !met.has(name))).toEqual([])
  })

  test('every standard scenario names situations it must reach', () => {
    for (const scenario of scenarios) expect(scenario.reaches, scenario.name).not.toEqual([])
  })

  test('a scenario that does not reach what it must is not passed', () => {
    const scenario = { ...scenarios[0], reaches: ['phase2Fails'] }
    const result = check(snapshotModel({ scenario, system: systems[1] }))
    expect(result.verdict).toBe('violated')
    expect(result.properties.find((p) => p.name === 'phase2Fails')?.verdict).toBe('unreached')
  })

  test('every mutant has a sound twin in the suite', () => {
    const twins = mutants
      .filter((m) => systems.some(({ name }) => name === m.system))
      .map((m) => `${m.system} ${m.scenario}`)
    expect(twins.filter((twin) => !(twin in pinned()))).toEqual([])
  })
})
