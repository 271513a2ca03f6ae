/** `check --watch`, as a process: it checks again after a change, and ends when asked to. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../cli/package.js'
import { forkcheck, temporaryFolder, write } from './command.js'

const mutant = (effect: string) =>
  `export default { name: 'mine', system: 'linux', scenario: 'two-writers', change: { ${effect} } }`

test('checks again whenever the mutant has changed, and ends with 130', async () => {
  const cwd = temporaryFolder()
  write(cwd, 'mine.mjs', mutant(''))
  const main = join(packageRoot(), 'dist/cli/main.js')
  const argv = [main, 'check', '--mutant', './mine.mjs', '--watch', '--no-shrink']
  const child = spawn(process.execPath, argv, { cwd })
  let [out, said] = ['', '']
  child.stdout.on('data', (data) => {
    out += data
  })
  child.stderr.on('data', (data) => {
    said += data
  })
  const until = async (isThere: () => boolean) => {
    const end = Date.now() + 120_000
    while (!isThere() && Date.now() < end) await new Promise((go) => setTimeout(go, 50))
    expect(isThere(), `${out}\n${said}`).toBe(true)
  }
  await until(() => /1 holds: /.test(out) && /waiting for a change/.test(said))
  const flaw = "forkFlush: { effect: (s, t) => { s.thread[t].pc = 'fork.unlock' } }"
  write(cwd, 'mine.mjs', mutant(flaw))
  await until(() => /1 violated: /.test(out) && said.split('waiting for').length > 2)
  expect(said).toContain('forkcheck: ./mine.mjs has changed\n')
  expect(out).toContain('\nviolated  childSeesForkTimeMemory ')
  const code = new Promise((done) => child.on('close', done))
  child.kill('SIGINT')
  expect(await code).toBe(130)
}, 300_000)

test('a file that is not there, and a document, are refused at once', async () => {
  const cwd = temporaryFolder()
  const gone = await forkcheck(['check', '--mutant', './gone.mjs', '--watch'], { cwd })
  expect(gone).toMatchObject({ code: 2, err: 'forkcheck: ./gone.mjs: no such file\n' })
  expect((await forkcheck(['check', '--watch', '--json'], { cwd })).code).toBe(2)
})
