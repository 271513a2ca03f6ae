/** What is kept of the attempts to prove mutants, and what is said of those that are not refuted. */
import { describe, expect, it } from 'vitest'
import { isExplained, proveMutants } from '../../cli/prove-mutants.js'
import { mutants } from '../../model/index.js'
import { prove } from '../../proof/prove.js'
import { systemNamed } from '../../runs/fork-machine/names.js'
import { keptMutants } from '../../tools/docs/proved-mutants.js'

const kept = keptMutants()

describe('the kept attempts', () => {
  it('are those of every registered mutant', () => {
    const names = mutants.filter(({ system }) => system === 'async-fork').map(({ name }) => name)
    expect(kept.map(({ name }) => name)).toEqual(names)
  })

  it('leave no mutant proved: what is not refuted needs something that no bounds include', () => {
    const others = kept.filter(({ verdict }) => verdict === 'not refuted')
    expect(others.filter((line) => !isExplained(line))).toEqual([])
  })

  it('refute most mutants by a concrete run', () => {
    const refuted = kept.filter(({ verdict }) => verdict === 'refuted')
    expect(refuted.length).toBeGreaterThan(kept.length / 2)
    expect(refuted.filter(({ tables }) => tables === null).length).toBeLessThan(3)
  })
})

describe('an attempt', () => {
  const tried = async (name: string) => {
    const { done } = await proveMutants(
      {
        system: systemNamed('async-fork'),
        threads: 1,
        pagesPerTable: 1,
        operations: ['dontneed'],
        options: {},
      },
      (question, limits) => prove(question, limits, { seconds: () => 0, pause: async () => null }),
      () => false,
      () => {},
      (mutant) => mutant.name === name,
    )
    return done
  }

  it('is an explanation only where the search was complete', () => {
    const needs = ['operation pin']
    expect(isExplained({ verdict: 'open', needs })).toBe(false)
    expect(isExplained({ verdict: 'not refuted', needs })).toBe(true)
    expect(isExplained({ verdict: 'not refuted', needs: ['2 threads (seen in part)'] })).toBe(false)
    expect(isExplained({ verdict: 'refuted', needs: [] })).toBe(true)
  })

  it('refutes a mutant within the operations of its scenario', async () => {
    expect(await tried('no-sync-before-munmap')).toMatchObject([
      { verdict: 'refuted', property: 'boundVmasArePairs', tables: 1 },
    ])
  })
})
