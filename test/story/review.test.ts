/** What has changed in a corpus, and how it is shown in a pull request. */
import { describe, expect, test } from 'vitest'
import { corpusIndex } from '../../runs/corpus-index.js'
import { leadingOf } from '../../runs/leading.js'
import { renamedSteps } from '../../runs/schedule.js'
import { storyMermaid } from '../../story/render/mermaid.js'
import { reviewPage } from '../../story/render/review-page.js'
import { changesOf, changeTitle } from '../../story/review.js'
import { storyOf } from '../../story/story.js'
import { counterexampleFile, noFlush } from '../support/counterexamples.js'

const file = counterexampleFile(noFlush)
const other = { ...file, property: 'framesAreCounted' }
const shorter = { ...file, schedule: file.schedule.slice(1), steps: file.steps - 1 }
const story = storyOf(noFlush.setup, noFlush.model, noFlush.trace, noFlush)

describe('changes', () => {
  const kinds = (...versions: Parameters<typeof changesOf>) =>
    changesOf(...versions).map(({ kind, path }) => `${kind} ${path}`)

  test('new, gone, changed, reworded, or nothing', () => {
    const a = { path: 'a', file }
    expect(kinds([a], [a])).toEqual([])
    expect(kinds([], [a])).toEqual(['new a'])
    expect(kinds([a], [])).toEqual(['gone a'])
    expect(kinds([a], [{ path: 'b', file: shorter }])).toEqual(['changed b'])
    expect(kinds([a], [{ path: 'b', file: other }])).toEqual(['new b', 'gone a'])
    expect(kinds([a], [{ path: 'a', file: { ...file, expect: 'holds' } }])).toEqual(['reworded a'])
    expect(kinds([{ path: 'a', file: null }], [a])).toEqual(['reworded a'])
  })
  test('one that has gone is the past of one that is new, not of two', () => {
    const now = ['b', 'c'].map((path) => ({ path, file: shorter }))
    expect(kinds([{ path: 'a', file }], now)).toEqual(['changed b', 'new c'])
  })
  test('in a line, with both lengths', () => {
    const [change] = changesOf([{ path: 'a', file }], [{ path: 'b', file: shorter }])
    expect(changeTitle(change)).toBe(
      `changed  noStaleTranslation, linux, mutant linux-no-flush, ${file.steps} -> ${shorter.steps} steps`,
    )
    const [broken] = changesOf([], [{ path: 'a', file: null }])
    expect(changeTitle(broken)).toBe('new  a (cannot be read)')
  })
})

test('the index escapes what would end a cell', () => {
  const explanation = 'a | b'
  const text = corpusIndex([{ path: 'x/y.cex.json', file: { ...file, mutant: null, explanation } }])
  expect(text).toContain('| linux | - | two-writers | [noStaleTranslation](x/y.cex.json) | ')
  expect(text).toContain(' | a \\| b |\n')
})

describe('lanes for a pull request', () => {
  const text = storyMermaid(story)
  const body = text.split('\n').slice(1, -1)

  test('are a sequence diagram: participants, steps, notes', () => {
    expect(text.startsWith('sequenceDiagram\n')).toBe(true)
    for (const line of body)
      expect(line).toMatch(
        /^ {2}(participant a\d as \w+|a(\d)->>a\2: [^;#]+|Note over a\d: [^;#]+)$/,
      )
    expect(body.filter((line) => line.startsWith('  participant'))).toEqual([
      '  participant a0 as parent',
      '  participant a1 as parent2',
    ])
    expect(body.at(-1)).toBe(`  Note over a0: ${noFlush.explanation}`)
  })
  test('every step is in it, by itself or in a run of others', () => {
    const numbers = body.flatMap((line) => {
      const [, from, to] = /: (\d+)(?: to (\d+))? /.exec(line) ?? []
      return from ? [[Number(from), Number(to ?? from)]] : []
    })
    expect(numbers[0][0]).toBe(1)
    expect(numbers.at(-1)?.[1]).toBe(story.steps.length)
    for (const [i, [from]] of numbers.entries()) if (i > 0) expect(from).toBe(numbers[i - 1][1] + 1)
  })
  test('what is too long loses its beginning, and says so', () => {
    const many = Array.from({ length: 200 }, (_, i) => ({ ...story.steps[0], number: i + 1 }))
    const long = storyMermaid({ ...story, argument: null, steps: many })
    expect(long).toContain('\n  Note over a0: steps 1 to 140 are left out here\n')
    expect(long.match(/->>/g)).toHaveLength(60)
  })
  test('a page says what is broken, the promise first, and how it comes about', () => {
    const lead = leadingOf(noFlush.model, [noFlush])
    const led = storyOf(noFlush.setup, noFlush.model, lead.trace, lead)
    const change = { kind: 'new' as const, path: 'a.cex.json', before: null, after: file }
    const page = reviewPage([{ ...change, ends: 'as expected', story: led }], 'main')
    expect(page).toMatch(
      /\n\*\*childSeesForkTimeMemory\*\* is violated: Whenever the child can look/,
    )
    expect(page).toMatch(/\nAlso noStaleTranslation: No CPU caches /)
    expect(page).toMatch(/\n> Parent2's CPU caches page 0 as frame 0, writable \(8\)\. /)
  })
  test('a page without changes says so', () => {
    expect(reviewPage([], 'main')).toContain('since `main`.\n\nNothing.\n')
  })
})

test('rules by other names', () => {
  const names = new Map([
    ['fork', 'clone'],
    ['killChild', 'kill'],
  ])
  const schedule = [
    'parent.fork',
    'parent.forkVma',
    'killer.killChild',
    'fork(2)',
    'a.b.fork(1, 2)',
  ]
  expect(renamedSteps(schedule, names)).toEqual([
    'parent.clone',
    'parent.forkVma',
    'killer.kill',
    'clone(2)',
    'a.b.clone(1, 2)',
  ])
})
