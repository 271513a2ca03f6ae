/** Workers are killed, Redis crashes, the asker is interrupted: the result is that of one process. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Random } from '../../checker/simulate/random.js'
import { temporaryFolder } from '../cli/command.js'
import { Running } from './process.js'
import { RedisServer } from './server.js'

const cwd = temporaryFolder()
const seed = BigInt(process.env.KILLS_SEED ?? 4)
const KILLS = Number(process.env.KILLS ?? 8)

let redis: RedisServer
beforeAll(async () => {
  redis = await RedisServer.start()
})
afterAll(() => redis.stop())

const timeless = (text: string) => text.replace(/"seconds": [\d.]+/g, '"seconds": 0')

const QUESTION = [
  ...['sweep', '--mutant=no-copy-lock', '--geometry=one-table', '--few', '--sample=48', '--json'],
]

test(`three workers, ${KILLS} kills at random (seed ${seed}), a crash of Redis`, async () => {
  const random = new Random(seed)
  const whole = new Running(QUESTION, cwd)
  expect(await whole.ended).toBe(1)

  // On a loaded machine a worker that is alive may be silent for some seconds.
  const work = ['work', `--redis=${redis.url}`, '--lock=10s']
  const workers = [1, 2, 3].map(() => new Running(work, cwd))
  const argv = [...QUESTION, `--redis=${redis.url}`, '--parts=24']
  let asker = new Running(argv, cwd)
  let isOver = false
  asker.ended.then(() => {
    isOver = true
  })
  for (let kill = 0; kill < KILLS && !isOver; kill++) {
    const victim = random.below(workers.length)
    // A worker that is killed while it does something.
    await Promise.race([workers[victim].says('doing'), asker.ended])
    await new Promise((resolve) => setTimeout(resolve, random.below(300)))
    workers[victim].kill('SIGKILL')
    await workers[victim].ended
    workers[victim] = new Running(work, cwd)
    if (kill === 2) {
      await redis.kill()
      await redis.start()
    }
    if (kill === 4 && !isOver) {
      asker.kill('SIGINT')
      await asker.ended
      asker = new Running(argv, cwd)
      isOver = false
      asker.ended.then(() => {
        isOver = true
      })
    }
  }
  expect([await asker.ended, timeless(asker.out)]).toEqual([1, timeless(whole.out)])
  for (const worker of workers) worker.kill('SIGTERM')
  await Promise.all(workers.map((worker) => worker.ended))
})
