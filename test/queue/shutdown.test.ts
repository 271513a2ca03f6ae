/** Processes that are connected to Redis end when they are told to, whatever Redis does. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Running } from './process.js'
import { RedisServer } from './server.js'

const cwd = mkdtempSync(join(tmpdir(), 'forkcheck-'))
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

let redis: RedisServer
const processes: Running[] = []
const start = (...argv: string[]) => {
  const started = new Running(argv, cwd)
  processes.push(started)
  return started
}

beforeEach(async () => {
  redis = await RedisServer.start()
})
afterEach(async () => {
  for (const one of processes.splice(0)) one.kill('SIGKILL')
  await redis.stop()
})

/** What can become of a Redis. */
const FATES: Readonly<Record<string, () => unknown>> = {
  'that is there': () => {},
  'that is gone': () => redis.kill(),
  'that does not answer': () => redis.freeze(),
}

describe.each(Object.entries(FATES))('with a Redis %s', (_, fate) => {
  test('an idle worker ends', async () => {
    const worker = start('work', `--redis=${redis.url}`)
    await worker.says('waiting for work')
    await fate()
    worker.kill('SIGTERM')
    expect(await worker.ended).toBe(130)
  })

  test('an asker ends, and says that the work can be gone on with', async () => {
    const asker = start('mutants', 'linux-no-flush', `--redis=${redis.url}`)
    await asker.says('no worker is there yet')
    await fate()
    asker.kill('SIGINT')
    expect(await asker.ended).toBe(130)
    expect(asker.err).toContain('interrupted; 0 of 1 parts are done: the same command goes on\n')
  })

  test('a worker that is busy ends', async () => {
    const worker = start('work', `--redis=${redis.url}`)
    const runs = ['--runs=100000000', '--seed=1', '--parts=2']
    const asker = start(
      'simulate',
      'many-threads',
      '--system=linux',
      ...runs,
      `--redis=${redis.url}`,
    )
    await worker.says('doing simulate 1/2')
    await fate()
    worker.kill('SIGTERM')
    expect(await worker.ended).toBe(130)
    asker.kill('SIGTERM')
    expect(await asker.ended).toBe(130)
  })
})

test('a worker comes back to a Redis that has been away', async () => {
  const worker = start('work', `--redis=${redis.url}`)
  await worker.says('waiting for work')
  await redis.kill()
  await worker.says('lost the connection')
  await redis.start()
  await worker.says('connected to')
  const asker = start('mutants', 'linux-no-flush', `--redis=${redis.url}`)
  expect(await asker.ended).toBe(0)
})

test('a Redis that is not there is one line', async () => {
  await redis.kill()
  const worker = start('work', `--redis=redis://user:secret@127.0.0.1:${redis.port}`)
  expect(await worker.ended).toBe(2)
  const why = `connect ECONNREFUSED 127.0.0.1:${redis.port}`
  expect(worker.err).toBe(`forkcheck: --redis redis://127.0.0.1:${redis.port}: ${why}\n`)
})
