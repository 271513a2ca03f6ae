/** Functions of the user's own may throw anything: it is told as a finding, or refused by name. */
import { expect, test } from 'vitest'
import { check, flag, Layout, type Model, record, type ValueOf } from '../../checker/index.js'
import { messageOf } from '../../checker/thrown.js'

const variables = record({ on: flag() })
type State = ValueOf<typeof variables>

function throwing(thrown: unknown): Model<State> {
  return {
    name: 'throwing',
    layout: new Layout(variables),
    init: [{ on: false }],
    rules: [
      {
        name: 'go',
        guard: (s) => !s.on,
        effect: () => {
          throw thrown
        },
      },
    ],
    properties: [],
    final: (s) => s.on,
  }
}

test.each([
  [null, 'go: throws null'],
  [undefined, 'go: throws undefined'],
  ['text', 'go: throws text'],
  [Object.create(null), 'go: throws what cannot be shown'],
  [new Error('because'), 'go: because'],
])('%s', (thrown, explanation) => {
  const { counterexamples } = check(throwing(thrown))
  expect(counterexamples).toMatchObject([{ property: 'noRuleError', explanation }])
})

test('the message of an error is its own', () => {
  expect(messageOf(new TypeError('why'))).toBe('why')
})

test('what `final` throws is an error of the model', () => {
  const model: Model<State> = {
    ...throwing(null),
    rules: [],
    final: () => {
      throw null
    },
  }
  expect(() => check(model)).toThrow('throwing: final cannot be evaluated (throws null)')
})
