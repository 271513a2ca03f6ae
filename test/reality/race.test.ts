import { expect, test } from 'vitest'
import { modelSystem } from '../../reality/conform/run.js'
import { outcomesOf } from '../../reality/race/outcomes.js'
import { judged, linesOf, races, scenarioOf } from '../../reality/race/race.js'

const system = modelSystem()
const race = (name: string) => races.find((one) => one.name === name)!

test('the outcomes of a store against fork: the child finds it, or what was before', () => {
  const allowed = outcomesOf(scenarioOf(race('fork')), system, 'parent2', false)
  expect([...allowed].sort()).toEqual(['stored; 4 3; 2 3', 'stored; 4 3; 4 3'])
})

test('what kernel 6.1 did with a store against munmap is what the model allows', () => {
  const allowed = outcomesOf(scenarioOf(race('munmap')), system, 'parent2', true)
  const { seen, foreign, rounds } = judged('munmap', allowed, [
    '281 stored; - 3 ; 2 3 ',
    '19 fault; - 3 ; 2 3 ',
  ])
  expect(foreign).toEqual([])
  expect(seen.size).toBe(allowed.size)
  expect(rounds).toBe(300)
  expect(judged('munmap', allowed, ['1 stored; - 3 ; 4 3 ']).foreign).toEqual(['stored; - 3; 4 3'])
})

test('a request says memory, call and store', () => {
  expect(linesOf(race('mremap'), 9, system)).toEqual([
    ...['race 3 3 9', 'vma 0 1 1 0 0', 'op 0 mremap 0 1 1 2', 'op 1 write 0 0 0 5', 'end'],
  ])
})
