/** A project of a user's own, with the package as it is built, and its tests. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../cli/package.js'

/** Packages that a project of a user's own has beside forkcheck. */
const OTHERS = ['vitest', 'fast-check']

/** How often a process that cannot be started is tried again, and the milliseconds between. */
const ATTEMPTS = 60
const PAUSE = 1_000

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
  const command = [vitest, 'run', '--reporter=json']
  const options = { cwd: folder, env: { ...env, NODE_OPTIONS: '' }, encoding: 'utf8' } as const
  let ran = spawnSync(process.execPath, command, options)
  // A loaded machine may have no process to give just then: that says nothing about the tests.
  for (let again = 0; ran.error && again < ATTEMPTS; again++) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE)
    ran = spawnSync(process.execPath, command, options)
  }
  if (ran.error) throw ran.error
  return { status: ran.status, printed: ran.stderr + ran.stdout }
}
