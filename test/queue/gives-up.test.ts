/** What a worker says when BullMQ gives up: one that does nothing must not look like one that waits. */
import { Worker } from 'bullmq'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { queueLibraries } from '../../cli/queue/library.js'
import { work } from '../../cli/queue/work.js'
import { quietIo, temporaryFolder } from '../cli/command.js'
import { RedisServer } from './server.js'

const io = quietIo(temporaryFolder())
let redis: RedisServer
beforeAll(async () => {
  redis = await RedisServer.start()
})
afterAll(() => redis.stop())

/** BullMQ, of which one thing fails. */
const broken = (name: 'run' | 'waitUntilReady') => async () => {
  const libraries = await queueLibraries()
  class Broken extends Worker {}
  Broken.prototype[name] = () => Promise.reject(new Error('out of order'))
  return { ...libraries, Worker: Broken as typeof Worker }
}

test('its loop ends: the worker ends with the reason', async () => {
  const ended = work(io, { redis: redis.url, lock: 30 }, broken('run'))
  await expect(ended).rejects.toThrow('out of order')
})

test('it does not like the Redis: the worker ends with the reason', async () => {
  const ended = work(io, { redis: redis.url, lock: 30 }, broken('waitUntilReady'))
  await expect(ended).rejects.toThrow(`--redis ${redis.url}: out of order`)
})
