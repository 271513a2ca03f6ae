/** State spaces whose size is known without any checker. */
import { describe, expect, it } from 'vitest'
import { check, type Model } from '../../../checker/index.js'
import { toyModel } from '../../../tools/bench/toy.js'
import { expectAgreement } from '../../support/agree.js'
import { counter, diners, fan, hanoi, twoThreads } from '../../support/small-models.js'

const executions = ['compiled', 'interpreted'] as const

/** All of these models are inside the subset: a comparison with themselves would prove little. */
function explored<S>(model: Model<S>, execution: (typeof executions)[number]) {
  const result = check(model, { execution, continue: true })
  if (execution === 'compiled') expect(result.interpreted).toEqual([])
  return result
}

describe.each(executions)('%s', (execution) => {
  it.each([2, 3, 4, 7, 10])('%i dining philosophers: 3^N - 1 states, one deadlock', (seats) => {
    const result = explored(diners(seats), execution)
    expect(result.states).toBe(3 ** seats - 1)
    expect(result.deadlocks).toBe(1)
    expect(result.counterexamples[0].trace.schedule.length).toBe(seats)
  })

  it.each([1, 2, 3, 5, 8])('tower of Hanoi, %i discs: 3^N states, 2^N - 1 moves', (discs) => {
    const result = explored(hanoi(discs), execution)
    expect(result.states).toBe(3 ** discs)
    expect(result.depth).toBe(2 ** discs - 1)
    // Every state has three moves, but for the three with all discs on one peg, which have two.
    expect(result.transitions).toBe(3 ** (discs + 1) - 3)
    const mean = result.transitions / result.states
    expect(result.successors).toEqual({ fewest: 2, mean, most: discs === 1 ? 2 : 3 })
    expect(result.counterexamples[0].trace.schedule.length).toBe(2 ** discs - 1)
  })

  it.each([1, 2, 3, 100, 5000])('a counter of %i', (size) => {
    const result = explored(counter(size), execution)
    expect(result).toMatchObject({ states: size, transitions: size, depth: size - 1, deadlocks: 0 })
    expect(result.levels).toEqual(Array.from({ length: size }, () => 1))
  })

  it('one state with 1,000 successors, and each of those with one', () => {
    const result = explored(fan(1000), execution)
    expect(result).toMatchObject({ states: 1001, transitions: 2000, depth: 1, deadlocks: 0 })
    expect(result.fired).toEqual({ open: 1000, close: 1000 })
    expect(result.successors).toEqual({ fewest: 1, mean: 2000 / 1001, most: 1000 })
  })

  it.each([
    [0, 0],
    [2, 3],
    [30, 50],
  ])('two threads of %i and %i steps', (a, b) => {
    const result = explored(twoThreads(a, b), execution)
    expect(result.states).toBe((a + 1) * (b + 1))
    expect(result.transitions).toBe(a * (b + 1) + b * (a + 1))
    expect(result.depth).toBe(a + b)
    expect(result.verdict).toBe('holds')
  })
})

it('two threads of 2 and 3 steps, level by level', () => {
  // 00 | 10 01 | 20 11 02 | 21 12 03 | 22 13 | 23
  expect(check(twoThreads(2, 3)).levels).toEqual([1, 2, 3, 3, 2, 1])
})

it('the toy protocol has the size it has in other checkers', () => {
  expect(check(toyModel(7))).toMatchObject({
    states: 22_599,
    transitions: 91_136,
    verdict: 'holds',
  })
  expect(check(toyModel(8))).toMatchObject({
    states: 76_545,
    transitions: 318_556,
    verdict: 'holds',
  })
})

it('the reference knows these sizes too', () => {
  expect(expectAgreement(diners(5)).states).toBe(242)
  expect(expectAgreement(hanoi(4)).states).toBe(81)
  expect(expectAgreement(counter(9)).states).toBe(9)
  expect(expectAgreement(twoThreads(3, 4)).states).toBe(20)
  expect(expectAgreement(toyModel(3)).verdict).toBe('holds')
})
