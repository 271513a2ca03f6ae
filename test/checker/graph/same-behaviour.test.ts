/** Two models side by side. */
import { expect, test } from 'vitest'
import { firstDifference } from '../../../checker/graph/same-behaviour.js'
import { flag, Layout, type Model, range, record } from '../../../checker/index.js'

interface S {
  at: number
  note: boolean
}

const layout = new Layout<S>(record({ at: range(0, 3), note: flag() }))

const up = (s: S) => {
  s.at++
}
const reset = (s: S) => {
  s.at = 0
}

/** Counts to 3, and may go back from there. */
function counter(back = reset): Model<S> {
  return {
    name: 'counter',
    layout,
    init: [{ at: 0, note: false }],
    rules: [
      { name: 'up', guard: (s) => s.at < 3, effect: up },
      { name: 'back', guard: (s) => s.at === 3, effect: back },
    ],
    properties: [],
    final: () => false,
  }
}

test('a model behaves as itself', () => {
  expect(firstDifference(counter(), counter(), 10)).toBeNull()
})

test('what nobody reads is no difference', () => {
  const noting = counter((s) => {
    s.at = 0
    s.note = !s.note
  })
  expect(firstDifference(counter(), noting, 100)).toBeNull()
})

test('the first step that one offers and the other does not is found, after the fewest steps', () => {
  const short = counter((s) => {
    s.at = 1
  })
  expect(firstDifference(counter(), short, 100)).toEqual(['up', 'up', 'up', 'back', 'up', 'up'])
})

test('a step that fails is a difference', () => {
  const far = counter((s) => {
    s.at += 1
  })
  expect(firstDifference(counter(), far, 100)).toEqual(['up', 'up', 'up'])
})

test('a search that would be too large says so', () => {
  expect(() => firstDifference(counter(), counter(), 2)).toThrow('more than 2 pairs of states')
})
