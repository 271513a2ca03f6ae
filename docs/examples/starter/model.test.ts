/** What must hold, holds; what is done wrong, is found. */
import { readFileSync } from 'node:fs'
import 'forkcheck/vitest'
import { expect, test } from 'vitest'
import model from './model.js'

test('the model holds in every interleaving', () => {
  expect(model).toHold()
})

test('and in the scenario of a file', () => {
  const scenario = JSON.parse(readFileSync(new URL('scenario.json', import.meta.url), 'utf8'))
  expect({ model, scenario }).toHold()
})

test.each(model.mutants ?? [])('$name is found', ({ name, breaks }) => {
  for (const property of breaks) expect({ model, mutant: name }).toBeViolated(property)
})
