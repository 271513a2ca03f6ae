/** What articles claim: the answers that the page gives follow from the numbers. */
import { describe, expect, test } from 'vitest'
import { claimRow, claims } from '../../runs/compare/claims.js'

/** The values of a row, or the first of them. */
const valuesOf = (name: string, system: string, most?: number) => {
  const claim = claims.find((one) => one.name === name)
  if (!claim) throw new Error(`no claim ${name}`)
  return claimRow({ ...claim, values: claim.values.slice(0, most) }, system).values
}

describe.each(['async-fork', 'async-fork-anolis', 'async-fork-bytedance'])('%s', (system) => {
  test('copies no table in fork, but marks every PMD in a step of its own', () => {
    expect(valuesOf('fork-grows', system)).toEqual([0, 0, 0])
    expect(valuesOf('fork-still-walks', system)).toEqual([11, 12, 13])
  })

  test('interrupts the parent once for each PMD that it writes to', () => {
    expect(valuesOf('interruptions', system)).toEqual([1, 2, 3])
  })
})

test('the default fork copies all tables, and interrupts nobody afterwards', () => {
  expect(valuesOf('fork-grows', 'linux')).toEqual([1, 2, 3])
  expect(valuesOf('interruptions', 'linux')).toEqual([0, 0, 0])
})

test('a mapping beside the heap stalls where the VMA is tied to the child', () => {
  expect(valuesOf('interruptions-by-mmap', 'async-fork')).toEqual([1, 2, 3])
  expect(valuesOf('interruptions-by-mmap', 'async-fork-bytedance')).toEqual([0, 0, 0])
})

test('more copiers divide the work, and do not help the parent at worst', () => {
  expect(valuesOf('copiers', 'async-fork', 3)).toEqual([4, 2, 2])
  expect(valuesOf('copiers-worst-case', 'async-fork', 3)).toEqual([2, 2, 2])
})

test('every page that is touched is one more copy; a huge page costs one', () => {
  expect(valuesOf('rehash', 'linux')).toEqual([1, 2, 3, 4])
  expect(valuesOf('huge-pages', 'linux')).toEqual([1, 1])
  expect(valuesOf('memory-doubles', 'linux')).toEqual([4, 8])
})

test('shared tables stay shared while nobody writes', () => {
  expect(valuesOf('tables-are-shared', 'linux')).toEqual([2, 4, 6])
  expect(valuesOf('tables-are-shared', 'on-demand-fork')).toEqual([1, 2, 3])
})
