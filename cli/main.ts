#!/usr/bin/env node
/** The forkcheck executable. */
import './start-flags.js'
import { packedModule } from './packed.js'
import { staleSource } from './stale-build.js'

const packed = packedModule()
const stale = packed === null ? staleSource() : null
if (stale !== null)
  process.stderr.write(`forkcheck: ${stale} is newer than what was built of it: npm run build\n`)

const { main } = packed ?? (await import('./command-line.js'))
await main()
