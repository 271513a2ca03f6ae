#!/usr/bin/env node
/** The forkcheck executable. */
import { EXIT } from './errors.js'
import { keysFrom } from './keys.js'
import { run } from './program.js'

const stop = new AbortController()

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    // The first one asks for an orderly end, the second one insists.
    if (stop.signal.aborted) process.exit(EXIT.interrupted)
    stop.abort()
  })

// The reader of a pipe has gone (`forkcheck ... | head`): nothing more can be said, so stop.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    stop.abort()
  })

const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true

process.exitCode = await run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
  ...(isTerminal ? { keys: () => keysFrom(process.stdin, stop) } : {}),
})
