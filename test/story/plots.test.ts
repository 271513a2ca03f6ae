/** Plots: everything that is to be seen in them is there, in its place. */
import { describe, expect, test } from 'vitest'
import type { Comparison } from '../../runs/compare/comparison.js'
import { comparisonPlots, killPlot, levelPlot, stacked } from '../../story/render/plots.js'

const heights = (svg: string) =>
  [...svg.matchAll(/<rect [^>]*height="([\d.]+)"/g)].map(([, height]) => Number(height))

test('a level is as high as it has states', () => {
  const svg = levelPlot('linux/<x>', [1, 4, 2])
  expect(heights(svg)).toEqual([65, 260, 130])
  expect(svg).toContain('linux/&lt;x&gt;: 7 states, depth 2')
  expect(svg.match(/<title>/g)).toHaveLength(3)
})

describe('worst cases', () => {
  const row = (system: string, pmds: number, tables: number, waits: number) =>
    ({
      ...{ system, operation: 'a write', pmds, tables, waits },
      ...{ allocations: 0, faults: 0, inUse: 0 },
    }) as Comparison
  const rows = [
    row('linux', 1, 1, 0),
    row('linux', 2, 2, 0),
    row('async-fork', 1, 1, 3),
    row('async-fork', 2, 1, Number.POSITIVE_INFINITY),
  ]
  const svg = comparisonPlots(rows)
  test('a line for each system, in a dash of its own', () => {
    const lines = [...svg.matchAll(/<path d="(M[^"]*L[^"]*)"[^>]*stroke-dasharray="([^"]*)"/g)]
    const [linux, asyncFork] = lines
    expect(linux[1]).toBe('M50 141 L270 76')
    expect(asyncFork[1]).toBe('M50 138.5 L270 138.5')
    expect(linux[2]).not.toBe(asyncFork[2])
  })
  test('what has no bound is no line but a sign', () => {
    expect(svg.match(/>∞</g)).toHaveLength(1)
    expect(svg).not.toMatch(/Infinity|NaN/)
  })
})

test('the kill matrix has a mark for each mutant, under the property that caught it', () => {
  const svg = killPlot([
    { name: 'one', property: 'b', steps: 10, caught: true },
    { name: 'two', property: 'a', steps: 5, caught: true },
    { name: 'three', property: null, steps: null, caught: false },
  ])
  const at = [...svg.matchAll(/<rect x="(\d+)"[^>]*fill="rgb\(([\d ]+)\)"/g)].map(
    ([, x, shade]) => [x, shade],
  )
  expect(at).toEqual([
    ['317', '39 165 103'],
    ['291', '120 199 160'],
    ['343', '246 220 203'],
  ])
  expect(svg).toContain('2 of 3 mutants caught')
  expect(svg).toContain('three: NOT CAUGHT by nothing, no steps')
})

test('plots one below the other', () => {
  const one = levelPlot('one', [1])
  const both = stacked([one, one])
  expect(both).toContain('translate(0 0)')
  expect(both).toContain('translate(0 330)')
  expect(both).toMatch(/^<svg [^>]*height="660"/)
})
