/** A search that is saved, thrown away and gone on with says what one says that nobody disturbed. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  check,
  identityOf,
  type Model,
  Search,
  type SearchOptions,
} from '../../../checker/index.js'
import { toyModel } from '../../../tools/bench/toy.js'
import { isWhole } from '../../support/part.js'
import { modelOf, modelTexts } from '../../support/random-models.js'

/** Each is gone on with several times. */
const RUNS = isWhole ? 100 : 12

/** As it comes back from a file: typed arrays as new ones, all else through JSON. */
function throughAFile<T>(saved: T): T {
  const arrays: unknown[] = []
  const text = JSON.stringify(saved, (_, value) => {
    if (!ArrayBuffer.isView(value)) return value
    arrays.push((value as Int32Array).slice())
    return { array: arrays.length - 1 }
  })
  return JSON.parse(text, (_, value) => (value?.array === undefined ? value : arrays[value.array]))
}

/** Saved and gone on with after these numbers of states, again and again. */
function disturbed<S>(model: Model<S>, options: SearchOptions, cuts: readonly number[]) {
  let search = new Search(model, options)
  let times = 0
  for (const cut of cuts) {
    if (search.advance(cut)) break
    const saved = search.save()
    if (!saved) throw new Error('a search that is not over is not saved')
    search = Search.resume(model, options, throughAFile(saved))
    times++
  }
  while (!search.advance(1_000));
  const { bytesPerState, hashLoad, ...result } = search.result()
  return { result, times, isOver: search.save() === null }
}

function whole<S>(model: Model<S>, options: SearchOptions) {
  const { bytesPerState, hashLoad, ...result } = check(model, options)
  return result
}

it(`${RUNS} random models, broken off at random`, () => {
  let disturbances = 0
  fc.assert(
    fc.property(
      modelTexts,
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 3, maxLength: 9 }),
      fc.record({
        continue: fc.boolean(),
        graph: fc.boolean(),
        digest: fc.boolean(),
        tracedStates: fc.constantFrom(0, 5, undefined),
      }),
      (text, cuts, options) => {
        const { result, times, isOver } = disturbed(modelOf(text), options, cuts)
        expect(result).toEqual(whole(modelOf(text), options))
        expect(isOver).toBe(true)
        disturbances += times
      },
    ),
    { numRuns: RUNS },
  )
  expect(disturbances).toBeGreaterThan(RUNS / 2)
}, 240_000)

it('a large one, before and after it forgets numbers', () => {
  const toy = toyModel(10)
  const { result, times } = disturbed(toy, {}, [10_000, 60_000, 200_000, 300_000])
  expect(times).toBe(4)
  expect(result.states).toBe(846_369)
  expect(result.transitions).toBe(3_673_780)
}, 60_000)

it('goes on where there is more room', () => {
  const toy = toyModel(7)
  const small = new Search(toy, { maxBytes: 200_000 })
  while (!small.advance(1_000));
  expect(small.result()).toMatchObject({ verdict: 'incomplete', limit: '--max-memory' })
  const saved = small.save()
  if (!saved) throw new Error('not saved')
  const { states, queue } = small.progress()
  expect([states < 22_599, queue > 0]).toEqual([true, true])
  const larger = Search.resume(toy, { maxBytes: 2 ** 30 }, throughAFile(saved))
  while (!larger.advance(1_000));
  expect(larger.result()).toMatchObject({ verdict: 'holds', states: 22_599, transitions: 91_136 })
})

it('the identity of a model is in its rules, properties, constants and variables', () => {
  const toy = toyModel(3)
  const [rule, ...rules] = toy.rules
  expect(identityOf(toyModel(3))).toBe(identityOf(toy))
  const others = [
    toyModel(4),
    { ...toy, name: 'other' },
    { ...toy, rules },
    { ...toy, rules: [{ ...rule, guard: () => true }, ...rules] },
    { ...toy, properties: toy.properties.map((p) => ({ ...p, holds: () => true })) },
    { ...toy, init: [{ ...toy.init[0], child: { pc: 'idle' as const, at: 1 } }] },
  ]
  for (const other of others) expect(identityOf(other)).not.toBe(identityOf(toy))
})
