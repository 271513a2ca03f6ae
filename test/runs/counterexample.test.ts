/** The file format: the same bytes for the same violation, and every mistake by its name. */
import { describe, expect, test } from 'vitest'
import { parseScenario } from '../../model/index.js'
import {
  CounterexampleError,
  counterexampleOf,
  counterexamplePath,
  parseCounterexample,
  printCounterexample,
} from '../../runs/counterexample.js'
import { setupOf } from '../../runs/setup.js'
import { counterexampleFile, noFlush } from '../support/counterexamples.js'

const file = counterexampleFile(noFlush)
const text = printCounterexample(file)

const mistake = (content: unknown) => () => {
  const parsed = parseCounterexample(JSON.stringify(content), 'x.json')
  setupOf(parsed, 'x.json')
}

test('is pretty JSON with sorted keys and one newline at its end', () => {
  const sorted = Object.fromEntries(Object.entries(file).sort(([x], [y]) => (x < y ? -1 : 1)))
  expect(text).toBe(`${JSON.stringify(sorted, null, 2)}\n`)
  expect(file).toMatchObject({
    format: 1,
    system: 'linux',
    scenario: 'two-writers',
    mutant: 'linux-no-flush',
    property: 'noStaleTranslation',
    expect: 'violates',
    steps: file.schedule.length,
  })
  expect(file).not.toHaveProperty('scenarioData')
  expect(file).not.toHaveProperty('provenance')
})

test('comes back as it was written', () => {
  expect(parseCounterexample(text, 'x.json')).toEqual(file)
  expect(setupOf(file, 'x.json').mutant?.name).toBe('linux-no-flush')
})

test('may say where its loop begins', () => {
  const { trace, property, explanation, setup } = noFlush
  const { schedule } = trace
  const looping = counterexampleOf(setup, { property, explanation, schedule, loopStart: 3 })
  expect(parseCounterexample(printCounterexample(looping), 'x.json')).toEqual(looping)
  expect(looping.loopStart).toBe(3)
  expect(file).not.toHaveProperty('loopStart')
  expect(counterexamplePath(looping)).not.toBe(counterexamplePath(file))
  expect(counterexamplePath(looping)).not.toBe(counterexamplePath({ ...looping, loopStart: 4 }))
  expect(mistake({ ...looping, loopStart: looping.steps + 1 })).toThrow(
    `x.json: loopStart is ${looping.steps + 1}, but the schedule has ${looping.steps} steps`,
  )
})

test('is called by what it says: words of explanation do not matter, steps do', () => {
  const path = counterexamplePath(file)
  expect(path).toMatch(/^linux\/noStaleTranslation-[0-9a-f]{8}\.cex\.json$/)
  expect(counterexamplePath({ ...file, explanation: 'other words' })).toBe(path)
  expect(counterexamplePath({ ...file, schedule: file.schedule.slice(1) })).not.toBe(path)
  expect(counterexamplePath({ ...file, mutant: null })).not.toBe(path)
})

test('holds the whole scenario when it is not a standard one', () => {
  const { scenario } = noFlush.setup
  const found = { property: file.property, explanation: '', schedule: file.schedule }
  const changed = parseScenario({ ...scenario, says: 'changed' })
  const own = counterexampleOf({ ...noFlush.setup, scenario: changed }, found)
  expect(own.scenarioData).toEqual(changed)
  expect(setupOf(parseCounterexample(printCounterexample(own), 'x'), 'x').scenario).toEqual(changed)
})

describe('refuses', () => {
  test.each([
    [{ ...file, format: 2 }, /^x\.json: format is 2: written by a newer forkcheck, .* format 1$/],
    [{ ...file, format: '1' }, /^x\.json: format is "1": this version reads format 1$/],
    [{ ...file, colour: 'red' }, /^x\.json: colour is not a field of a counterexample$/],
    [{ ...file, schedule: undefined }, /^x\.json: schedule is missing/],
    [{ ...file, schedule: [1] }, /^x\.json: schedule\.0: /],
    [{ ...file, expect: 'fails' }, /^x\.json: expect: .*violates.*holds/],
    [{ ...file, steps: 3 }, /^x\.json: steps is 3, but the schedule has 19$/],
    [{ ...file, system: 'lnux' }, /^x\.json: unknown system lnux: known are /],
    [{ ...file, scenario: 'x' }, /^x\.json: unknown scenario x: /],
    [{ ...file, mutant: 'x' }, /^x\.json: unknown mutant x: /],
    [{ ...file, property: 'x' }, /^x\.json: unknown property x: /],
    [{ ...file, property: 'childRuns' }, /^x\.json: property childRuns is a situation/],
    [{ ...file, system: 'async-fork' }, /^x\.json: mutant linux-no-flush is one of linux/],
    [{ ...file, scenarioData: { format: 1 } }, /^x\.json: scenarioData: /],
    [{ ...file, mutant: 'm', provenance: { mutantFile: 'm.mjs' } }, /name it with --mutant/],
    [[], /^x\.json: a counterexample is a JSON object$/],
    [null, /^x\.json: a counterexample is a JSON object$/],
  ])('%#', (content, message) => {
    expect(mistake(content)).toThrow(CounterexampleError)
    expect(mistake(content)).toThrow(message)
  })
  test('what is not JSON', () => {
    expect(() => parseCounterexample('{', 'x.json')).toThrow(/^x\.json: not JSON: /)
  })
})
