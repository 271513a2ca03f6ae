/** `mutants --until-caught`: what the mutant's own scenario misses, another one may catch. */
import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../cli/package.js'
import { forkcheck, temporaryFolder, write } from './command.js'

const folder = temporaryFolder()
cpSync(join(packageRoot(), 'docs/examples/starter'), join(folder, 'starter'), { recursive: true })
write(
  folder,
  'model.ts',
  `import whole from './starter/model.ts'
   const [two] = whole.scenarios
   export default {
     ...whole,
     check: () => {},
     scenarios: [{ name: 'alone', says: 'One thread.', threads: 1 }, two],
     mutants: whole.mutants.map((mutant) => ({ ...mutant, scenario: 'alone' })),
   }`,
)
/** As a process: the model is loaded as users' files are. */
function mutants(...argv: string[]) {
  const main = join(packageRoot(), 'dist/cli/main.js')
  const given = [main, 'mutants', '--model', './model.ts', '--json', ...argv]
  const { status, stdout } = spawnSync(process.execPath, given, { cwd: folder, encoding: 'utf8' })
  return { code: status, mutants: JSON.parse(stdout).mutants }
}

test('without it, the mutant is not caught', () => {
  const { code, mutants: lines } = mutants()
  expect(code).toBe(1)
  expect(lines).toMatchObject([{ scenario: 'alone', caught: false, property: null }])
})

test('with it, the first other scenario that catches it is told', () => {
  const { code, mutants: lines } = mutants('--until-caught')
  expect(code).toBe(0)
  const found = { scenario: 'two-threads', caught: true, property: 'oneInside' }
  expect(lines).toMatchObject([{ ...found, soundTwinHolds: true }])
})

test('workers behind a queue do not do it', async () => {
  const argv = ['mutants', '--until-caught', '--redis', 'redis://localhost:1']
  expect(await forkcheck(argv)).toMatchObject({
    code: 2,
    err: 'forkcheck: --until-caught: not with --redis\n',
  })
})
