/** A large search forgets how it came to its states; nobody must see that in what it says. */
import { expect, it } from 'vitest'
import { check, type Model, type Property } from '../../../checker/index.js'
import { TRACED_STATES } from '../../../checker/visited/store.js'
import { toyModel } from '../../../tools/bench/toy.js'
import { isWhole } from '../../support/part.js'

type Toy = ReturnType<typeof toyModel> extends Model<infer S> ? S : never

it('counts right, in little room', () => {
  const { verdict, states, transitions, bytesPerState } = check(toyModel(10))
  expect([verdict, states, transitions]).toEqual(['holds', 846_369, 3_673_780])
  expect(bytesPerState).toBeLessThan(16)
})

it('tells how a late violation, and a late witness, come about', () => {
  const slots = isWhole ? 10 : 8
  const isLate = (s: Toy) => s.child.at === slots && s.slot[slots - 1].current && s.slot[0].current
  const properties: Property<Toy>[] = [
    { name: 'never', kind: 'always', says: 'It does not come to that.', holds: (s) => !isLate(s) },
    { name: 'once', kind: 'sometimes', says: 'It comes to that.', holds: isLate },
  ]
  const model = { ...toyModel(slots), properties, vocabulary: { isLate, slots } }
  const options = { continue: true, witnesses: ['once'] }
  const { bytesPerState, hashLoad, ...forgetful } = check(model, options)
  // With the state graph nothing is forgotten.
  const {
    bytesPerState: more,
    hashLoad: fuller,
    ...mindful
  } = check(model, { ...options, graph: true })
  expect(forgetful).toEqual(mindful)
  const { states, counterexamples, witnesses, interpreted } = forgetful
  expect(interpreted).toEqual([])
  expect(states).toBeGreaterThan(TRACED_STATES)
  expect(counterexamples.map(({ property }) => property)).toEqual(['never'])
  expect(witnesses[0].trace).toEqual(counterexamples[0].trace)
})
