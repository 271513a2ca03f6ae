/** Which thread does which check: every check once, alike ones by one thread as long as it has others. */
import { expect, test } from 'vitest'
import { Turns } from '../../cli/work-queue.js'

/** What threads do that are all as fast. */
function shares(kinds: string, threads: number): number[][] {
  const turns = new Turns([...kinds])
  const working = Array.from({ length: threads }, () => turns.ofThread())
  const done: number[][] = working.map(() => [])
  for (let isOver = false; !isOver; ) {
    isOver = true
    for (const [thread, checks] of working.entries()) {
      const { value, done: hasNone } = checks.next()
      if (hasNone) continue
      done[thread].push(value)
      isOver = false
    }
  }
  return done
}

test('checks that are not alike are done in their order', () => {
  expect(shares('abcde', 1)).toEqual([[0, 1, 2, 3, 4]])
  expect(shares('abcde', 2)).toEqual([
    [0, 2, 4],
    [1, 3],
  ])
})

test('alike ones are for one thread, the most of a kind first', () => {
  expect(shares('abaccc', 2)).toEqual([
    [3, 4, 5],
    [0, 2, 1],
  ])
})

test('whoever has nothing left helps', () => {
  expect(shares('aaaaab', 2)).toEqual([
    [0, 1, 3],
    [5, 2, 4],
  ])
})

test('there may be nothing to do', () => {
  expect(shares('', 2)).toEqual([[], []])
})
