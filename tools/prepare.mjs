/**
 * Builds the clone unless that is done: npm calls this at `npm ci`, and again at the first
 * `npx forkcheck` in the clone, which must not wait for another build.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'

const VIEWER = ['report.html', 'results.html', 'explore.html', 'playground.html', 'still.js']

/** Is everything that was compiled newer than its source, and the viewer newer than that? */
async function isBuilt() {
  const files = ['dist/cli/main.js', ...VIEWER.map((file) => `dist/viewer/${file}`)]
  if (!files.every((file) => existsSync(file))) return false
  const { staleSource } = await import('../dist/cli/stale-build.js')
  const [main, ...viewer] = files.map((file) => statSync(file).mtimeMs)
  return staleSource() === null && viewer.every((time) => time > main)
}

if (!(await isBuilt())) {
  const { status } = spawnSync('npm', ['run', 'build'], { stdio: 'inherit', shell: true })
  process.exitCode = status ?? 1
}
