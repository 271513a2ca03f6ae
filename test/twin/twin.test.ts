/**
 * The protocol written twice: in TypeScript (model/), and by hand in Promela (async-fork.pml). SPIN
 * and forkcheck must find the same: as many states, as many steps between them, and for each
 * property as many states in which it does not hold. No number is corrected for anything.
 *
 * TWIN=all compares every standard scenario the twin can follow, with all mutants made for it, and
 * scenarios drawn at random.
 */
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { check, stateGraph } from '../../checker/index.js'
import { mutants } from '../../model/mutants.js'
import { parseScenario } from '../../model/parse-scenario.js'
import type { Scenario } from '../../model/scenario.js'
import { scenarios } from '../../model/scenarios/index.js'
import { asyncFork } from '../../model/systems/async-fork/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { scenarioArbitrary } from '../../testing/fast-check.js'
import { oneIn, partOf } from '../support/part.js'
import { missingTools } from '../support/spin.js'
import { beyondTwin } from './scenario.js'
import { type Findings, mutantNumbers, propertyNames, type Verifier, verifierOf } from './spin.js'

/** Scenarios, each compared as it is and with these mutants, or a part of them. */
const SOME: Readonly<Record<string, readonly string[]>> = {
  'late-first-touch': [
    'marker-cleared-first',
    'no-recheck-under-lock',
    'no-copy-lock',
    'copy-lock-kept',
    'pause-drops-copy-lock',
    'waits-with-spinlock',
    'copy-leaves-parent-writable',
    'binds-no-vma',
    'copier-closes-parent-first',
    'copier-leaves-vma-tied',
  ],
  discard: ['no-sync-before-zap'],
  'bgsave-log-line': ['no-sync-before-mmap'],
  'fork-fails': ['phase-1-keeps-markers', 'phase-1-keeps-pointers'],
}

/**
 * Mutants that let a thread follow a pointer to what is gone. There the rules of model/ end, as a
 * kernel does, and nothing is known of what would come next; the twin, whose arrays are in one
 * piece, goes on. So only verdicts can be compared.
 */
const LOSES_ITS_WAY = new Set([
  'no-drain',
  'no-sync-before-munmap',
  'copy-takes-no-reference',
  'table-sync-closes-vma',
])

const madeFor = (scenario: string) =>
  mutants.filter((m) => m.scenario === scenario && m.system === 'async-fork')

const isAll = process.env.TWIN === 'all'

/** The same ones every time, of those that have more than a fork in them. */
function drawn(count: number): Scenario[] {
  const arbitrary = scenarioArbitrary({ slots: 3, operations: 2, failures: 1 })
  return fc
    .sample(arbitrary, { seed: 1, numRuns: 20 * count })
    .map((input, i) => parseScenario({ ...input, name: `drawn-${i}` }))
    .filter((scenario) => beyondTwin(scenario) === null && scenario.parent.flat().length > 2)
    .slice(0, count)
}

const compared = [...scenarios, ...(isAll ? drawn(10) : [])]
  .filter((scenario) => beyondTwin(scenario) === null)
  .filter(({ name }) => isAll || name in SOME)
  .map((scenario) => {
    const known = madeFor(scenario.name).filter(({ name }) => mutantNumbers.has(name))
    const all = isAll ? known.map(({ name }) => name) : []
    return { scenario, broken: new Set([...oneIn(3, SOME[scenario.name] ?? []), ...all]) }
  })

const modelOf = (scenario: Scenario, mutant?: string) =>
  snapshotModel({
    scenario,
    system: asyncFork,
    mutant: mutants.find(({ name }) => name === mutant),
  })

/** What forkcheck finds, in the words of spin.ts. */
function findingsOf(scenario: Scenario, mutant?: string): Findings {
  const graph = stateGraph(modelOf(scenario, mutant))
  const isWrong = new Uint8Array(graph.size)
  const violated: Record<string, number> = {}
  const count = (name: string, found: Uint8Array) => {
    const states = found.reduce((sum, one) => sum + one, 0)
    if (states > 0) violated[name] = states
  }
  for (const name of propertyNames.values()) {
    if (name === 'noDeadlock') continue
    const { holds } = graph.model.properties.find((property) => property.name === name)!
    const fails = graph.select(holds).map((yes) => 1 - yes)
    for (let id = 0; id < graph.size; id++) isWrong[id] |= fails[id]
    count(name, fails)
  }
  // The twin can see that nothing goes on only where nothing else is wrong.
  const isFinal = graph.select(graph.model.final)
  const hasStep = (id: number) => graph.offsets[id + 1] > graph.offsets[id]
  count(
    'noDeadlock',
    isWrong.map((wrong, id) => Number(!wrong && !isFinal[id] && !hasStep(id))),
  )
  return { states: graph.size, transitions: graph.targets.length, violated }
}

const missing = missingTools()

describe(`SPIN on the Promela twin, mutants: ${isAll ? 'all' : partOf(3)}`, {
  timeout: 300_000,
}, () => {
  if (missing !== null) {
    // Not a skipped test: those are errors in CI, and Node alone must be enough for `npm test`.
    console.warn(`SPIN on the Promela twin is not run: ${missing}`)
    it(`is not run: ${missing}`, () => {
      expect(process.env.TWIN, `TWIN=all needs it: ${missing}`).not.toBe('all')
    })
    return
  }

  const verifiers = new Map<string, Promise<Verifier>>()
  // One after the other, while forkcheck is busy with the scenario before.
  let last: Promise<unknown> = Promise.resolve()
  const verifier = (name: string): Promise<Verifier> => {
    if (verifiers.size === 0)
      for (const { scenario } of compared) {
        const built = last.then(() => verifierOf(scenario))
        last = built.catch(() => {})
        verifiers.set(scenario.name, built)
      }
    return verifiers.get(name)!
  }
  afterAll(async () => {
    for (const built of verifiers.values()) await built.then((v) => v.remove()).catch(() => {})
  })

  for (const { scenario, broken } of compared) {
    it(`agrees on ${scenario.name}`, async () => {
      const found = await (await verifier(scenario.name)).explore()
      expect(found, JSON.stringify(scenario)).toEqual(findingsOf(scenario))
      expect(found.violated).toEqual({})
    })

    for (const mutant of broken)
      it(`agrees on ${scenario.name} with ${mutant}`, async () => {
        const found = await (await verifier(scenario.name)).explore(mutant)
        expect(found.violated).not.toEqual({})
        if (LOSES_ITS_WAY.has(mutant)) {
          const model = modelOf(scenario, mutant)
          expect(() => stateGraph(model)).toThrow('is not whole')
          const { counterexamples } = check(model)
          expect(Object.keys(found.violated)).toContain(counterexamples[0].property)
        } else expect(found).toEqual(findingsOf(scenario, mutant))
      })
  }
})

describe('the twin', () => {
  it('checks properties that forkcheck checks', () => {
    const known = [...modelOf(scenarios[0]).properties.map(({ name }) => name), 'noDeadlock']
    expect(propertyNames.size).toBeGreaterThan(10)
    for (const name of propertyNames.values()) expect(known).toContain(name)
  })

  it('makes mistakes that forkcheck makes', () => {
    expect(mutantNumbers.size).toBeGreaterThan(10)
    for (const name of mutantNumbers.keys()) expect(mutants.map((m) => m.name)).toContain(name)
    for (const [name, some] of Object.entries(SOME)) {
      expect(compared.map(({ scenario }) => scenario.name)).toContain(name)
      for (const mutant of some) expect([...mutantNumbers.keys()]).toContain(mutant)
    }
  })
})
