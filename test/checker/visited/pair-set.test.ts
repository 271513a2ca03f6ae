/** The set of pairs without numbers against a plain Set, through growing and widening. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PairSet } from '../../../checker/visited/pair-set.js'
import { PairBatch } from '../../../checker/visited/pairs.js'

/** Adds pairs in batches of a given size, and checks every answer. */
function addAndCompare(pairs: Iterable<readonly [number, number]>, size: number): PairSet {
  const set = new PairSet()
  const batch = new PairBatch()
  batch.reserve(size)
  const known = new Set<number | string>()
  const keyOf = (left: number, right: number) =>
    left < 2 ** 21 ? left * 2 ** 31 + right : `${left} ${right}`
  let count = 0
  const settle = () => {
    const news = set.addAll(batch, count)
    const fresh = new Set(set.fresh.slice(0, news))
    for (let i = 0; i < count; i++) {
      const key = keyOf(batch.left[i], batch.right[i])
      if (fresh.has(i) === known.has(key))
        throw new Error(`${batch.left[i]} ${batch.right[i]} is new: ${fresh.has(i)}`)
      known.add(key)
    }
    expect(set.size).toBe(known.size)
    count = 0
  }
  for (const [left, right] of pairs) {
    batch.put(count++, left, right)
    if (count === size) settle()
  }
  settle()
  return set
}

/** Numbers of all sizes, small ones most often. */
const word = fc.integer({ min: 0, max: 31 }).chain((bits) => fc.nat(2 ** bits - 1))
const narrow = fc.integer({ min: 0, max: 20 }).chain((bits) => fc.nat(2 ** bits - 1))

describe('PairSet', () => {
  it('knows what it was given, wide words beside narrow ones included', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(narrow, narrow), { maxLength: 300 }),
        fc.oneof(fc.tuple(narrow, word), fc.tuple(word, narrow)),
        fc.integer({ min: 1, max: 70 }),
        (pairs, wide, size) => {
          // All again, after the set was made one for wider words.
          addAndCompare([...pairs, wide, ...pairs, wide], size)
        },
      ),
      // A wide word takes many slots: in few runs.
      { numRuns: 30 },
    )
  })

  it.each([
    ['a square', 15, (i: number) => [i % 700, Math.floor(i / 700)] as const],
    ['a column', 15, (i: number) => [0, i] as const],
    ['a row', 15, (i: number) => [i, 0] as const],
    // Both words are wide: as many slots are needed as leave a remainder that fits.
    [
      'multiples of 1024',
      30,
      (i: number) => [(i % 512) * 1024, Math.floor(i / 512) * 1024] as const,
    ],
  ])('150,000 pairs, each twice: %s, in less than %i bytes each', (_, bytes, pairOf) => {
    function* pairs() {
      for (let round = 0; round < 2; round++) for (let i = 0; i < 150_000; i++) yield pairOf(i)
    }
    const set = addAndCompare(pairs(), 512)
    expect(set.size).toBe(150_000)
    expect(set.bytes / set.size).toBeLessThan(bytes)
  })

  it('takes no more slots for wide words than they need', () => {
    // Numbers of 33 million inner pairs on both sides: 50 bits, of which a slot holds 23.
    const set = addAndCompare([[2 ** 25 - 1, 2 ** 25 - 1]], 1)
    expect(set.bytes).toBe(4 * 2 ** 27)
  })

  it('refuses negative words', () => {
    const batch = new PairBatch()
    batch.put(0, -1, 3)
    expect(() => new PairSet().addAll(batch, 1)).toThrow('negative')
  })
})
