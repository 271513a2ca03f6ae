/** `npm run test:queue`: needs redis-server, and the built command line. */
import { defineConfig } from 'vitest/config'
import { inCI, NoSkips } from '../support/no-skips.js'

export default defineConfig({
  test: {
    include: ['test/queue/**/*.test.ts'],
    // Only a test that hangs is to fail by it.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    // The tests start processes of their own: two cores are busy with one file.
    maxWorkers: 1,
    allowOnly: !inCI(),
    reporters: ['default', new NoSkips()],
  },
})
