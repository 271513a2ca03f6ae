/** What workers find is what one process finds, whatever their number, and however often asked. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forkcheck, type Ran, temporaryFolder, write } from '../cli/command.js'
import { RedisServer } from './server.js'

const cwd = temporaryFolder()
let redis: RedisServer

beforeAll(async () => {
  redis = await RedisServer.start()
})
afterAll(() => redis.stop())

const run = (...argv: string[]) => forkcheck(argv, { cwd })

/** Runs a command with workers in this process. */
async function withWorkers(number: number, argv: readonly string[]): Promise<Ran> {
  const stop = new AbortController()
  const work = ['work', `--redis=${redis.url}`, '--quiet']
  const workers = Array.from({ length: number }, () =>
    forkcheck(work, { cwd, signal: stop.signal }),
  )
  const asked = await run(...argv, `--redis=${redis.url}`)
  stop.abort()
  for (const { code, err } of await Promise.all(workers)) expect([code, err]).toEqual([130, ''])
  return { ...asked, err: asked.err.replace(SLOW_START, '') }
}

/** What is said when workers need long to come. */
const SLOW_START = /^forkcheck: no worker is there yet.*\n/

/** A text without what depends on the clock. */
const timeless = (text: string) =>
  text
    .replace(/"(seconds|statesPerSecond)": [\d.]+/g, '"$1": 0')
    .replace(/\d+\.\d+/g, '0')
    // The last column of a table.
    .replace(/[\d.,]+$/gm, '0')
    // Columns of tables are as wide as the seconds in them.
    .replace(/ +/g, ' ')

const QUESTIONS: Readonly<Record<string, readonly string[]>> = {
  check: ['check', 'protect', 'two-writers', 'discard', 'many-threads'],
  'check with stories': [
    ...['check', 'protect', 'two-writers', '--mutant=linux-no-flush', '--continue', '--digest'],
    ...['--witness=frameIsCopied', '--no-shrink'],
  ],
  sweep: ['sweep', '--system=async-fork,linux', '--geometry=one-table', '--few', '--sample=5'],
  'sweep with violations': [
    ...['sweep', '--mutant=no-copy-lock', '--geometry=one-table', '--sample=5', '--few'],
  ],
  mutants: ['mutants', 'linux-no-flush', 'no-copy-lock', 'linux-unmaps-twice'],
  'single changes': ['single-changes', 'copier-fails', 'bgsave-log-line', '--every=50'],
  simulate: ['simulate', 'protect', '--seed=7', '--runs=20', '--parts=3', '--strategy=pct'],
  'simulate to a violation': [
    ...['simulate', '--mutant=no-copy-lock', '--seed=5', '--runs=40', '--parts=4'],
  ],
}

describe.each(Object.entries(QUESTIONS))('%s', async (_, argv) => {
  const without = argv.filter((word) => !word.startsWith('--parts'))
  const [json, text] = [await run(...without, '--json'), await run(...without)]

  test.each([1, 2, 4])('%i workers print the document of one process', async (number) => {
    const { code, out, err } = await withWorkers(number, [...argv, '--json'])
    expect([code, err]).toEqual([json.code, ''])
    expect(timeless(out)).toBe(timeless(json.out))
  })
  test('and its tables', async () => {
    const { code, out, err } = await withWorkers(1, argv)
    expect([code, err]).toEqual([text.code, ''])
    expect(timeless(out)).toBe(timeless(text.out))
  })
})

test('nothing is left in the queue', () => {
  const keys = redis.cli('--scan', '--pattern', 'forkcheck:*').split('\n')
  expect(keys.filter((key) => /-\d+(:|$)/.test(key))).toEqual([])
})

test('an asker that was interrupted goes on with what is there', async () => {
  const argv = ['mutants', 'linux-no-flush', 'no-copy-lock', '--json', `--redis=${redis.url}`]
  const stop = new AbortController()
  const asked = forkcheck(argv, { cwd, signal: stop.signal })
  await redis.hasWaiting(2)
  stop.abort()
  expect((await asked).code).toBe(130)
  // What a worker does while nobody waits is done when somebody does.
  const worked = await run('work', `--redis=${redis.url}`, '--idle=1s')
  expect(worked.code).toBe(0)
  expect(worked.err).toContain('2 parts done')
  const { code, out } = await run(...argv)
  expect(code).toBe(0)
  expect(JSON.parse(out).mutants).toHaveLength(2)
})

test('a mutant of a file is done where the file is, and nowhere else', async () => {
  const file = 'mine.mjs'
  const text = `export default {
    name: 'mine', system: 'linux', says: 'Fork does not flush.', scenario: 'two-writers',
    breaks: ['noStaleTranslation'], origin: 'synthetic', source: 'test',
    change: { forkFlush: { effect: (s, t) => { s.thread[t].pc = 'fork.commit' } } },
  }`
  write(cwd, file, text)
  const argv = ['simulate', `--mutant=${file}`, '--seed=1', '--runs=2', '--json']
  const one = await run(...argv)
  expect(one.err).toBe('')
  const many = await withWorkers(1, argv)
  expect(timeless(many.out)).toBe(timeless(one.out))
  const elsewhere = temporaryFolder()
  const work = (folder: string) =>
    forkcheck(['work', `--redis=${redis.url}`, '--idle=1s'], { cwd: folder })
  const [asked] = await Promise.all([run(...argv, `--redis=${redis.url}`), work(elsewhere)])
  expect([asked.code, asked.out]).toEqual([2, ''])
  expect(asked.err).toMatch(/simulate \d\/2 cannot be done: mine\.mjs: no such file\n$/)
  write(elsewhere, file, `${text}\n`)
  const [again] = await Promise.all([run(...argv, `--redis=${redis.url}`), work(elsewhere)])
  expect(again.err).toContain('mine.mjs: is not the file that was asked for: its content differs')
})

test.each([
  [['sweep', '--time=1s'], '--time: not with --redis'],
  [['sweep', '--shard=1/2'], '--shard: not with --redis'],
  [['mutants', '--out=x'], '--out: not with --redis'],
  [['mutants', '--workers=2'], '--workers: not with --redis'],
  [['simulate', 'protect'], '--redis needs --seed: without it the walks cannot be asked for again'],
  [['simulate', 'protect', '--seed=1', '--run=3'], '--run: not with --redis'],
  [
    ['simulate', 'protect', '--strategy=fewest-preemptions'],
    '--redis: not for --strategy fewest-preemptions, only random, pct',
  ],
])('%s --redis is refused', async (argv, why) => {
  const { code, out, err } = await run(...argv, `--redis=${redis.url}`)
  expect([code, out, err]).toEqual([2, '', `forkcheck: ${why}\n`])
})

test('a Redis with a password lets in who has it', async () => {
  const closed = await RedisServer.start('--requirepass', 'secret')
  try {
    const at = (password: string) => `--redis=redis://:${password}@127.0.0.1:${closed.port}`
    const wrong = await run('work', at('wrong'))
    expect(wrong.code).toBe(2)
    expect(wrong.err).toMatch(/^forkcheck: --redis redis:\/\/127\.0\.0\.1:\d+: WRONGPASS .*\n$/)
    expect((await run('work', at('secret'), '--idle=1s', '--quiet')).code).toBe(0)
  } finally {
    await closed.stop()
  }
})
