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
    while (!isThere() && child.exitCode === null) await new Promise((go) => setTimeout(go, 50))
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
}, 900_000)

test('a round begins with what the change can have changed, and with what was violated', async () => {
  const cwd = temporaryFolder()
  const checked = async (name: string, change: string) => {
    // A file of another name: a process loads a file once.
    write(cwd, `${name}.mjs`, `export default { name: 'mine', system: 'linux', change: ${change} }`)
    const scenarios = ['bgsave-log-line', 'move-next-to', 'close-and-lock']
    const argv = ['check', ...scenarios, '--mutant', `./${name}.mjs`, '--no-shrink']
    return forkcheck([...argv, '--round', join(cwd, 'round.json'), '--quiet'], { cwd })
  }
  const tables = (out: string) =>
    [...out.matchAll(/^(bgsave-log-line|move-next-to|close-and-lock) +(holds|violated)/gm)].map(
      ([, scenario, verdict]) => `${scenario} ${verdict}`,
    )
  const all = ['bgsave-log-line holds', 'move-next-to holds', 'close-and-lock holds']
  const first = await checked('one', '{}')
  expect(tables(first.out)).toEqual(all)
  // The same rule with another text: only one scenario takes it.
  const second = await checked('two', "{ mremapMoves: { source: 'said in other words' } }")
  expect(tables(second.out)).toEqual(['move-next-to holds', ...all])
  expect(second.out).toContain('\nfirst what has failed or was changed: 1; now the other 2\n')
  const flaw = "{ forkFlush: { effect: (s, t) => { s.thread[t].pc = 'fork.unlock' } } }"
  const third = await checked('three', flaw)
  expect(third.code).toBe(1)
  const fourth = await checked('four', flaw)
  const violated = tables(third.out)
    .slice(-3)
    .filter((line) => / violated$/.test(line))
  expect(violated).not.toEqual([])
  expect(violated).toContain(tables(fourth.out)[0])
}, 900_000)

test('a file that is not there, and a document, are refused at once', async () => {
  const cwd = temporaryFolder()
  const gone = await forkcheck(['check', '--mutant', './gone.mjs', '--watch'], { cwd })
  expect(gone).toMatchObject({ code: 2, err: 'forkcheck: ./gone.mjs: no such file\n' })
  expect((await forkcheck(['check', '--watch', '--json'], { cwd })).code).toBe(2)
})
