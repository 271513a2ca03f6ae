/** Packing is invisible: what goes in comes out, nothing overlaps, nothing overflows silently. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Domain, Rule } from '../../../checker/index.js'
import {
  AccessError,
  compile,
  constant,
  flag,
  Layout,
  list,
  oneOf,
  range,
  record,
} from '../../../checker/index.js'
import { readLeaf, writeLeaf } from '../../../checker/state/layout.js'
import { anyOf } from '../../support/rule-text.js'

const ends = fc.oneof(
  fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 0, max: 40 })),
  fc.tuple(fc.integer(), fc.constantFrom(0, 1, 2 ** 30 - 1, 2 ** 30, 2 ** 31 - 1)),
)
const scalars = fc.oneof(
  fc.constant(flag()),
  ends.map(([min, size]) => range(min, min + size)),
  fc.integer({ min: 1, max: 5 }).map((n) => oneOf(...Array.from({ length: n }, (_, i) => `n${i}`))),
) as fc.Arbitrary<Domain<unknown>>

const domains = fc.letrec<{ any: Domain<unknown>; record: Domain<object> }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalars,
    fc.jsonValue({ maxDepth: 1 }).map((value) => constant(value) as Domain<unknown>),
    fc
      .tuple(fc.integer({ min: 0, max: 3 }), tie('any'))
      .map(([n, element]) => list(n, element) as Domain<unknown>),
    tie('record') as fc.Arbitrary<Domain<unknown>>,
  ),
  record: fc
    .dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('any'), { minKeys: 1 })
    .map((fields) => record({ ...fields }) as Domain<object>),
})).record

const states = domains.chain((domain) => fc.tuple(fc.constant(new Layout(domain)), anyOf(domain)))

/** A copy in plain objects, of a view or of what has an unusual prototype. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, plain)
  if (typeof value !== 'object' || value === null) return value === 0 ? 0 : value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]))
}

describe('any domain, any value', () => {
  it('decode gives back what encode took', () => {
    fc.assert(
      fc.property(states, fc.nat(3), ([layout, state], offset) => {
        const words = new Int32Array(layout.words + offset).fill(-1)
        words.set(layout.encode(state), offset)
        expect(plain(layout.decode(words, offset))).toEqual(plain(state))
      }),
      { numRuns: 500 },
    )
  })

  it('a view shows what decode shows', () => {
    fc.assert(
      fc.property(states, ([layout, state]) => {
        const view = layout.view()
        view.bind(layout.encode(state), 0)
        expect(plain(view.state)).toEqual(plain(state))
      }),
      { numRuns: 300 },
    )
  })

  it('no two variables share a bit, none straddles two words', () => {
    fc.assert(
      fc.property(domains, (domain) => {
        const layout = new Layout(domain)
        const taken = new Set<number>()
        for (const { width, position } of layout.leaves)
          for (const start of width > 0 ? position : [])
            for (let bit = start; bit < start + width; bit++) {
              expect(taken.has(bit)).toBe(false)
              expect(bit >> 5).toBe(start >> 5)
              expect(bit >> 5).toBeLessThan(layout.words)
              taken.add(bit)
            }
        expect(taken.size).toBe(layout.bits)
      }),
      { numRuns: 300 },
    )
  })

  it('writing one variable leaves all others alone', () => {
    fc.assert(
      fc.property(states, fc.nat(), fc.nat(), ([layout, state], which, what) => {
        const all = layout.leaves.flatMap((leaf) => [...leaf.position].map((_, i) => ({ leaf, i })))
        fc.pre(all.length > 0)
        const { leaf, i } = all[which % all.length]
        const { min, max } = leaf.scalar
        const value = min + (what % (max - min + 1))
        const words = layout.encode(state)
        const before = all.map((one) => readLeaf(one.leaf, one.i, words, 0))
        writeLeaf(leaf, i, words, 0, value)
        const after = all.map((one) => readLeaf(one.leaf, one.i, words, 0))
        expect(after).toEqual(before.map((old, j) => (j === which % all.length ? value : old)))
      }),
      { numRuns: 300 },
    )
  })
})

describe('widths', () => {
  it.each([
    [range(5, 5), 0],
    [range(0, 1), 1],
    [range(-4, 3), 3],
    [range(-4, 4), 4],
    [range(0, 2 ** 31 - 1), 31],
    [range(-(2 ** 31), -1), 31],
    [range(-(2 ** 40), -(2 ** 40) + 2), 2],
    [flag(), 1],
    [flag(false), 0],
    [oneOf('only'), 0],
    [oneOf('a', 'b', 'c'), 2],
  ] as [Domain<unknown>, number][])('%j takes %i bits', (domain, width) => {
    expect(new Layout(record({ x: domain })).leaves[0].width).toBe(width)
  })

  it('31 bits next to one bit, at their ends; no word is negative', () => {
    const layout = new Layout(record({ low: flag(), wide: range(-(2 ** 31), -1), next: flag() }))
    expect(layout.words).toBe(3)
    expect([0, 1, 2].map((word) => layout.bitsOf(word))).toEqual([1, 31, 1])
    for (const wide of [-(2 ** 31), -(2 ** 31) + 1, -2, -1])
      for (const low of [false, true])
        for (const next of [false, true]) {
          const vector = layout.encode({ low, wide, next })
          expect(layout.decode(vector)).toEqual({ low, wide, next })
          expect(vector.every((word) => word >= 0)).toBe(true)
        }
  })

  it('a list without elements takes no bits', () => {
    const layout = new Layout(record({ none: list(0, range(0, 9)), x: flag() }))
    expect(layout.bits).toBe(1)
    expect(layout.decode(layout.encode({ none: [], x: true }))).toEqual({ none: [], x: true })
  })
})

describe('declarations that make no sense are refused', () => {
  it.each([
    ['range, wrong order', () => range(2, 1)],
    ['range, half a number', () => range(0, 1.5)],
    ['range, too wide', () => range(0, 2 ** 31)],
    ['no names', () => oneOf()],
    ['a name twice', () => oneOf('a', 'b', 'a')],
    ['a negative length', () => list(-1, flag())],
    ['half a length', () => list(0.5, flag())],
  ])('%s', (_, declare) => {
    expect(declare).toThrow(RangeError)
  })
})

const declared = record({
  n: range(-2, 5),
  zero: range(3, 3),
  up: flag(),
  never: flag(false),
  pc: oneOf('idle', 'busy'),
  cell: list(3, record({ x: range(0, 4) })),
  table: constant([1, 2]),
})
const layout = new Layout(declared)
const good = {
  n: 0,
  zero: 3,
  up: false,
  never: false,
  pc: 'idle' as 'idle' | 'busy',
  cell: [{ x: 0 }, { x: 1 }, { x: 2 }],
  table: [1, 2] as const,
}
type State = typeof good

describe('values outside a domain', () => {
  it.each([
    ['too small', { ...good, n: -3 }],
    ['too large', { ...good, n: 6 }],
    ['half a number', { ...good, n: 0.5 }],
    ['not a number', { ...good, n: Number.NaN }],
    ['no bits but another value', { ...good, zero: 2 }],
    ['number for a flag', { ...good, up: 1 }],
    ['true for a flag without use', { ...good, never: true }],
    ['name that is not there', { ...good, pc: 'lost' }],
    ['number for a name', { ...good, pc: 0 }],
    ['missing', { ...good, n: undefined }],
    ['list too short', { ...good, cell: good.cell.slice(1) }],
    ['list too long', { ...good, cell: [...good.cell, { x: 0 }] }],
    ['no list', { ...good, cell: undefined }],
    ['another constant', { ...good, table: [1, 3] }],
    ['no record', { ...good, cell: [{ x: 0 }, undefined, { x: 0 }] }],
  ])('encode refuses: %s', (_, state) => {
    expect(() => layout.encode(state as never)).toThrow(AccessError)
  })

  const steps: Record<string, (s: State) => void> = {
    'too large': (s) => {
      s.n = s.cell[2].x + 4
    },
    'too small': (s) => {
      s.n = s.n - 3
    },
    'no bits but another value': (s) => {
      s.zero = s.cell[2].x
    },
    'true for a flag without use': (s) => {
      s.never = s.cell[2].x === 2
    },
    'too large at a computed index': (s) => {
      s.cell[s.n].x = s.cell[2].x + 3
    },
    'write beyond the end': (s) => {
      s.cell[s.n + 3].x = 0
    },
    'write before the start': (s) => {
      s.cell[s.n - 1].x = 0
    },
    'write at a literal index beyond the end': (s) => {
      s.cell[3].x = 0
    },
    'read beyond the end': (s) => {
      if (s.cell[s.n + 3].x === 0) s.up = true
    },
    'read of a constant beyond its end': (s) => {
      s.n = s.table[s.n + 2]
    },
  }
  it.each(Object.entries(steps))('rules refuse, compiled or not: %s', (_, effect) => {
    const rule: Rule<State> = { name: 'rule', effect }
    for (const execution of ['compiled', 'interpreted'] as const) {
      const model = {
        name: 'm',
        layout: layout as never,
        init: [good],
        rules: [rule],
        properties: [],
        final: () => true,
      }
      const compiled = compile<State>(model, { execution })
      if (execution === 'compiled') expect(compiled.interpreted).toEqual([])
      expect(() => compiled.apply[0](layout.encode(good as never), 0)).toThrow(AccessError)
    }
  })

  it('a rejected write changes nothing', () => {
    const view = layout.view()
    const words = layout.encode(good as never)
    view.bind(words, 0)
    const state = view.state as unknown as State
    expect(() => {
      state.n = 6
    }).toThrow('n cannot hold 6: allowed are -2..5')
    expect(words).toEqual(layout.encode(good as never))
  })
})

describe('views', () => {
  const view = layout.view()
  const state = view.state as unknown as State & Record<string, unknown>
  const fresh = () => view.bind(layout.encode(good as never), 0)

  it('have no elements and no fields but those declared', () => {
    fresh()
    expect(() => state.cell[3]).toThrow('cell has no element 3: it has 3')
    expect(() => state.cell[-1]).toThrow(AccessError)
    expect(() => {
      state.more = 1
    }).toThrow(TypeError)
    expect(() => {
      state.cell[0] = { x: 1 }
    }).toThrow(AccessError)
    expect(() => state.cell.push({ x: 1 })).toThrow(AccessError)
  })

  it('have constants that nobody can change', () => {
    fresh()
    expect(() => {
      ;(state.table as unknown as number[])[0] = 9
    }).toThrow(TypeError)
    expect(() => {
      ;(state as { table: unknown }).table = []
    }).toThrow(AccessError)
    expect(good.table).toEqual([1, 2])
    expect(() => state.table[2 as 0]).toThrow(AccessError)
  })

  it('work as lists do', () => {
    fresh()
    expect(state.cell.map((c) => c.x)).toEqual([0, 1, 2])
    expect([...state.cell].length).toBe(3)
    expect(state.table.includes(2)).toBe(true)
  })

  it('can be read only', () => {
    view.bind(layout.encode(good as never), 0, true)
    expect(state.n).toBe(0)
    expect(() => {
      state.n = 1
    }).toThrow('n is changed by a condition')
  })
})
