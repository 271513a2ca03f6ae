/** `--shard` and `forkcheck merge`: all shards together are what one process finds. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { forkcheck, type Ran, temporaryFolder, write } from './command.js'

const cwd = temporaryFolder()
const run = (...argv: string[]) => forkcheck(argv, { cwd })

/** A text of JSON without what depends on the clock. */
function timeless(text: string): string {
  const drop = (key: string, value: unknown) =>
    key === 'seconds' || key === 'statesPerSecond' ? undefined : value
  return JSON.stringify(JSON.parse(text), drop, 2)
}

/** Runs all shards of a command and writes their documents. @returns the files, last shard first. */
async function shards(of: number, name: string, argv: readonly string[]): Promise<string[]> {
  const files: string[] = []
  for (let number = of; number >= 1; number--) {
    const { out } = await run(...argv, '--json', '--shard', `${number}/${of}`)
    files.push(write(cwd, `${name}-${number}.json`, out))
  }
  return files
}

/** Joins shards, which must give the document and the exit code of one process. */
async function expectSame(of: number, name: string, argv: readonly string[]): Promise<Ran> {
  const files = await shards(of, name, argv)
  const merged = await run('merge', ...files)
  const whole = await run(...argv, '--json')
  expect(merged.err).toBe('')
  expect(timeless(merged.out)).toBe(timeless(whole.out))
  expect(merged.code).toBe(whole.code)
  return whole
}

describe('merged shards are the document of one process', () => {
  test('check', async () => {
    const argv = ['check', 'protect', 'two-writers', '--witness=parentWritesAnywhere']
    await expectSame(3, 'check', argv.slice(0, 3))
  })
  test('check, with violations and digests', async () => {
    const argv = ['check', 'protect', 'two-writers', '--mutant=linux-no-flush', '--continue']
    const { code } = await expectSame(2, 'checked', [...argv, '--digest'])
    expect(code).toBe(1)
  })
  test('check, with more shards than checks', async () => {
    const { code } = await expectSame(2, 'one', ['check', 'protect', '--system=linux'])
    expect(code).toBe(0)
  })
  test('check, which ends at the first violation of a mutant of your own', async () => {
    const argv = ['check', 'protect', 'two-writers', 'discard', '--mutant=linux-no-flush']
    const files = await shards(2, 'until', argv)
    for (const file of files) {
      const document = JSON.parse(readFileSync(join(cwd, file), 'utf8'))
      document.shard.question.untilViolated = true
      write(cwd, file, JSON.stringify(document))
    }
    const twice = JSON.parse(readFileSync(join(cwd, files[0]), 'utf8'))
    twice.shard.positions = [0]
    const wrong = await run('merge', write(cwd, 'twice.json', JSON.stringify(twice)), files[1])
    const why = 'no shard, or more than one, has check 2'
    expect([wrong.code, wrong.err]).toEqual([2, `forkcheck: ${why}\n`])
    const { code, out } = await run('merge', ...files)
    const { runs, notStarted } = JSON.parse(out)
    const named = (of: readonly { scenario: string }[]) => of.map(({ scenario }) => scenario)
    expect([code, named(runs), named(notStarted)]).toEqual([
      1,
      ['protect', 'two-writers'],
      ['discard'],
    ])
  })
  test('sweep', async () => {
    const argv = ['sweep', '--system=async-fork,linux', '--geometry=one-table', '--few']
    const { code } = await expectSame(3, 'sweep', [...argv, '--sample=10'])
    expect(code).toBe(0)
  })
  test('sweep, with violations in their order', async () => {
    const argv = ['sweep', '--mutant=no-copy-lock', '--geometry=one-table', '--sample=12', '--few']
    const { code, out } = await expectSame(3, 'violated', argv)
    expect(code).toBe(1)
    expect(JSON.parse(out).sweeps[0].violated).toBeGreaterThan(1)
  })
  test('mutants', async () => {
    const mutants = ['linux-no-flush', 'no-copy-lock', 'linux-unmaps-twice']
    await expectSame(2, 'mutants', ['mutants', ...mutants])
  })
  test('single changes', async () => {
    const argv = ['single-changes', 'copier-fails', 'bgsave-log-line', '--every=50']
    const { out } = await expectSame(2, 'changes', argv)
    expect(JSON.parse(out).changes.length).toBeGreaterThan(2)
  })
  test.each(['random', 'pct'])('simulate, %s', async (strategy) => {
    const argv = ['simulate', 'protect', 'two-writers', '--seed=7', `--strategy=${strategy}`]
    const { out } = await expectSame(4, strategy, [...argv, '--runs=30'])
    expect(JSON.parse(out).simulations[0]).toMatchObject({ verdict: 'passed', runs: 30 })
  })
  test('simulate, which ends at the first violation', async () => {
    const argv = ['simulate', '--mutant=no-copy-lock', '--seed=5', '--runs=40', '--no-shrink']
    const { code, out } = await expectSame(5, 'found', argv)
    expect(code).toBe(1)
    const { foundInRun } = JSON.parse(out).simulations[0]
    expect(foundInRun).toBeLessThan(40)
  })
  test('more shards than there is work', async () => {
    await expectSame(3, 'empty', ['simulate', 'protect', '--system=linux', '--seed=1', '--runs=2'])
  })
})

