/** The store against a plain Map: equal vectors get equal numbers, unequal ones never do. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PairTable } from '../../../checker/visited/pairs.js'
import { StateStore } from '../../../checker/visited/store.js'

/** Words that look alike: small, negative, and such that differ in one high bit. */
const word = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom(-1, 0, 1, 2 ** 31 - 1, -(2 ** 31), 2 ** 30, 65536, 0x55555555),
  fc.integer(),
)

describe('PairTable', () => {
  it('numbers pairs in the order of first appearance', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word), { maxLength: 400 }), (pairs) => {
        const table = new PairTable()
        const known = new Map<string, number>()
        for (const [left, right] of pairs) {
          const key = `${left} ${right}`
          const id = known.get(key) ?? known.size
          known.set(key, id)
          expect(table.intern(left, right)).toBe(id)
          expect(table.size).toBe(known.size)
        }
        for (const [left, right] of pairs) {
          const id = table.intern(left, right)
          expect([table.left(id), table.right(id)]).toEqual([left, right])
        }
        expect(table.size).toBe(known.size)
      }),
      { numRuns: 100 },
    )
  })

  it('keeps a million pairs apart, through every growth of its table and its rows', () => {
    const table = new PairTable()
    const count = 1_000_000
    for (let i = 0; i < count; i++)
      if (table.intern(i % 1000, (i / 1000) | 0) !== i) throw new Error(`${i}`)
    for (let i = count - 1; i >= 0; i--)
      if (table.intern(i % 1000, (i / 1000) | 0) !== i || table.left(i) !== i % 1000)
        throw new Error(`${i} again`)
    expect(table.size).toBe(count)
    expect(table.bytes).toBeLessThan(count * 20)
  })
})

/** Vectors of one length, most of them near each other, as successors are. */
const vectors = fc.integer({ min: 2, max: 20 }).chain((words) =>
  fc.tuple(
    fc.constant(words),
    fc.array(
      fc.record({
        fresh: fc.option(fc.array(word, { minLength: words, maxLength: words }), { freq: 4 }),
        at: fc.nat(words - 1),
        word,
        reload: fc.nat(5),
      }),
      { minLength: 1, maxLength: 150 },
    ),
  ),
)

describe('StateStore', () => {
  it('agrees with a Map, in any order of storing and loading', () => {
    fc.assert(
      fc.property(vectors, ([words, steps]) => {
        const store = new StateStore(words)
        const known = new Map<string, number>()
        const stored: Int32Array[] = []
        const parents: number[] = []
        const current = new Int32Array(words + 3)
        for (const { fresh, at, word: value, reload } of steps) {
          if (fresh) current.set(fresh, 3)
          else current[3 + at] = value
          const vector = current.slice(3)
          const key = vector.join()
          const expected = known.get(key)
          const id = store.intern(current, 3, stored.length - 1)
          expect(id).toBe(expected ?? stored.length)
          if (expected === undefined) {
            known.set(key, id)
            parents.push(stored.length - 1)
            stored.push(vector)
          }
          expect(store.size).toBe(stored.length)
          if (reload < 3) {
            const which = (at * 7 + reload) % stored.length
            const into = new Int32Array(words)
            store.load(which, into)
            expect(into).toEqual(stored[which])
          }
        }
        stored.forEach((vector, id) => {
          const into = new Int32Array(words)
          store.load(id, into)
          expect(into).toEqual(vector)
          expect(store.parentOf(id)).toBe(parents[id])
          expect(store.intern(vector, 0, 99)).toBe(id)
        })
        expect(store.size).toBe(stored.length)
      }),
      { numRuns: 150 },
    )
  })

  it.each([2, 3, 5, 8, 13, 20])('%i words: 300,000 states, each found again', (words) => {
    const store = new StateStore(words)
    const vector = new Int32Array(words)
    // A counter in mixed radix: neighbours differ in few words, and all words are in use.
    const set = (n: number) => {
      for (let i = 0; i < words; i++) {
        vector[i] = n % 7
        n = (n / 7) | 0
      }
      vector[words - 1] += n * 7
    }
    const count = 300_000
    for (let n = 0; n < count; n++) {
      set(n)
      if (store.intern(vector, 0, n - 1) !== n) throw new Error(`${n}`)
      // Loading while storing, as a search does: the store may then choose another shape.
      if (n % 1000 === 0) {
        const into = new Int32Array(words)
        store.load(n, into)
        if (into.some((w, i) => w !== vector[i])) throw new Error(`${n} while storing`)
      }
    }
    for (let n = 0; n < count; n += 7) {
      const into = new Int32Array(words)
      store.load(n, into)
      set(n)
      if (into.some((w, i) => w !== vector[i]) || store.parentOf(n) !== n - 1)
        throw new Error(`${n} again`)
      if (store.intern(vector, 0, 0) !== n) throw new Error(`${n} twice`)
    }
    expect(store.size).toBe(count)
  })
})
