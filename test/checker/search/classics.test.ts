/** Models of the kinds that benchmark sets have, and their sizes, known without any checker. */
import { describe, expect, it } from 'vitest'
import { check, type Model } from '../../../checker/index.js'
import { TRACED_STATES } from '../../../checker/visited/store.js'
import { expectAgreement } from '../../support/agree.js'
import {
  bytes,
  jugs,
  numbers,
  pens,
  peterson,
  puzzle,
  queens,
  queueLock,
  river,
  scheduler,
  swaps,
  threads,
} from '../../support/classic-models.js'
import { missingTools, spinOn } from '../../support/spin.js'

/** All of these models are inside the subset. */
function explored<S>(model: Model<S>) {
  const result = check(model, { continue: true })
  expect(result.interpreted).toEqual([])
  return result
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))

describe('sizes in closed form', () => {
  it.each([1, 2, 3, 6, 10])('cyclic scheduler of %i tasks', (size) => {
    expect(explored(scheduler(size)).states).toBe(size * 2 ** (size + 1))
  })

  it.each([2, 3, 4, 5])("Anderson's lock for %i threads", (size) => {
    const queues = numbers(size).map((k) => factorial(size) / factorial(size - k - 1))
    const { states, verdict } = explored(queueLock(size))
    expect(verdict).toBe('holds')
    expect(states).toBe(size * (1 + queues.reduce((sum, some) => sum + 2 * some, 0)))
  })

  it('sliding puzzle: half of all arrangements, and how many of them are how far', () => {
    const { states, levels } = explored(puzzle())
    expect(states).toBe(factorial(9) / 2)
    // https://oeis.org/A089473
    expect(levels).toEqual([
      1, 2, 4, 8, 16, 20, 39, 62, 116, 152, 286, 396, 748, 1024, 1893, 2512, 4485, 5638, 9529,
      10878, 16993, 17110, 23952, 20224, 24047, 15578, 14560, 6274, 3910, 760, 221, 2,
    ])
  })

  it('swaps of neighbours: permutations by their inversions', () => {
    // https://oeis.org/A008302, row 6
    const rows = [1, 5, 14, 29, 49, 71, 90, 101, 101, 90, 71, 49, 29, 14, 5, 1]
    const { states, levels, transitions } = explored(swaps(6))
    expect(levels).toEqual(rows)
    expect(states).toBe(720)
    expect(transitions).toBe(720 * 5)
  })

  it('swaps of eight, more than are given numbers', () => {
    const { states, successors, hashLoad } = explored(swaps(8))
    expect(states).toBe(factorial(8))
    expect(states).toBeGreaterThan(TRACED_STATES)
    expect(successors).toEqual({ fewest: 7, mean: 7, most: 7 })
    expect(hashLoad).toBeGreaterThan(0.25)
    expect(hashLoad).toBeLessThanOrEqual(0.75)
  })

  it.each([
    [3, 5],
    [5, 8],
    [100, 157],
  ])('jugs of %i and %i', (first, second) => {
    expect(explored(jugs(first, second)).states).toBe(2 * (first + second))
  })

  it('over the river in 11 crossings', () => {
    const { states, counterexamples } = explored(river())
    expect(states).toBe(16)
    expect(counterexamples[0].trace.schedule.length).toBe(11)
  })

  it('queens on a board of 8 by 8, row by row', () => {
    // https://oeis.org/A319284, row 8
    expect(explored(queens(8)).levels).toEqual([1, 8, 42, 140, 344, 568, 550, 312, 92])
  })

  it('bytes that wrap around', () => {
    const { states, transitions, depth } = explored(bytes())
    expect([states, transitions, depth]).toEqual([256 ** 2, 2 * 256 ** 2, 510])
  })

  it('threads of different length', () => {
    const { states, depth } = explored(threads([1, 2, 3, 4, 5, 6]))
    expect([states, depth]).toEqual([factorial(7), 21])
  })

  it('states of 200 bytes', () => {
    expect(explored(pens(100)).states).toBe(101 ** 2)
  })
})

const PETERSON = `
byte pc[N], level[N], last[N];
#define other(k) level[(_pid + k) % N]
active [N] proctype thread() {
  do
  :: d_step { pc[_pid] == 0 -> pc[_pid] = 1 }
  :: d_step { pc[_pid] == 1 -> level[_pid]++; pc[_pid] = 2 }
  :: d_step { pc[_pid] == 2 -> last[level[_pid]] = _pid; pc[_pid] = 3 }
  :: d_step {
       pc[_pid] == 3 && (last[level[_pid]] != _pid || ALONE) ->
       pc[_pid] = (level[_pid] == N - 1 -> 4 : 1)
     }
  :: d_step { pc[_pid] == 4 -> level[_pid] = 0; pc[_pid] = 0 }
  od
}`

describe("Peterson's lock, written once more in Promela", { timeout: 60_000 }, () => {
  if (missingTools() !== null) return
  it.each([
    [2, '(other(1) < level[_pid])'],
    [3, '(other(1) < level[_pid] && other(2) < level[_pid])'],
  ])('for %i threads', async (size, alone) => {
    const { states, transitions, verdict } = explored(peterson(size))
    expect(verdict).toBe('holds')
    const text = `#define N ${size}\n#define ALONE ${alone}\n${PETERSON}`
    // To SPIN, the initial state is come to by a step.
    expect(await spinOn(text, states)).toEqual({ errors: 0, states, transitions: transitions + 1 })
  })
})

it('the reference agrees', () => {
  for (const model of [scheduler(3), queueLock(3), peterson(2), swaps(4), jugs(3, 5), river()])
    expectAgreement(model as Model<unknown>)
  expectAgreement(queens(5))
  expectAgreement(threads([1, 2, 3]))
  expectAgreement(pens(4))
})
