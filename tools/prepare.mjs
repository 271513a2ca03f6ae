/**
 * Builds the clone unless that is done: npm calls this at `npm ci`, and again at the first
 * `npx forkcheck` in the clone, which must not wait for another build.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'

const PAGES = ['report', 'results', 'explore', 'playground']

/** Is everything that was compiled newer than its source, and every page newer than that? */
async function isBuilt() {
  const files = ['dist/cli/main.js', ...PAGES.map((page) => `dist/viewer/${page}.html`)]
  if (!files.every((file) => existsSync(file))) return false
  const { staleSource } = await import('../dist/cli/stale-build.js')
  const [main, ...pages] = files.map((file) => statSync(file).mtimeMs)
  return staleSource() === null && pages.every((page) => page > main)
}

if (!(await isBuilt())) {
  const { status } = spawnSync('npm', ['run', 'build'], { stdio: 'inherit', shell: true })
  process.exitCode = status ?? 1
}
