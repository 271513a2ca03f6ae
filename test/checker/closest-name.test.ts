/** "Did you mean": a slip of the pen finds its name, and another word finds none. */
import { expect, test } from 'vitest'
import { closestName } from '../../checker/closest-name.js'

const names = ['forkFlush', 'forkPage', 'linux-no-flush', 'parent.write(2)']

test.each([
  ['forkFlsh', 'forkFlush'],
  ['forkflushh', 'forkFlush'],
  ['linux-no-flsuh', 'linux-no-flush'],
  ['parent.wrte(2)', 'parent.write(2)'],
  ['bgsave', null],
  ['', null],
])('%j is meant to be %j', (wrong, meant) => {
  expect(closestName(wrong, names)).toBe(meant)
})

test('where there is no name, none is near', () => {
  expect(closestName('fork', [])).toBeNull()
})
