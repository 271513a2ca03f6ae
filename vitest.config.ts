import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { lateOptimisation } from './cli/v8-flags.js'
import { inCI, NoSkips } from './test/support/no-skips.js'

const flag = lateOptimisation(process.versions.v8)

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    // Examples import the package by its name, as users do; here that is the source.
    alias: [
      { find: /^forkcheck$/, replacement: source('index.ts') },
      { find: /^forkcheck\/checker$/, replacement: source('checker/index.ts') },
      { find: /^forkcheck\/(fast-check|vitest)$/, replacement: source('testing/$1.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // They need a browser and the built viewer, or a Redis: npm run test:browser, test:queue.
    exclude: ['test/browser/**', 'test/queue/**'],
    setupFiles: ['test/support/collect-garbage.ts'],
    // Only a test that hangs is to fail by it: a loaded machine may be ten times as slow.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Separate processes: each test file has its own heap and its own collector.
    pool: 'forks',
    isolate: false,
    execArgv: flag === null ? [] : [flag],
    maxWorkers: '100%',
    allowOnly: !inCI(),
    reporters: ['default', new NoSkips()],
  },
})
