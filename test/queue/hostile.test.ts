/** A worker reads jobs as the work of a stranger: whoever can reach the Redis can write one. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Queue, Worker } from 'bullmq'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { packageVersion } from '../../cli/package.js'
import { forkcheck, temporaryFolder, write } from '../cli/command.js'
import { RedisServer } from './server.js'

const cwd = temporaryFolder()
let redis: RedisServer
let queue: Queue

beforeEach(async () => {
  redis = await RedisServer.start()
  const connection = { host: '127.0.0.1', port: redis.port }
  queue = new Queue('parts', { connection, prefix: 'forkcheck' })
})
afterEach(async () => {
  await queue.close()
  await redis.stop()
})

const work = () => forkcheck(['work', `--redis=${redis.url}`, '--idle=1s'], { cwd })

const good = {
  format: 1,
  command: 'mutants',
  version: packageVersion(),
  rules: '0'.repeat(32),
  names: ['linux-no-flush'],
  options: {},
  files: {},
  number: 1,
  of: 1,
}

const BAD: readonly (readonly [string, unknown])[] = [
  ['is not an object', 'text'],
  ['is not an object', null],
  ['format is missing', {}],
  ['command: Invalid type: Expected', { ...good, command: 'reality' }],
  ['command: Invalid type: Expected', { ...good, command: '__proto__' }],
  ['code: is not known', { ...good, code: 'process.exit()' }],
  ['names.0: must not begin with -', { ...good, names: ['--out=x'] }],
  ['names.0: has a control character', { ...good, names: ['a\nb'] }],
  ['options.out: mutants has none', { ...good, options: { out: ['x'] } }],
  ['options.html: mutants has none', { ...good, options: { html: ['x'] } }],
  ['options.toString: mutants has none', { ...good, options: { toString: ['x'] } }],
  ['options.engine: check has none', { ...good, command: 'check', options: { engine: ['spin'] } }],
  [
    'options.certificate: check has none',
    { ...good, command: 'check', options: { certificate: ['x'] } },
  ],
  ['options.model: Invalid type', { ...good, options: { model: 7 } }],
  ['files: nothing says what is in own.ts', { ...good, options: { model: ['own.ts'] } }],
  ['number: 2 is more than 1', { ...good, number: 2 }],
  ['of: Invalid value', { ...good, of: 1e9 }],
  ['rules: Invalid format', { ...good, rules: 'x' }],
  ['unknown mutant none', { ...good, names: ['none'] }],
]

test.each(BAD)('%s', async (why, data) => {
  const { id } = await queue.add('x', data)
  const { code, err } = await work()
  expect([code, err.split('\n').length]).toEqual([0, 3 + Number(err.includes('doing'))])
  const job = await queue.getJob(id ?? '')
  expect(job?.failedReason).toContain(why)
})

describe('a worker loads no file but the one that was meant:', () => {
  const mutant = (file: string, digest: string) => ({
    ...good,
    command: 'simulate',
    names: [],
    options: { mutant: [file], seed: ['1'], runs: ['1'] },
    files: { [file]: digest },
  })
  const touch = (name: string) =>
    `import { writeFileSync } from 'node:fs'
     writeFileSync(${JSON.stringify(join(cwd, name))}, '')
     export default {}`

  test.each([
    ['other.mjs', 'other.mjs: is not the file that was asked for: its content differs'],
    ['../other.mjs', '../other.mjs: with --redis, files are below the folder of each process'],
    ['/etc/other.mjs', '/etc/other.mjs: with --redis, files are below the folder of each process'],
    ['none.mjs', 'none.mjs: no such file'],
  ])('%s', async (file, why) => {
    write(cwd, 'other.mjs', touch('was-run'))
    const { id } = await queue.add('x', mutant(file, '0'.repeat(64)))
    await work()
    expect((await queue.getJob(id ?? ''))?.failedReason).toBe(why)
    expect(existsSync(join(cwd, 'was-run'))).toBe(false)
  })
})

describe('refused, and left to others, is a job', () => {
  test.each([
    [{ ...good, version: '0.0.1' }, `is of forkcheck 0.0.1, and this worker is forkcheck`],
    [good, 'is of other rules or properties than this worker has'],
  ])('%#', async (data, why) => {
    const { id } = await queue.add('x', data)
    const { code, err } = await work()
    expect(code).toBe(2)
    expect(err).toContain(`forkcheck: refused: mutants 1/1 ${why}`)
    expect(await queue.getJobState(id ?? '')).toBe('waiting')
  })
})

test('what is not even JSON does not end a worker', async () => {
  const { id } = await queue.add('x', good)
  redis.cli('HSET', `forkcheck:parts:${id}`, 'data', '{{{')
  const { code } = await work()
  expect(code).toBe(0)
})

/** An asker whose only worker forges its answer. */
async function askedOfForger(argv: readonly string[], forge: (document: Document) => unknown) {
  const { out } = await forkcheck(['check', ...argv, '--json', '--shard=1/1'], { cwd })
  const forged: Document = JSON.parse(out)
  forge(forged)
  const connection = { host: '127.0.0.1', port: redis.port }
  const worker = new Worker('parts', async () => forged, { connection, prefix: 'forkcheck' })
  const asked = await forkcheck(['check', ...argv, '--json', `--redis=${redis.url}`], { cwd })
  await worker.close()
  return asked
}

