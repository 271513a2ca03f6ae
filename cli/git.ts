/** The content of a folder at a git revision. */
import { execFileSync } from 'node:child_process'
import { UsageError } from './errors.js'
import type { Io } from './io.js'

/** A file of a folder that is not what it was. */
export interface Differing {
  /** Relative to where the user is. */
  readonly path: string
  /** Its text at the revision; null if it was not there. */
  readonly before: string | null
}

/**
 * The files below a folder that differ from a revision, in the work tree or by not being there.
 * @throws UsageError when it is in no repository, or the revision is none.
 */
export function differingSince(io: Io, revision: string, directory: string): Differing[] {
  const git = (...argv: string[]) => runGit(io, argv)
  // A name that looks like an option is none.
  git('rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`)
  const changed = git(
    'diff',
    '--relative',
    '--name-status',
    '--no-renames',
    '-z',
    revision,
    '--',
    directory,
  )
  const fields = changed.split('\0').filter((field) => field !== '')
  const tracked = fields.flatMap((status, i) => {
    if (i % 2 === 1) return []
    const path = fields[i + 1]
    const before = status === 'A' ? null : git('show', `${revision}:./${path}`)
    return [{ path, before }]
  })
  const untracked = git('ls-files', '--others', '--exclude-standard', '-z', '--', directory)
  const fresh = untracked.split('\0').filter((path) => path !== '')
  return [...tracked, ...fresh.map((path) => ({ path, before: null }))]
}

function runGit(io: Io, argv: readonly string[]): string {
  try {
    return execFileSync('git', argv, {
      cwd: io.cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 2 ** 28,
    })
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string }
    if (code === 'ENOENT') throw new UsageError('git is not there: review compares with a revision')
    const why =
      stderr
        ?.trim()
        .split('\n')[0]
        .replace(/^fatal: /, '') || 'no such revision'
    throw new UsageError(`--since: git says: ${why}`)
  }
}
