/** The arbitraries: what fast-check reports is small, comes again from seed and path, and ends. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { check } from '../../checker/index.js'
import type { Mutant } from '../../model/index.js'
import { completed } from '../../model/rule.js'
import type { SnapshotSetup } from '../../runs/fork-machine/model.js'
import { systemNamed } from '../../runs/fork-machine/names.js'
import { partsOf } from '../../runs/fork-machine/smaller.js'
import { switchesOf } from '../../runs/schedule.js'
import { Interleaving, interleavingArbitrary } from '../../testing/fast-check.js'
import { isWhole } from '../support/part.js'

type Run = Interleaving<SnapshotSetup>

const holds = (run: Run) => run.violation === null

describe('a failure', () => {
  const runs = interleavingArbitrary({ system: 'async-fork', mutant: 'table-sync-closes-vma' })
  const property = fc.property(runs, holds)
  const failure = fc.check(property, { numRuns: 1_000, seed: 12 })
  const [run] = failure.counterexample ?? []

  test('is reported small: scenario and schedule', () => {
    expect(failure.failed).toBe(true)
    expect(partsOf(run!.setup.scenario)).toMatchObject({ 'page tables': 1, operations: 2 })
    const properties = [run!.violation!.property]
    const { counterexamples } = check(run!.model, { properties, continue: true })
    // A rule that fails is told too, whatever is asked for.
    const shortest = counterexamples.find(({ property }) => property === properties[0])
    expect(run!.schedule.length).toBe(shortest?.trace.schedule.length)
  })

  test('comes again from its seed and path', () => {
    const { seed, counterexamplePath } = failure
    const path = counterexamplePath ?? ''
    expect(path).toContain(':')
    const again = fc.check(property, { seed, path, endOnFailure: true })
    expect(again.counterexample?.[0].schedule).toEqual(run?.schedule)
    expect(again.counterexample?.[0].setup.scenario).toEqual(run?.setup.scenario)
  })

  test('is told as a story, with a command that replays it', () => {
    const text = fc.stringify(run)
    expect(text).toContain(`violated  ${run?.violation?.property} `)
    const words = text.replaceAll(/\s+/g, ' ').toLowerCase()
    expect(words).toContain(`${run?.violation?.explanation}. `.toLowerCase())
    expect(text).toMatch(/\nreplay {4}echo '\{.*\}' > (\S+\.cex\.json); forkcheck replay \1\n/)
    const { seed, counterexamplePath: path } = failure
    const again = { seed, path: path ?? '', endOnFailure: true }
    expect(() => fc.assert(property, again)).toThrow(/violated {2}\w/)
  })
})

test('what holds has nothing to tell, and cannot be a counterexample file', () => {
  const runs = interleavingArbitrary({ system: 'linux', scenario: 'bgsave' })
  fc.assert(
    fc.property(runs, (run) => {
      expect(run.violation).toBeNull()
      expect(String(run)).toContain('linux/bgsave: nothing is violated by\n  parent.fork\n')
      expect(() => run.file()).toThrow('nothing is violated')
    }),
    { numRuns: 5 },
  )
})

test('a property of your own shrinks too, step by step', () => {
  const runs = interleavingArbitrary({ system: 'async-fork', scenario: 'bgsave', maxSteps: 60 })
  const copiesTwoTables = (run: Run) =>
    run.schedule.filter((step) => step.endsWith('tableClearMarker')).length < 2
  const { counterexample } = fc.check(fc.property(runs, copiesTwoTables), { seed: 1 })
  const [run] = counterexample ?? []
  expect(run?.violation).toBeNull()
  expect(partsOf(run!.setup.scenario)).toMatchObject({ 'page tables': 2, operations: 1, pages: 2 })
  // Every step that is left is needed.
  for (let i = 0; i < run!.schedule.length; i++) {
    const without = run!.schedule.toSpliced(i, 1)
    const stillDoes = () => !copiesTwoTables(new Interleaving(run!.setup, without))
    expect([run!.schedule[i], attempt(stillDoes)]).toEqual([run!.schedule[i], false])
  }
})

/** False where steps are not possible. */
function attempt(test: () => boolean): boolean {
  try {
    return test()
  } catch {
    return false
  }
}

describe('shrinking', () => {
  const runs = interleavingArbitrary({ system: 'async-fork', mutant: 'phase-3-undoes-first' })

  test('is lazy, makes only smaller ones, and ends wherever one goes on', () => {
    const picks = fc.array(fc.nat(5), { minLength: 200, maxLength: 200, size: 'max' })
    fc.assert(
      fc.property(runs, picks, (first, list) => {
        let current: Run = first
        for (const pick of list) {
          const some = [...runs.shrink(current, undefined).take(pick + 1)]
          const next = some.at(-1)?.value
          if (!next) return
          const [before, after] = [current, next].map(({ setup, schedule }) => ({
            parts: Object.values(partsOf(setup.scenario)),
            length: [schedule.length, switchesOf(schedule)],
          }))
          for (const [i, part] of after.parts.entries())
            expect(part).toBeLessThanOrEqual(before.parts[i])
          expect(after.length[0]).toBeLessThanOrEqual(before.length[0])
          current = next
        }
        throw new Error('no end')
      }),
      { numRuns: isWhole ? 3 : 1, seed: 5 },
    )
  })

  test('tries no more than is asked for', () => {
    let taken = 0
    const rules = systemNamed('linux').rules.map(completed)
    const fork = rules.find(({ name }) => name === 'fork')!
    const effect: typeof fork.effect = (...parameters) => {
      taken++
      fork.effect(...parameters)
    }
    const mutant = { ...outside, change: { forkFlush: null, [fork.name]: { effect } } }
    const counting = interleavingArbitrary({ system: 'linux', scenario: 'protect', mutant })
    const [run] = fc.sample(counting, { numRuns: 1, seed: 1 })
    taken = 0
    expect([...counting.shrink(run, undefined).take(1)]).toHaveLength(1)
    const forOne = taken
    expect([...counting.shrink(run, undefined)].length).toBeGreaterThan(3)
    expect(taken - forOne).toBeGreaterThan(2 * forOne)
    expect(counting.canShrinkWithoutContext(run)).toBe(true)
    expect(counting.canShrinkWithoutContext({})).toBe(false)
  })
})

/** Not a registered mutant. */
const outside: Mutant = {
  name: 'mine',
  system: 'linux',
  says: 'fork does not flush.',
  scenario: '',
  breaks: [],
  origin: 'synthetic',
  source: 'a test',
  change: { forkFlush: null },
}

test('a mutant from outside, as an object', () => {
  const runs = interleavingArbitrary({ system: 'linux', scenario: 'protect', mutant: outside })
  const { counterexample } = fc.check(fc.property(runs, holds), { seed: 1 })
  const [run] = counterexample ?? []
  expect(run?.violation?.property).toBe('noDeadlock')
  expect(String(run)).toContain('the mutant comes from no file that is known')
})

test('impossible steps are refused by name', () => {
  const [run] = fc.sample(interleavingArbitrary({ system: 'linux', scenario: 'bgsave' }), 1)
  expect(() => new Interleaving(run.setup, ['parent.forkFlush'])).toThrow(
    /^step 1: parent\.forkFlush is not enabled; enabled there: parent\.fork$/,
  )
})
