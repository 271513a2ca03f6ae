/** The standard suite holds, exhaustively, and not for want of trying. */
import { describe, expect, test } from 'vitest'
import { type CheckResult, check } from '../../checker/index.js'
import { mutants, type State, scenarios, soundSystems as systems } from '../../model/index.js'
import { invariants, situations } from '../../properties/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import '../../testing/vitest.js'
import { isWhole } from '../support/part.js'
import { type Met, type Pinned, pin, pinMet, pinned, pinnedMet } from './pinned.js'

/** All that is kept of a run. */
type Kept = Pick<CheckResult<State>, 'fired' | 'properties'>

const fresh: Record<string, Pinned> = {}
const runs = new Map<string, Kept>()
const names = systems.flatMap((system) =>
  scenarios.map((scenario) => [system.name, scenario.name, system, scenario] as const),
)

/** ALL_SCENARIOS=1 runs them all; else those with at most so many states, which is most of them. */
const MOST_STATES = 1_000
const takesAll = isWhole || process.env.UPDATE_PINNED !== undefined
const part = takesAll ? 'all of it' : `scenarios with up to ${MOST_STATES} states`
const chosen = names.filter(
  ([system, name]) => takesAll || (pinned()[`${system} ${name}`]?.states ?? 0) <= MOST_STATES,
)

function holds({ properties }: Kept, name: string): boolean {
  return properties.find((property) => property.name === name)?.verdict === 'holds'
}

/** The smallest of the scenarios that were run, for each rule and hook, situation and obligation. */
function metInRuns(): Met {
  const sizeOf = (key: string) => fresh[key].states
  const all = [...runs].sort(([one], [other]) => sizeOf(one) - sizeOf(other))
  const where = (
    names: readonly string[],
    among: typeof all,
    isMet: (run: Kept, name: string) => boolean,
  ) =>
    Object.fromEntries(
      names.toSorted().flatMap((name) => {
        const place = among.find(([, run]) => isMet(run, name))
        return place ? [[name, place[0]]] : []
      }),
    )
  const taken = systems.map(({ name }) => {
    const mine = all.filter(([key]) => key.startsWith(`${name} `))
    const rules = Object.keys(mine[0][1].fired)
    return [name, where(rules, mine, (run, rule) => run.fired[rule] > 0)]
  })
  const properties = [...situations, ...invariants].map(({ name }) => name)
  return { ...Object.fromEntries(taken), properties: where(properties, all, holds) }
}

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
    const changed = `${systemName} behaves otherwise in ${name}, and no property noticed it. Where that is meant: UPDATE_PINNED=1 npx vitest run test/model/suite.test.ts`
    if (!process.env.UPDATE_PINNED) expect(fresh[key], changed).toEqual(pinned()[key])
  })

  test('is pinned, all of it and nothing else', () => {
    if (process.env.UPDATE_PINNED) {
      pin(fresh)
      pinMet(metInRuns())
    }
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
  /** What is said to be met in a scenario that was run here, and is not. */
  const missed = (group: string, isMet: (run: Kept, name: string) => boolean) =>
    Object.entries(pinnedMet()[group]).filter(([name, key]) => {
      const run = runs.get(key)
      return run && !isMet(run, name)
    })

  test.each(systems.map((system) => [system.name, system] as const))(
    'every rule and hook of %s is taken in some scenario',
    (name, system) => {
      const { rules } = snapshotModel({ scenario: scenarios[0], system })
      expect(Object.keys(pinnedMet()[name])).toEqual(rules.map((rule) => rule.name).sort())
      expect(missed(name, (run, rule) => run.fired[rule] > 0)).toEqual([])
    },
  )

  test('every situation is reached, and every obligation arises, in some scenario', () => {
    const all = [...situations, ...invariants].map((property) => property.name)
    expect(Object.keys(pinnedMet().properties)).toEqual(all.sort())
    expect(missed('properties', holds)).toEqual([])
  })

  test('what is met somewhere is met in a scenario that there is', () => {
    const places = new Set(Object.values(pinnedMet()).flatMap((where) => Object.values(where)))
    expect([...places].filter((place) => !(place in pinned()))).toEqual([])
    if (takesAll) expect([...places].filter((place) => !runs.has(place))).toEqual([])
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
