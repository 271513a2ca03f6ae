import { defineConfig } from 'vitest/config'
import { inCI, NoSkips } from './test/support/no-skips.js'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // Separate processes: each test file has its own heap and its own collector.
    pool: 'forks',
    isolate: false,
    maxWorkers: '100%',
    allowOnly: !inCI(),
    reporters: ['default', new NoSkips()],
  },
})
