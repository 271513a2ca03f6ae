/** A rule's text says what its functions do: the engine reads the text, and runs what it says. */
import { expect, test } from 'vitest'
import type { State } from '../../model/index.js'
import { completed } from '../../model/rule.js'

/** What becomes of a thread at page 1 and of one at page 2, by the function and by its text. */
function after(effect: (s: State, t: number) => void) {
  const at = 'fault.walk'
  const whole = completed({ name: 'x', source: '', at, to: 'fault.pte', effect }).effect
  const read = new Function(`return ${whole}`)() as typeof whole
  return [whole, read].map((take) => {
    const s = { thread: [1, 2].map((page) => ({ pc: at, page })) } as unknown as State
    take(s, 0)
    take(s, 1)
    return s.thread.map(({ pc, page }) => [pc, page])
  })
}

const next = 'fault.pte'

type Effect = (s: State, t: number) => void

/** Effects by how they end, with the pages that they leave. */
const effects: readonly (readonly [string, Effect, readonly number[]])[] = [
  [
    'at its end',
    (s, t) => {
      s.thread[t].page++
    },
    [2, 3],
  ],
  [
    'where it returns early',
    (s, t) => {
      if (s.thread[t].page === 2) return
      s.thread[t].page = 7
    },
    [7, 2],
  ],
  [
    'where it returns in an inner block, behind a comment that says return',
    (s, t) => {
      // return
      for (let i = 0; i < 3; i++) {
        if (s.thread[t].page === 2) {
          s.thread[t].page = 9
          return
        }
      }
    },
    [1, 9],
  ],
  [
    'where a function within it returns',
    (s, t) => {
      const next = [s.thread[t].page].map((page) => {
        return page + 5
      })
      s.thread[t].page = next[0]
    },
    [6, 7],
  ],
]

test.each(effects)('the thread goes on to the next place %s', (_, effect, pages) => {
  const expected = pages.map((page) => [next, page])
  expect(after(effect)).toEqual([expected, expected])
})
