#!/usr/bin/env node
/** The forkcheck executable. */
import './start-flags.js'
import { packedBuild } from './packed.js'
import { staleSource } from './stale-build.js'

const packed = packedBuild()
const stale = packed === null ? staleSource() : null
if (stale !== null)
  process.stderr.write(`forkcheck: ${stale} is newer than what was built of it: npm run build\n`)

const { main } = packed?.first ?? (await import('./command-line.js'))
await main(packed?.build)
