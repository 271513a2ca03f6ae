/**
 * Processor time of commands from the shell, user and system, with all that it takes to start them.
 * Each mutant is looked for by a process of its own:
 *
 *   node dist/tools/bench/cold-start.js [EVERY]    every so manieth mutant; default 10
 *
 * The first run of a check keeps its program, the second one uses it. A busy machine takes longer:
 * compare times of one run, and with `node -e 0`, which comes first.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mutants } from '../../model/index.js'

const main = fileURLToPath(new URL('../../cli/main.js', import.meta.url))
const cache = mkdtempSync(join(tmpdir(), 'forkcheck-cold-start-'))

/** Has a process say on a stream of its own what it used. */
const TOLD = `import { writeSync } from 'node:fs'
process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  writeSync(3, String(user + system))
})`

/** Seconds of processor time. */
function timeOf(...args: readonly string[]): number {
  const { output, status } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(TOLD)}`, ...args],
    {
      encoding: 'utf8',
      env: { ...process.env, XDG_CACHE_HOME: cache },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    },
  )
  if (status !== 0 && status !== 1) throw new Error(`${args.join(' ')}: exit code ${status}`)
  return Number(output[3]) / 1e6
}

function print(what: string, seconds: number): void {
  console.log(`${seconds.toFixed(2).padStart(6)} s  ${what}`)
}

const [every = '10'] = process.argv.slice(2)
const bgsave = ['check', 'bgsave', '--system', 'async-fork']
print('node -e 0', timeOf('-e', '0'))
print('forkcheck --version', timeOf(main, '--version'))
print(`forkcheck ${bgsave.join(' ')}: the first time`, timeOf(main, ...bgsave))
print(`forkcheck ${bgsave.join(' ')}: again`, timeOf(main, ...bgsave))
const found = mutants
  .filter((_, i) => i % Number(every) === 0)
  .map(({ name }) => ({ name, seconds: timeOf(main, 'check', '--mutant', name) }))
  .sort((one, other) => one.seconds - other.seconds)
const [worst] = found.slice(-1)
print(`forkcheck check --mutant NAME: median of ${found.length}`, found[found.length >> 1].seconds)
print(`forkcheck check --mutant ${worst.name}: the most`, worst.seconds)
rmSync(cache, { recursive: true })
