/** What a command prints, for the pages that show it. */
import { run } from '../../cli/program.js'
import { root } from './files.js'

/** Runs `forkcheck` in this process, without a terminal. */
export async function printed(
  argv: readonly string[],
): Promise<{ readonly code: number; readonly out: string }> {
  let out = ''
  const code = await run(argv, {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: () => undefined },
    env: {},
    cwd: root,
    signal: new AbortController().signal,
  })
  return { code, out }
}
