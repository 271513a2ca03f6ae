import { defineConfig } from 'vitest/config'
import { NoSkips } from '../support/no-skips.js'

export default defineConfig({
  test: {
    include: ['test/browser/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // One browser at a time.
    fileParallelism: false,
    reporters: ['default', new NoSkips()],
  },
})
