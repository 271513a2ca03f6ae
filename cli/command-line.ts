/** The command line as a process: its arguments, streams and signals. */
import { EXIT } from './errors.js'
import { keysFrom } from './keys.js'
import { run } from './program.js'

/**
 * Runs the command that the arguments of the process name, and sets its exit code.
 * @param build what this build of forkcheck is, if that is known.
 */
export async function main(build?: string): Promise<void> {
  const stop = new AbortController()

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      // The first one asks for an orderly end, the second one insists.
      if (stop.signal.aborted) process.exit(EXIT.interrupted)
      stop.abort()
    })

  let cannotWrite = false

  // The reader of a pipe has gone (`forkcheck ... | head`): nothing more can be said, so stop.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      stop.abort()
      if (error.code === 'EPIPE' || cannotWrite) return
      // The results could not be printed, so there is no verdict.
      cannotWrite = true
      process.exitCode = EXIT.internal
      if (stream === process.stdout) process.stderr.write(`forkcheck: stdout: ${error.message}\n`)
    })

  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true

  const code = await run(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    build,
    signal: stop.signal,
    ...(isTerminal ? { keys: () => keysFrom(process.stdin, stop) } : {}),
  })

  process.exitCode = cannotWrite ? EXIT.internal : code

  // Who was told to end ends, whatever timers and connections libraries still have.
  if (stop.signal.aborted)
    process.stdout.write('', () => process.stderr.write('', () => process.exit()))
}
