/** A project of a user's own, with the package as it is built, and its tests. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../cli/package.js'

/** Packages that a project of a user's own has beside forkcheck. */
const OTHERS = ['vitest', 'fast-check']

/**
 * Runs the tests of a folder as its user would.
 * @returns what vitest prints as JSON, and its exit code.
 * @throws Error when the package has not been built.
 */
export function runOwnTests(folder: string): { readonly status: number | null; printed: string } {
  const root = packageRoot()
  if (!existsSync(join(root, 'dist/cli/main.js'))) throw new Error('not built: npm run build')
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/forkcheck'))
  for (const name of OTHERS)
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const { VITEST, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [vitest, 'run', '--reporter=json'],
    {
      cwd: folder,
      env: { ...env, NODE_OPTIONS: '' },
      encoding: 'utf8',
    },
  )
  return { status, printed: stderr + stdout }
}
