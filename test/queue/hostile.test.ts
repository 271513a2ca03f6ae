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

test.each([
  ['does not replay', 4, (schedule: string[]) => schedule.pop()],
  ['is not possible', 4, (schedule: string[]) => schedule.reverse()],
])('an asker believes no violation that %s', async (_, code, forge) => {
  const argv = ['check', '--mutant=linux-no-flush', '--json']
  const { out } = await forkcheck([...argv, '--shard=1/1'], { cwd })
  const forged = JSON.parse(out)
  forge(forged.shard.found[0].counterexamples[0].schedule)
  const connection = { host: '127.0.0.1', port: redis.port }
  const worker = new Worker('parts', async () => forged, { connection, prefix: 'forkcheck' })
  const asked = await forkcheck([...argv, `--redis=${redis.url}`], { cwd })
  await worker.close()
  expect([asked.code, asked.out]).toEqual([code, ''])
  expect(asked.err).toMatch(
    /^forkcheck: linux\/two-writers: noStaleTranslation does not replay .*\n$/,
  )
})
