/** Models that others have published the number of states of, and by hand for SPIN. */
import { describe, expect, it } from 'vitest'
import { check } from '../../../checker/index.js'
import { bakery, bakeryPromela } from '../../../tools/bench/bakery.js'
import { twoPhase, twoPhasePromela } from '../../../tools/bench/two-phase.js'
import { isWhole } from '../../support/part.js'
import { missingTools, spinOn } from '../../support/spin.js'

const managers: [number, number][] = [
  [3, 288],
  [5, 8_832],
  [7, 296_448],
]
if (isWhole) managers.push([8, 1_745_408])

it.each(managers)(
  'two-phase commit with %i resource managers: %i states',
  (size, states) => {
    const result = check(twoPhase(size))
    expect(result.interpreted).toEqual([])
    expect([result.verdict, result.states]).toEqual(['holds', states])
  },
  120_000,
)

// The size that is published; the smaller one is compared with SPIN below.
if (isWhole)
  it('the bakery with 3 processes and numbers up to 3: 6,016,610 states', () => {
    const result = check(bakery(3, 3))
    expect(result.interpreted).toEqual([])
    expect([result.verdict, result.states]).toEqual(['holds', 6_016_610])
  }, 300_000)

describe('SPIN counts as many states and steps in the models that are written by hand', () => {
  const missing = missingTools()

  it('and is here to do it', () => {
    expect(missing).toBeNull()
  })

  it.each([
    ['two-phase, 4 managers', twoPhase(4), twoPhasePromela(4)],
    ['bakery, 2 processes, numbers up to 3', bakery(2, 3), bakeryPromela(2, 3)],
    ['bakery, 3 processes, numbers up to 1', bakery(3, 1), bakeryPromela(3, 1)],
  ])(
    '%s',
    async (_, model, promela) => {
      const result = check(model as never)
      const { errors, states, transitions } = await spinOn(promela, result.states)
      // SPIN counts the initial state as a step.
      expect([errors, states, transitions - 1]).toEqual([0, result.states, result.transitions])
    },
    120_000,
  )
})
