/** What can be taken out of a function, one thing at a time. */
import { describe, expect, test } from 'vitest'
import { singleChanges } from '../../../runs/mutation/single-changes.js'

interface S {
  x: number
  y: number
  on: boolean
}

const said = (fn: (s: S) => unknown, condition = false) =>
  singleChanges(fn, condition).map(({ says }) => says)

/** The state a changed effect leads to. */
const done = (fn: (s: S) => void, says: string, from: S) => {
  const found = singleChanges(fn, false).find((single) => single.says === says)
  if (!found) throw new Error(`${says} is not among ${said(fn)}`)
  const s = { ...from }
  found.fn(s)
  return s
}

const start: S = { x: 1, y: 2, on: true }

describe('a condition', () => {
  test('loses each of its parts, and all of them', () => {
    expect(said((s) => s.on && (s.x === 1 || s.y > 2), true)).toEqual([
      'whether or not `s.on && (s.x === 1 || s.y > 2)`',
      'whether or not `s.on`',
      'whether or not `s.x === 1 || s.y > 2`',
      'as if never `s.x === 1`',
      'as if never `s.y > 2`',
    ])
  })
  test('is then what is left of it', () => {
    const [all, first] = singleChanges((s: S) => s.on && s.x === 2, true)
    expect(all.fn(start)).toBe(true)
    expect(first.fn({ ...start, on: false, x: 2 })).toBe(true)
    expect(first.fn(start)).toBe(false)
  })
  test('of a value is not taken out', () => {
    expect(said((s) => s.x + s.y)).toEqual([])
  })
})

describe('an effect', () => {
  const effect = (s: S) => {
    if (s.on) s.x = 0
    s.y = s.x
  }
  test('loses each statement', () => {
    expect(said(effect)).toEqual([
      'without `if (s.on) s.x = 0`',
      'without `s.y = s.x`',
      'whether or not `s.on`',
    ])
    expect(done(effect, 'without `s.y = s.x`', start)).toEqual({ x: 0, y: 2, on: true })
  })
  test('keeps what it declares and what it returns', () => {
    const found = said((s) => {
      const twice = s.x * 2
      return twice
    })
    expect(found).toEqual([])
  })
  test('takes either branch, whatever the case', () => {
    const either = (s: S) => {
      if (s.on) s.x = 5
      else s.x = 6
    }
    expect(done(either, 'whether or not `s.on`', { ...start, on: false }).x).toBe(5)
    expect(done(either, 'as if never `s.on`', start).x).toBe(6)
  })
  test('two changes of one text are told apart', () => {
    const twice = (s: S) => {
      s.x++
      s.x++
    }
    expect(said(twice)).toContain('without `s.x++` (2)')
  })
})

test('the function itself stays as it is', () => {
  const fn = (s: S) => s.on && s.x === 1
  const text = fn.toString()
  singleChanges(fn, true)
  expect(fn.toString()).toBe(text)
  expect(fn(start)).toBe(true)
})
