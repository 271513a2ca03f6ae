/** `forkcheck init`: what it writes works as it stands, and it overwrites nothing. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../cli/package.js'
import { runOwnTests } from '../support/own-project.js'
import { forkcheck, temporaryFolder, write } from './command.js'

const cwd = temporaryFolder()
const FILES = ['mutant.ts', 'model.test.ts', 'model.ts', 'scenario.json']

test('a folder of its own: its model holds, its mutant is caught, its scenario is one', async () => {
  const { code, out } = await forkcheck(['init', 'lock'], { cwd })
  expect(code).toBe(0)
  expect(readdirSync(join(cwd, 'lock')).sort()).toEqual([...FILES, 'package.json'].sort())
  for (const file of FILES) expect(out).toContain(`lock/${file} `)
  expect(out).toContain('cd lock && npm install && npm test\n')
  const model = ['--model', 'lock/model.ts']
  const scenario = ['two-threads', '--scenario', 'lock/scenario.json']
  const check = await forkcheck(['check', ...scenario, ...model, '--json'], { cwd })
  expect(JSON.parse(check.out).runs).toEqual([
    expect.objectContaining({ scenario: 'two-threads', verdict: 'holds', interpreted: [] }),
    expect.objectContaining({ scenario: 'three-threads', verdict: 'holds', interpreted: [] }),
  ])
  expect((await forkcheck(['mutants', ...model], { cwd })).out).toContain('1 of 1 mutants caught')
})

test('nothing is overwritten: one line, exit code 2, and nothing else is written', async () => {
  mkdirSync(join(cwd, 'mine'))
  write(cwd, 'mine/mutant.ts', 'mine')
  const { code, err } = await forkcheck(['init', 'mine'], { cwd })
  expect([code, err]).toEqual([
    2,
    'forkcheck: mine/mutant.ts: is there already, and stays as it is\n',
  ])
  expect(readdirSync(join(cwd, 'mine'))).toEqual(['mutant.ts'])
  write(cwd, 'file', '')
  const inFile = await forkcheck(['init', 'file/below'], { cwd })
  expect([inFile.code, inFile.err]).toEqual([2, expect.stringMatching(/^forkcheck: file\/below: /)])
})

test('in a project: its package.json stays, and what it needs is said', async () => {
  mkdirSync(join(cwd, 'project'))
  write(cwd, 'project/package.json', '{}')
  const { out } = await forkcheck(['init', 'models'], { cwd: join(cwd, 'project') })
  expect(readdirSync(join(cwd, 'project/models')).sort()).toEqual([...FILES].sort())
  expect(out).toContain('npm install --save-dev forkcheck vitest   (package.json needs "type"')
})

/** What the guide shows beside the model that is written: a picture, tests, another subject. */
const [picture, tests, measures] = [
  ...readFileSync(join(packageRoot(), 'docs/guide/model-something-else.md'), 'utf8').matchAll(
    /```ts\n([\s\S]*?)```/g,
  ),
].map(([, block]) => block)

test('what the guide adds to it works, too', async () => {
  await forkcheck(['init', 'guide'], { cwd })
  write(cwd, 'guide/picture.ts', picture)
  write(cwd, 'guide/measured.ts', measures)
  const drawn = "import { picture } from './picture.js'\nimport model from './measured.js'\n"
  write(cwd, 'guide/drawn.ts', `${drawn}export default { ...model, picture }\n`)
  const model = ['--model', 'guide/drawn.ts']
  const { out } = await forkcheck(['compare', ...model], { cwd })
  expect(out).toMatch(/turns of others while thread0 waits +lock +1\n/)
  await forkcheck(['check', ...model, '--mutant', 'tests-then-sets', '--out', 'found'], { cwd })
  const [file] = readdirSync(join(cwd, 'found/lock'))
  const page = await forkcheck(['explain', `found/lock/${file}`, ...model, '--format', 'html'], {
    cwd,
  })
  expect([page.code, page.out]).toEqual([0, expect.stringContaining('the lock is held')])
})

test('its own tests pass, and those of the guide, with the package as it is built', async () => {
  await forkcheck(['init', 'tested'], { cwd })
  write(cwd, 'tested/guide.test.ts', tests)
  const { status, printed } = runOwnTests(join(cwd, 'tested'))
  expect(printed).toContain('"numPassedTests":6')
  expect(status).toBe(0)
  const manifest = readFileSync(join(cwd, 'tested/package.json'), 'utf8')
  expect(manifest).toContain('"test": "vitest run"')
})
