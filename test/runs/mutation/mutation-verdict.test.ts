/** What becomes of mutants that name no scenario. */
import { describe, expect, test } from 'vitest'
import { check } from '../../../checker/search/search.js'
import { type Mutant, scenarios, systems } from '../../../model/index.js'
import { snapshotModel } from '../../../runs/fork-machine/model.js'
import { concerned, judge, known } from '../../../runs/mutation/mutation-verdict.js'
import { systematicMutants } from '../../../runs/mutation/systematic.js'

const asyncFork = systems[1]
const knownOf = (name: string) => {
  const scenario = scenarios.find((one) => one.name === name)
  const found = scenario && known(scenario, asyncFork, 20_000)
  if (!found) throw new Error(`no scenario ${name} of that size`)
  return found
}
const among = ['bgsave-log-line', 'copier-fails'].map(knownOf)
const all = systematicMutants(asyncFork, 'system')
const named = (says: string) => {
  const found = all.find((mutant) => mutant.says === says)
  if (!found) throw new Error(`no systematic mutant: ${says}`)
  return found
}

describe('a mutant', () => {
  test('is caught by a property in the first scenario in which it shows', async () => {
    expect(await judge(asyncFork, named('tableClearMarker is never taken.'), among)).toEqual({
      is: 'caught',
      by: 'noDeadlock',
      scenario: 'bgsave-log-line',
    })
  })
  test('of a function is, where a rule uses it', async () => {
    const kept = named('unmark without `s.mm[PARENT].pmd[slot].writable = true`.')
    expect((await judge(asyncFork, kept, among))?.is).toBe('caught')
  })
  test('has its original’s graph, where it changes nothing that these scenarios show', async () => {
    expect((await judge(asyncFork, named('copierRelock is never taken.'), among))?.is).toBe(
      'same graph',
    )
  })
  test('behaves as its original, where only a register differs', async () => {
    const tidies = asyncFork.rules.find(({ name }) => name === 'copierIsDone')
    const mutant: Mutant = {
      ...named('copierIsDone is never taken.'),
      change: {
        copierIsDone: {
          effect: (s, t) => {
            s.thread[t].page = s.geometry.pages
            s.thread[t].entry = 1
            s.thread[t].pc = 'copier.join'
          },
        },
      },
    }
    expect(tidies?.at).toBe('copier.vma')
    expect((await judge(asyncFork, mutant, among))?.is).toBe('same behaviour')
  })
  test('survives where it does something else and nothing fails', async () => {
    const { effect } = asyncFork.rules.find(({ name }) => name === 'copierFails') ?? {}
    const idle = { name: 'idle', at: 'copier.fail', to: 'copier.join', source: 'test' } as const
    const mutant: Mutant = {
      ...named('copierRelock is never taken.'),
      add: [{ ...idle, effect }],
    }
    const found = await judge(asyncFork, mutant, among)
    expect(found).toMatchObject({ is: 'survivor', scenario: 'copier-fails' })
    expect(found?.is === 'survivor' && found.schedule.length).toBeGreaterThan(10)
  })
})

test('a scenario is passed over only where a search finds the original’s graph', async () => {
  for (const mutant of all.filter((_, i) => i % 67 === 3)) {
    const asked = concerned(asyncFork, mutant, among)
    const digests = asked.map(({ scenario, digest }) => {
      const run = check(snapshotModel({ scenario, system: asyncFork, mutant }), { digest: true })
      return run.verdict === 'holds' && run.digest === digest
    })
    const isSame = (await judge(asyncFork, mutant, asked))?.is === 'same graph'
    expect([mutant.name, isSame]).toEqual([mutant.name, digests.every((same) => same)])
  }
})

describe('asked are', () => {
  const [small, fails] = among
  const relocks = knownOf('unmap-whole')
  const asked = (says: string) =>
    concerned(asyncFork, named(says), [fails, small, relocks]).map((known) => known.scenario.name)

  test('scenarios that take a step, if it is dropped or does something else', () => {
    expect(asked('copierRelock is never taken.')).toEqual(['unmap-whole'])
    expect(asked("copierFails without `s.thread[t].pc = 'copier.join'`.")).toEqual(['copier-fails'])
  })
  test('scenarios that come to its place, if its guard is changed', () => {
    const guard = 'copierNoticesKill whether or not `mustStop(s, t)`.'
    expect(asked(guard).toSorted()).toEqual(['bgsave-log-line', 'copier-fails', 'unmap-whole'])
  })
  test('small ones first', () => {
    const [first] = asked('copierLock is never taken.')
    expect(first).toBe('bgsave-log-line')
  })
})

test('what is too large is left out', () => {
  expect(known(scenarios[0], asyncFork, 10)).toBeNull()
})

test('names tell all of them apart, and say what is changed', () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  expect(new Set(all.map(({ says }) => says)).size).toBe(all.length)
  for (const { says } of all)
    expect(says).toMatch(/ (is never taken|without|whether or not|as if never|comes before)/)
})
