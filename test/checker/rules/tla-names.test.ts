/** Identifiers of an export to TLA+. */
import { expect, test } from 'vitest'
import { Names } from '../../../checker/rules/print/tla/names.js'

test('no name means two things in one scope', () => {
  const all = new Names()
  const [one, other] = [new Names(all), new Names(all)]
  expect(all.give('table')).toBe('table')
  expect(one.give('table')).toBe('table_2')
  // Scopes beside each other do not see each other; what is around both is seen in both.
  expect(other.give('table')).toBe('table_2')
  expect(all.give('table')).toBe('table_3')
  expect(one.give('table_3')).toBe('table_3_2')
})
