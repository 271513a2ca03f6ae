/**
 * The abstraction, checked: every step of a concrete model, seen from every page table, is a path of
 * the abstract model; and when the abstract model is broken, this check finds it.
 */
import { describe, expect, it } from 'vitest'
import { AccessError } from '../../checker/state/layout.js'
import { mutants } from '../../model/index.js'
import type { Question } from '../../proof/models.js'
import { questionsFor } from '../../proof/mutants.js'
import type { Position } from '../../proof/positions.js'
import { Simulation, type SimulationOptions } from '../../proof/simulation.js'
import { Spotlights } from '../../proof/spotlight.js'
import { mutantNamed, scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { isWhole } from '../support/part.js'

const asyncFork = systemNamed('async-fork')
const environment = asyncFork.environment ?? { rules: [], elsewhere: [], vocabulary: [] }

const question: Question = {
  system: asyncFork,
  threads: 1,
  pagesPerTable: 1,
  operations: ['dontneed'],
  options: {},
}

function simulated(options: SimulationOptions, asked: Question = question) {
  const simulation = new Simulation(asked, options)
  while (!simulation.advance(1000));
  return simulation.result()
}

/** States of a random walk: a few in `npm test`, many in `.ci/run`. */
const MOST = isWhole ? 5000 : 300

describe('every concrete step is a path of the abstract model', () => {
  it('with one table, from the initial state on', () => {
    const result = simulated({ tables: 1, maxStates: isWhole ? 50_000 : 500 })
    expect(result.mismatches).toEqual([])
    expect(result.pairs).toBeGreaterThan(500)
  })

  it.each([1, 2])('with %i tables, all states, for munmap', (tables) => {
    const operations: Question['operations'] = ['munmap']
    const result = simulated({ tables, maxStates: 10_000 }, { ...question, operations })
    expect(result.whole).toBe(true)
    expect(result.mismatches).toEqual([])
  })

  it.each(isWhole ? [2, 3, 4] : [2])(
    `with %i tables, ${MOST} states of random walks, seed 1`,
    (tables) => {
      const result = simulated({ tables, maxStates: MOST, seed: 1 })
      expect(result.mismatches).toEqual([])
      expect(result.pairs).toBeGreaterThan(tables * 100)
    },
  )
})

describe('it fits beyond the usual bounds', () => {
  const wider: readonly [string, Partial<Question>, number][] = [
    ['the default fork', { system: systemNamed('linux'), operations: ['write', 'munmap'] }, 3],
    [
      'the default fork, two parent threads',
      { system: systemNamed('linux'), threads: 2, operations: ['write', 'dontneed'] },
      2,
    ],
    [
      'Async-fork as Alibaba ships it, repaired',
      { system: systemNamed('async-fork-anolis'), mutant: mutantNamed('anolis-repaired') },
      3,
    ],
    ['two parent threads', { threads: 2, operations: ['write', 'dontneed'] }, 2],
    ['two pages a table', { pagesPerTable: 2, operations: ['write', 'munmap'] }, 2],
    ['pointers under a lock', { options: { pointerLock: 'child' } }, 3],
    ['8 tables', { operations: ['write', 'munmap'] }, 8],
    ['16 tables', { operations: ['write', 'munmap'] }, 16],
  ]
  it.each(isWhole ? wider : wider.slice(0, 1))('%s', (_, more, tables) => {
    const options = { tables, maxStates: isWhole ? 1000 : 50, seed: 1 }
    const { mismatches, violated } = simulated(options, { ...question, ...more })
    expect({ mismatches, violated }).toEqual({ mismatches: [], violated: {} })
  })
})

describe('what is wrong with all tables is wrong in the view of one', () => {
  const SOME = ['marker-cleared-first', 'no-fork-flush', 'binds-no-vma']
  const tried = mutants.filter(
    ({ system, name }) => system === 'async-fork' && (isWhole || SOME.includes(name)),
  )
  const violations = new Set<string>()

  it.each(tried)('with mutant $name', (mutant) => {
    const [asked] = questionsFor(question, mutant, scenarioNamed(mutant.scenario))
    try {
      const { unseen, violated } = simulated({ tables: 2, maxStates: 200, seed: 1 }, asked)
      expect(unseen).toEqual([])
      for (const property of Object.keys(violated)) violations.add(property)
    } catch (error) {
      // A rule of the mutant writes what no variable can hold: that is seen in every view.
      if (!(error instanceof AccessError)) throw error
    }
  })

  it('and properties were violated', () => {
    expect(violations.size).toBeGreaterThanOrEqual(isWhole ? 8 : 3)
  })

  it('a table that nobody names is seen by none, and reported', () => {
    const mutant = mutantNamed('copy-lock-kept')
    const options = { tables: 2, maxStates: 300, seed: 1 }
    const { mismatches } = simulated(options, { ...question, mutant, operations: ['write'] })
    expect(mismatches.map(({ why }) => why)).toEqual([
      'table 2, which nobody names, has table[].lock',
    ])
  })
})

describe('a broken abstraction is found', () => {
  const without = (name: string) =>
    new Spotlights({
      ...question,
      system: {
        ...asyncFork,
        environment: {
          ...environment,
          rules: environment.rules.filter((rule) => rule.name !== name),
        },
      },
    })

  const options = { tables: 3, maxStates: isWhole ? 5000 : 600, seed: 1 }

  const names = [
    'readsElsewhere',
    'copyElsewhereFails',
    'copierStaysElsewhere',
    'faultElsewhereSyncs',
    'zapElsewhereSyncs',
  ]
  it.each(isWhole ? names : names.slice(1, 2))('without %s', (name) => {
    const result = simulated({ ...options, spotlights: without(name) })
    expect(result.mismatches.length).toBeGreaterThan(0)
  })

  it('with two threads, if a flush asks just who caches something of the spot', () => {
    const asked: Question = { ...question, threads: 2, operations: ['write', 'dontneed'] }
    const result = simulated(
      { ...options, tables: 2, spotlights: new Spotlights(asked, false) },
      asked,
    )
    expect(result.mismatches.length).toBeGreaterThan(0)
  })

  it.each<Position>(isWhole ? ['only', 'first', 'middle', 'last'] : ['only'])(
    'with no position but %s',
    (position) => {
      const result = simulated({ ...options, maxStates: 10, position: () => position })
      expect(result.mismatches.length).toBeGreaterThan(0)
    },
  )
})
