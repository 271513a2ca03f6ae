/** Checks on several threads: they say what they say on one, in the same order. */
import { expect, test } from 'vitest'
import { forkcheck, temporaryFolder, write } from './command.js'

const cwd = temporaryFolder()

function withoutTimes(json: string): unknown {
  return JSON.parse(json, (key, value) =>
    ['seconds', 'statesPerSecond'].includes(key) ? undefined : value,
  )
}

async function onBoth(argv: readonly string[]) {
  const one = await forkcheck(argv, { cwd })
  const two = await forkcheck([...argv, '--workers', '2'], { cwd })
  expect(two.code).toBe(one.code)
  expect(withoutTimes(two.out)).toEqual(withoutTimes(one.out))
  return one
}

test('check: what holds, what is violated, witnesses, what ends early', async () => {
  const some = ['protect', 'merge', '--system', 'linux', 'async-fork', '--json']
  const asked = ['--continue', '--digest', '--witness', 'childRuns']
  expect(await onBoth(['check', ...some, ...asked])).toMatchObject({ code: 0 })
  const mutant = ['protect', 'two-writers', '--mutant', 'linux-no-flush', '--json']
  expect(await onBoth(['check', ...mutant])).toMatchObject({ code: 1 })
  const limited = await onBoth(['check', ...some, '--max-states', '50'])
  expect(limited).toMatchObject({ code: 3 })
})

test('check: a mutant from a file, and a scenario from a file', async () => {
  write(
    cwd,
    'mine.mjs',
    `export default { name: 'mine', system: 'async-fork', scenario: 'bgsave', change: { syncBeforeZap: null } }`,
  )
  const scenario = { pages: 2, vmas: [{ from: 0, to: 2 }], parent: [[{ do: 'fork' }]] }
  const file = { format: 1, name: 'mine', ...scenario, reaches: ['childRuns'] }
  write(cwd, 'mine.json', JSON.stringify(file))
  const argv = ['check', 'bgsave', '--scenario', 'mine.json', '--mutant', './mine.mjs', '--json']
  await onBoth(argv)
})

test('mutants', async () => {
  const names = ['linux-no-flush', 'linux-free-before-flush']
  const { code, out } = await onBoth(['mutants', ...names, '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(out).mutants.map(({ name }: { name: string }) => name)).toEqual(names)
})

test('a mutant of a system that is changed already: its twin has a change that is in no list', async () => {
  const argv = ['mutants', 'cow-no-flush', '--workers', '2', '--json']
  const { code, err } = await forkcheck(argv, { cwd })
  expect([code, err]).toEqual([0, ''])
}, 60_000)

test('an interrupt: what has not begun is said', async () => {
  const argv = ['check', 'protect', 'bgsave', '--workers', '2']
  const { code, err } = await forkcheck(argv, { cwd, signal: AbortSignal.abort() })
  expect(code).toBe(130)
  expect(err).toMatch(/^forkcheck: interrupted, \d+ checks not started\n$/)
})

test('one check, and checks with a checkpoint: they are done in turn', async () => {
  await onBoth(['check', 'protect', '--property', 'childSeesForkTimeMemory', '--json'])
  await onBoth(['check', 'protect', 'bgsave', '--checkpoint', 'kept', '--json'])
})
