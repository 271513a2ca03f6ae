/** The JSON schemas allow what is read, refuse what is refused, and are what the tool writes. */
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { scenarios } from '../../model/index.js'
import { parseScenario } from '../../model/parse-scenario.js'
import { parseCounterexample, printCounterexample } from '../../runs/counterexample.js'
import { readText, savedCorpus } from '../../tools/docs/files.js'
import { schemaFiles } from '../../tools/docs/json-schema.js'
import { forkcheck, temporaryFolder, write } from '../cli/command.js'

const [scenario, counterexample] = ['scenario', 'counterexample'].map((name) =>
  z.fromJSONSchema(JSON.parse(readText(`docs/public/schemas/${name}.schema.json`))),
)
const allows = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success

test.each(Object.entries(schemaFiles))('%s is what npm run docs:write writes', (path, content) => {
  expect(readText(path)).toBe(content())
})

describe('a scenario', () => {
  test('every standard scenario is allowed', () => {
    const refused = scenarios.filter((one) => !allows(scenario, one)).map(({ name }) => name)
    expect(refused).toEqual([])
    expect(scenarios.length).toBeGreaterThan(100)
  })
  test.each([
    ['an unknown field', { colour: 'red' }],
    ['an unknown operation', { parent: [[{ do: 'spoon' }]] }],
    ['an argument that is missing', { parent: [[{ do: 'write' }]] }],
    ['a page below 0', { vmas: [{ from: -1, to: 2 }] }],
    ['too many threads', { parent: [[], [], [], []] }],
    ['another format', { format: 2 }],
    ['a name with a space', { name: 'a b' }],
    ['an unknown allocation point', { failures: { budget: 1, at: ['moon'] } }],
  ])('%s is refused by the schema and by the reader', (_, wrong) => {
    const one = { ...scenarios[0], ...wrong }
    expect(allows(scenario, one)).toBe(false)
    expect(() => parseScenario(one)).toThrow()
  })
})

describe('a counterexample', () => {
  test('every file of the corpus is allowed', () => {
    const refused = savedCorpus().filter(({ file }) => !allows(counterexample, file))
    expect(refused.map(({ path }) => path)).toEqual([])
  })
  test('a wrong one is refused', () => {
    const [{ file }] = savedCorpus()
    for (const wrong of [{ steps: -1 }, { expect: 'maybe' }, { colour: 'red' }, { mutant: 3 }])
      expect(allows(counterexample, { ...file, ...wrong })).toBe(false)
  })
  test('a file may name its schema', () => {
    const [{ file }] = savedCorpus()
    const named = JSON.stringify({ $schema: './counterexample.schema.json', ...file })
    expect(allows(counterexample, JSON.parse(named))).toBe(true)
    expect(printCounterexample(parseCounterexample(named, 'x'))).toBe(printCounterexample(file))
  })
})

test('forkcheck scenario prints a file that its schema allows and check reads', async () => {
  const cwd = temporaryFolder()
  const { code, out } = await forkcheck(['scenario', 'protect'])
  expect(code).toBe(0)
  const printed = JSON.parse(out)
  expect(printed.$schema).toMatch(/docs\/public\/schemas\/scenario\.schema\.json$/)
  expect(allows(scenario, printed)).toBe(true)
  write(cwd, 'mine.json', out)
  const checked = await forkcheck(['check', '--scenario', 'mine.json', '--system', 'linux'], {
    cwd,
  })
  expect(checked.code).toBe(0)
  expect((await forkcheck(['scenario', 'protec'])).err).toContain('did you mean protect?')
})
