/** The kept judgement of single changes: no survivor of async-fork is unexplained. */
import { expect, test } from 'vitest'
import { systems } from '../../model/index.js'
import { systematicMutants } from '../../runs/mutation/systematic.js'
import { explained, keptChanges } from '../../tools/docs/single-changes.js'

const survivors = keptChanges()
  .filter(({ of, is }) => of === 'system' && is === 'survivor')
  .map(({ name }) => name)

test('each survivor of async-fork is explained, and nothing else is', () => {
  expect(Object.keys(explained()).toSorted()).toEqual(survivors.toSorted())
})

test('an explanation is of a change that there is', () => {
  const names = new Set(systematicMutants(systems[1], 'system').map(({ name }) => name))
  expect(Object.keys(explained()).filter((name) => !names.has(name))).toEqual([])
})

test('no change is kept twice', () => {
  const names = keptChanges().map(({ of, name }) => `${of} ${name}`)
  expect(new Set(names).size).toBe(names.length)
})
