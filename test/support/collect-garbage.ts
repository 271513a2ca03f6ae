/**
 * Runs before each test file. Files share a process, and what one has left stays until the collector
 * comes by. To start another process the system asks for as much memory as this one has, for a
 * moment, and may refuse it (ENOMEM).
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { beforeAll } from 'vitest'

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

// Some files start a process as they are read.
collectGarbage()
beforeAll(collectGarbage)
