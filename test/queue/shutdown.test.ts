/** Processes that are connected to Redis end when they are told to, whatever Redis does. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../cli/command.js'
import { Running } from './process.js'
import { RedisServer } from './server.js'

const cwd = temporaryFolder()
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
    await redis.hasWaiting(1)
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

test.each([
  ['a worker', ['work']],
  ['an asker', ['mutants', 'linux-no-flush']],
])('%s that waits for a first answer ends', async (_, argv) => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const connected = once(silent, 'connection')
  const waiting = start(...argv, `--redis=redis://127.0.0.1:${port}`)
  const [socket] = (await connected) as [Socket]
  waiting.kill('SIGTERM')
  expect([await waiting.ended, waiting.err]).toEqual([130, 'forkcheck: interrupted\n'])
  socket.destroy()
  silent.close()
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

test('an asker says that no worker is there yet', async () => {
  const asker = start('mutants', 'linux-no-flush', `--redis=${redis.url}`)
  await asker.says(`no worker is there yet: start \`forkcheck work --redis ${redis.url}\``)
})

test('a Redis that is not there is one line', async () => {
  await redis.kill()
  const worker = start('work', `--redis=redis://user:secret@127.0.0.1:${redis.port}`)
  expect(await worker.ended).toBe(2)
  const why = `connect ECONNREFUSED 127.0.0.1:${redis.port}`
  expect(worker.err).toBe(`forkcheck: --redis redis://127.0.0.1:${redis.port}: ${why}\n`)
})
