/** Running other programs to their end. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** What a program has said. */
interface Finished {
  /** The exit code was not 0, or there is no such program. */
  readonly failed: boolean
  /** There is no program of this name. */
  readonly isMissing: boolean
  readonly stdout: string
  readonly stderr: string
}

interface Options {
  readonly cwd?: string
  /** Called with each line of stdout at once. */
  readonly onLine?: (line: string) => void
}

/** More of a program's output is not kept, in characters. */
const MOST_KEPT = 2 ** 28

/**
 * Runs a program to its end. It is killed when the signal is aborted.
 * @throws the signal's reason when it was aborted before the program's end.
 */
export async function finished(
  signal: AbortSignal,
  program: string,
  args: readonly string[],
  { cwd, onLine }: Options = {},
): Promise<Finished> {
  signal.throwIfAborted()
  const child = spawn(program, args, {
    cwd,
    signal,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      if (said[name].length < MOST_KEPT) said[name] += text
    })
  if (onLine) createInterface({ input: child.stdout }).on('line', onLine)
  const code = await new Promise<number | null | undefined>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(signal.reason)
      else resolve(error.code === 'ENOENT' ? undefined : null)
    })
    child.on('close', resolve)
  })
  signal.throwIfAborted()
  return { failed: code !== 0, isMissing: code === undefined, ...said }
}