test('a shard says in its table that it is one', async () => {
  const { out } = await run('mutants', 'linux-no-flush', 'no-copy-lock', '--shard=2/2')
  expect(out).toContain('\n1 of 1 mutants caught')
  expect(out).toMatch(/\nshard 2 of 2: what the other shards do is not in this table\n$/)
})

test.each([
  [['--run=3', '--seed=1'], '--run is one walk: it has no --shard'],
  [[], '--shard needs --seed: without it each shard has other walks'],
  [['--seed=1', '--time=1s'], '--shard with --time needs --runs: how many walks there are in all'],
  [
    ['--strategy=fewest-preemptions'],
    '--shard: not for --strategy fewest-preemptions, only random, pct',
  ],
  [
    ['--seed=1', '--shard=3/2'],
    '--shard 3/2: must be a number and how many there are, such as 3/16',
  ],
])('simulate --shard 1/2 %s is refused', async (argv, why) => {
  const { code, err } = await run('simulate', '--shard=1/2', ...argv)
  expect([code, err]).toEqual([2, `forkcheck: ${why}\n`])
})

describe('merge refuses', async () => {
  const argv = (...more: string[]) => ['simulate', 'protect', '--system=linux', ...more]
  const [b, a] = await shards(2, 'good', argv('--seed=1', '--runs=2'))
  const [other] = await shards(2, 'other', argv('--seed=2', '--runs=2'))
  const text = (await run(...argv('--seed=1', '--runs=2', '--json', '--shard=1/2'))).out
  const changed = (name: string, change: (document: ReturnType<typeof JSON.parse>) => void) => {
    const document = JSON.parse(text)
    change(document)
    return write(cwd, name, JSON.stringify(document))
  }
  const files: Record<string, string[]> = {
    'good-1.json: shard 1/2 is in good-1.json already': [a, a],
    'shard 2/2 is missing': [a],
    'other-2.json: seed is "2", but "1" in good-1.json': [a, other],
    'old.json: the version of forkcheck is "0.0.1", but "0.1.0" in good-2.json': [
      b,
      changed('old.json', ({ shard }) => {
        shard.version = '0.0.1'
      }),
    ],
    'rules.json: its rules or properties are not those of good-2.json': [
      b,
      changed('rules.json', ({ shard }) => {
        shard.rules = 'x'
      }),
    ],
    'more.json: the number of shards is 3, but 2 in good-2.json': [
      b,
      changed('more.json', ({ shard }) => {
        shard.of = 3
      }),
    ],
    'sweep.json: the command is "sweep", but "simulate" in good-2.json': [
      b,
      changed('sweep.json', ({ shard }) => {
        shard.command = 'sweep'
      }),
    ],
    'nine.json: shard 9/2: there is no such shard': [
      changed('nine.json', ({ shard }) => {
        shard.number = 9
      }),
    ],
    'stopped.json: shard 1/2 was interrupted: run that shard again': [
      changed('stopped.json', ({ shard }) => {
        shard.interrupted = true
      }),
    ],
    'sketch.json: shard.sketches: one of them is damaged': [
      b,
      changed('sketch.json', ({ shard }) => {
        shard.sketches = ['AAAA']
      }),
    ],
    'good-2.json: has 1 results, but short.json has 0': [
      b,
      changed('short.json', (document) => {
        document.simulations = []
      }),
    ],
    'negative.json: simulations.0.runs: Invalid value: Expected >=0 but received -1': [
      b,
      changed('negative.json', ({ simulations }) => {
        simulations[0].runs = -1
      }),
    ],
    'whole.json: not the document of a shard: --shard and --json make them': [
      changed('whole.json', (document) => {
        delete document.shard
      }),
    ],
    'list.json: not the document of a shard: --shard and --json make them': [
      write(cwd, 'list.json', '[]'),
    ],
    'none.json: no such file': ['none.json'],
    'text.json: not JSON: Unexpected token \'x\', "x" is not valid JSON': [
      write(cwd, 'text.json', 'x'),
    ],
  }
  test.each(Object.entries(files))('%s', async (why, given) => {
    const { code, out, err } = await run('merge', ...given)
    expect([code, out, err]).toEqual([2, '', `forkcheck: ${why}\n`])
  })
  test('and an interrupted shard says so', async () => {
    const stop = new AbortController()
    stop.abort()
    const all = ['mutants', 'linux-no-flush', 'no-copy-lock', '--json', '--shard=1/2']
    const { out } = await forkcheck(all, { cwd, signal: stop.signal })
    expect(JSON.parse(out).shard.interrupted).toBe(true)
  })
})
