/** Nothing that a model says wrongly is ignored without a word. */
import { describe, expect, it } from 'vitest'
import { check, flag, Layout, type Model, ModelError, range, record } from '../../checker/index.js'

interface Lamp {
  on: boolean
  uses: number
}

function lamp(): Model<Lamp> {
  return {
    name: 'lamp',
    layout: new Layout(record({ on: flag(), uses: range(0, 3) })),
    init: [{ on: false, uses: 0 }],
    ranges: { hand: { values: [0, 1], labels: ['left', 'right'], actor: true } },
    rules: [
      {
        name: 'switch',
        for: ['hand'],
        guard: (s) => s.uses < 3,
        effect: (s) => {
          s.on = !s.on
          s.uses++
        },
      },
    ],
    properties: [
      { name: 'worksOn', kind: 'always', says: 'It can be used.', holds: (s) => s.uses <= 3 },
    ],
    final: () => true,
  }
}

/** The model with one part changed: of any kind, as nothing checks the types of JavaScript. */
function withPart(change: (model: Record<string, unknown>) => void): Model<Lamp> {
  const model = lamp() as unknown as Record<string, unknown>
  change(model)
  return model as unknown as Model<Lamp>
}

const withRule = (part: object) =>
  withPart((model) => {
    const [rule] = lamp().rules
    model.rules = [{ ...rule, ...part }]
  })
const withProperty = (part: object) =>
  withPart((model) => {
    const [property] = lamp().properties
    model.properties = [{ ...property, ...part }]
  })

it('a right model is checked', () => {
  expect(check(lamp()).verdict).toBe('holds')
})

/** In schedules and links a step stands with others, and its parameters stand in parentheses. */
it.each(['a(b)', 'a;b', 'a,b'])('a step is not called %s', (text) => {
  const why = /must not have any of \( \) , ;/
  expect(() => check(withRule({ name: text }))).toThrow(why)
  const labels = [text, 'right']
  const hand = { values: [0, 1], labels, actor: true }
  expect(() => check(withPart((model) => (model.ranges = { hand })))).toThrow(why)
})

it.each(['', 'a\nb', 3])('a label is not %j', (label) => {
  const hand = { values: [0, 1], labels: [label, 'right'], actor: true }
  expect(() => check(withPart((model) => (model.ranges = { hand })))).toThrow(/range hand: label/)
})

describe('refused by name', () => {
  it.each<[string, Model<Lamp>]>([
    ['rule switch has a field gaurd: name, source,', withRule({ gaurd: () => false })],
    ['rule switch: effect must be a function', withRule({ effect: undefined })],
    ['rule switch: effect is async', withRule({ effect: async () => {} })],
    ['rule switch: guard must be a function', withRule({ guard: true })],
    ['rule switch: guard is async', withRule({ guard: async () => true })],
    ['rule switch: guard answers 0', withRule({ guard: (s: Lamp) => s.uses })],
    ['rule switch: guard answers a promise', withRule({ guard: () => Promise.resolve(true) })],
    ['rule switch: unless must be a list', withRule({ unless: () => true })],
    ['rule switch: unless answers null', withRule({ unless: [() => undefined] })],
    ['rule switch: the model has no parameter range foot', withRule({ for: ['foot'] })],
    ['rule switch has `at`, but the model has no location', withRule({ at: 'here' })],
    ['property worksOn: kind Always: always, sometimes,', withProperty({ kind: 'Always' })],
    ['property worksOn: kind undefined', withProperty({ kind: undefined })],
    ['property worksOn: holds must be a function', withProperty({ holds: true })],
    ['property worksOn: holds is async', withProperty({ holds: async () => true })],
    [
      'property worksOn: holds is a generator',
      withProperty({
        holds: function* () {
          yield true
        },
      }),
    ],
    ['property worksOn: holds answers yes', withProperty({ holds: () => 'yes' })],
    ['property worksOn has a field form', withProperty({ form: () => true })],
    ['property worksOn: from is for eventually', withProperty({ from: () => true })],
    ['property worksOn: required must be true or false', withProperty({ required: 1 })],
    ['property noDeadlock is built in', withProperty({ name: 'noDeadlock' })],
    ['the name of property 0 must be a text', withProperty({ name: '' })],
    ['characters that cannot be printed', withProperty({ name: 'a\u001b[2Jb' })],
    [
      'two properties are called worksOn',
      withPart((model) => {
        const [property] = lamp().properties
        model.properties = [property, { ...property, kind: 'sometimes' }]
      }),
    ],
    [
      'two rules are called switch',
      withPart((model) => {
        const [rule] = lamp().rules
        model.rules = [rule, rule]
      }),
    ],
    ['a model has a field symetries', withPart((model) => (model.symetries = []))],
    ['final must be a function', withPart((model) => (model.final = undefined))],
    ['final answers 1', withPart((model) => (model.final = () => 1))],
    ['it has no initial state', withPart((model) => (model.init = []))],
    ['init must be a list', withPart((model) => (model.init = { on: false, uses: 0 }))],
    [
      'initial state 0: broken is not a variable of the layout',
      withPart((model) => (model.init = [{ on: false, uses: 0, broken: false }])),
    ],
    [
      'initial state 1: uses cannot hold 4',
      withPart((model) => (model.init = [...lamp().init, { on: false, uses: 4 }])),
    ],
    [
      'range hand: 2 values need as many labels',
      withPart((model) => (model.ranges = { hand: { values: [0, 1], labels: ['left'] } })),
    ],
    [
      'range hand: values must be whole numbers',
      withPart((model) => (model.ranges = { hand: { values: [0, Number.NaN] } })),
    ],
    [
      'range hand: a value is there twice',
      withPart((model) => (model.ranges = { hand: { values: [0, 0] } })),
    ],
  ])('%s', (message, model) => {
    expect(() => check(model)).toThrow(ModelError)
    expect(() => check(model)).toThrow(message)
  })
})

it.each([
  { maxStates: Number.NaN },
  { maxStates: 0 },
  { maxStates: -1 },
  { maxStates: '10' as never },
  { maxBytes: Number.NaN },
  { maxDepth: -1 },
  { maxDepth: Number.NaN },
])('limits that are none are refused: %j', (options) => {
  expect(() => check(lamp(), options)).toThrow(/^option \w+ \S+: must be a number of [01] or more$/)
})

it.each([
  [{ properties: 'small' }, 'option properties "small": must be a list of names'],
  [{ properties: [3] }, 'option properties [3]: must be a list of names'],
  [{ continue: 1 }, 'option continue 1: must be true or false'],
  [{ graph: 'yes' }, 'option graph "yes": must be true or false'],
  [{ execution: 'fast' }, 'option execution "fast": must be compiled or interpreted'],
])('an option of another kind is refused: %j', (options, message) => {
  expect(() => check(lamp(), options as object)).toThrow(message)
})