interface Steps {
  schedule: string[]
}
interface Document {
  runs: { verdict: string; counterexample: Steps | null }[]
  shard: { found: { counterexamples: Steps[]; witnesses: Steps[] }[] }
}
const foundBy = ({ shard }: Document) => shard.found[0]

const broken = ['--mutant=linux-no-flush']
const sound = ['two-writers', '--system=linux', '--witness=frameIsCopied']

describe('an asker believes no answer', () => {
  test.each([
    [
      'whose violation does not replay',
      broken,
      (one: Document) => foundBy(one).counterexamples[0].schedule.pop(),
      'linux/two-writers: noStaleTranslation does not replay',
    ],
    [
      'whose violation is not possible',
      broken,
      (one: Document) => foundBy(one).counterexamples[0].schedule.reverse(),
      'linux/two-writers: noStaleTranslation does not replay',
    ],
    [
      'that keeps its violation to itself',
      broken,
      (one: Document) => foundBy(one).counterexamples.pop(),
      'linux/two-writers: a worker says violated, violated: noStaleTranslation; it shows: nothing',
    ],
    [
      'that calls a shown violation none',
      broken,
      (one: Document) => {
        one.runs[0].verdict = 'holds'
      },
      'linux/two-writers: a worker says holds, violated: noStaleTranslation; it shows: noStaleTranslation',
    ],
    [
      'that calls something broken and shows nothing',
      sound,
      (one: Document) => {
        one.runs[0].verdict = 'violated'
      },
      'linux/two-writers: a worker says violated, violated: nothing; it shows: nothing',
    ],
    [
      'whose way leads to no situation',
      sound,
      (one: Document) => foundBy(one).witnesses[0].schedule.pop(),
      /^forkcheck: linux\/two-writers: \d+ steps of a worker do not lead to frameIsCopied/,
    ],
  ])('%s', async (_, argv, forge, why) => {
    const { code, out, err } = await askedOfForger(argv, forge)
    expect([code, out]).toEqual([4, ''])
    expect(err).toMatch(typeof why === 'string' ? new RegExp(`^forkcheck: ${why}.*\n$`) : why)
  })
})

test('an asker prints the violation that it has replayed, and no other text for it', async () => {
  const { code, out } = await askedOfForger(broken, ({ runs: [run] }) => {
    if (run.counterexample) run.counterexample.schedule = ['forged']
  })
  const own = await forkcheck(['check', ...broken, '--json'], { cwd })
  expect(code).toBe(1)
  expect(JSON.parse(out).runs[0].counterexample).toEqual(JSON.parse(own.out).runs[0].counterexample)
})
