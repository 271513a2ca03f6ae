/** The proof for any number of page tables: what it proves, what it refutes, and what it is worth. */
import { describe, expect, it } from 'vitest'
import type { Question } from '../../proof/models.js'
import { type ProofResult, prove } from '../../proof/prove.js'
import { proofEnd } from '../../proof/report.js'
import { mutantNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { isWhole } from '../support/part.js'

const question = (more: Partial<Question> = {}): Question => ({
  system: systemNamed('async-fork'),
  threads: 1,
  pagesPerTable: 1,
  operations: ['dontneed'],
  options: {},
  ...more,
})

const driver = { seconds: () => 0, pause: async () => null }

const proofOf = (more: Partial<Question> = {}): Promise<ProofResult> =>
  prove(question(more), { simulated: 100 }, driver)

/** Rules of the environment that no position takes: what they stand for would not be there. */
const neverTaken = ({ environment }: ProofResult) =>
  Object.keys(environment).filter((rule) => environment[rule] === 0)

describe('a proof', () => {
  it.each(isWhole ? [['dontneed'], ['write', 'dontneed'], ['munmap']] : [['munmap']])(
    'of %j is complete in all positions, and its last line names the bounds',
    async (...names) => {
      const operations = names as Question['operations']
      const result = await proofOf({ operations })
      expect(result.verdict).toBe('proved')
      expect(result.positions.map(({ position, verdict }) => `${position} ${verdict}`)).toEqual([
        'only holds',
        'first holds',
        'middle holds',
        'last holds',
      ])
      expect(neverTaken(result)).toEqual(names.includes('dontneed') ? [] : ['zapElsewhereSyncs'])
      const end = proofEnd(result)
      expect(end).toContain(
        'for any number of page tables and operations (parent threads 1, copiers 1',
      )
      expect(end).toContain(`pages a table 1, operations ${operations.join(' ')})`)
    },
  )

  it('of the default fork is complete too', async () => {
    const result = await proofOf({ system: systemNamed('linux'), operations: ['write', 'munmap'] })
    expect(result.verdict).toBe('proved')
    expect(neverTaken(result)).toEqual([])
  })

  it('is none when a limit is hit', async () => {
    const result = await prove(question(), { maxStates: 1000 }, driver)
    expect(result.verdict).toBe('incomplete')
    expect(proofEnd(result)).toMatch(/^NOT PROVED: --max-states 1000/)
  })

  it('is none when it is interrupted', async () => {
    let calls = 0
    const pause = async () => (++calls > 1 ? 'interrupted' : null)
    const result = await prove(question(), {}, { ...driver, pause })
    expect([result.verdict, result.reason]).toEqual(['incomplete', 'interrupted'])
  })
})

describe('a mutant', () => {
  it('is refuted, and the concrete run that shows it is an ordinary scenario', async () => {
    const result = await proofOf({ mutant: mutantNamed('no-sync-before-zap') })
    expect(result.verdict).toBe('violated')
    const { near, property } = result.counterexample ?? {}
    expect(property).toBe('markersTellTheTruth')
    expect(near?.found?.setup?.scenario.parent).toEqual([
      [{ do: 'fork' }, { do: 'dontneed', from: 0, to: 1 }],
    ])
  })
})
