/** What --redis needs, and what of it is installed; test/queue has the rest, with a Redis. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../cli/package.js'
import { queueLibraries } from '../../cli/queue/library.js'
import { forkcheck } from './command.js'

test('without its packages --redis is refused in one line', async () => {
  const missing = Object.assign(new Error('x'), { code: 'ERR_MODULE_NOT_FOUND' })
  const load = () => queueLibraries(() => Promise.reject(missing))
  await expect(load()).rejects.toThrow(
    '--redis needs two packages that are not installed: npm install bullmq ioredis',
  )
})

test.each(['http://127.0.0.1', 'redis://', '127.0.0.1:6379', 'secret'])(
  '--redis %s is no URL of a Redis, and is not repeated: it may hold a password',
  async (url) => {
    const { code, err } = await forkcheck(['work', `--redis=${url}`])
    const why = 'must be a URL: redis://host:6379, or rediss:// for TLS, with user:password@ if any'
    expect([code, err]).toEqual([2, `forkcheck: --redis: ${why}\n`])
  },
)

test('--parts is nothing without --redis', async () => {
  const { code, err } = await forkcheck(['sweep', '--parts=3', '--sample=1', '--few'])
  expect([code, err]).toEqual([2, 'forkcheck: --parts: only with --redis\n'])
})

test('no package runs a script when it is installed, but for the bundler of the docs', () => {
  // msgpackr-extract would: `overrides` in package.json puts a package without code in its place,
  // and msgpackr does without it.
  const lock = JSON.parse(readFileSync(join(packageRoot(), 'package-lock.json'), 'utf8'))
  const packages = Object.entries<{ hasInstallScript?: boolean }>(lock.packages)
  const scripts = packages.flatMap(([name, { hasInstallScript }]) => (hasInstallScript ? name : []))
  expect(scripts.filter((name) => name !== '')).toEqual([
    'node_modules/vitepress/node_modules/esbuild',
  ])
})
