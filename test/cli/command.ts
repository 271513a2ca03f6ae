/** Runs the command line in this process, as a terminal-less shell would. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Io } from '../../cli/io.js'
import { run } from '../../cli/program.js'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs `forkcheck` with these arguments. */
export async function forkcheck(
  argv: readonly string[],
  {
    cwd = process.cwd(),
    signal = new AbortController().signal,
    env = {},
    keys,
    build,
  }: Partial<Pick<Io, 'cwd' | 'signal' | 'env' | 'keys' | 'build'>> = {},
): Promise<Ran> {
  const written = { out: '', err: '' }
  const code = await run(argv, {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
    env,
    cwd,
    signal,
    build,
    ...(keys ? { keys } : {}),
  })
  return { code, ...written }
}

/** The surroundings of a command that writes nothing and is not interrupted. */
export function quietIo(cwd: string): Io {
  const nowhere = { write: () => {} }
  return { stdout: nowhere, stderr: nowhere, env: {}, cwd, signal: new AbortController().signal }
}

/** The lines of a text that ends in a newline. */
export function lines(text: string): string[] {
  return text.split('\n').slice(0, -1)
}

/** A folder that is gone when the tests of the file are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forkcheck-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes a file into a folder and returns its name. */
export function write(folder: string, name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return name
}
