/**
 * `npm run sweep -- [options of forkcheck sweep]`: sweeps, and writes the figures to docs/sweep.md.
 * Without options it is the whole sweep of the systems that must hold, which takes hours.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

interface Sweep {
  readonly system: string
  readonly mutant: string | null
  readonly combinations: number
  readonly all: number
  readonly holds: number
  readonly violated: number
  readonly incomplete: number
  readonly states: number
  readonly violations: readonly { readonly property: string; readonly registered: boolean }[]
}

const args = process.argv.slice(2)
const main = fileURLToPath(new URL('../cli/main.js', import.meta.url))
const { stdout, status } = spawnSync(process.execPath, [main, 'sweep', '--json', ...args], {
  encoding: 'utf8',
  maxBuffer: 2 ** 28,
  stdio: ['ignore', 'pipe', 'inherit'],
})
if (!stdout) process.exit(status ?? 4)
const { sweeps } = JSON.parse(stdout) as { sweeps: readonly Sweep[] }

const number = (value: number) => value.toLocaleString('en')
const rows = sweeps.map((sweep) => {
  const { combinations, all, holds, violated, incomplete, states } = sweep
  const figures = [combinations, all, holds, violated, incomplete, states].map(number)
  return `| \`${sweep.mutant ?? sweep.system}\` | ${figures.join(' | ')} |`
})
const text = `# The sweep

\`forkcheck sweep\` puts every operation beside every other one. Its scenarios are generated from the
records of the operations (\`model/operation.ts\`), on four small geometries
(\`runs/sweep/geometries.ts\`). A scenario chooses a value for some of nine factors and leaves the
others at rest: an operation of the parent before fork, one after it, a second one after it, an
operation of a sibling, two of kernel threads, an allocation that fails, what the child does, who is
killed. Every pair of values of any two factors stands together in at least one scenario
(\`--strength 3\`: every triple). Each scenario is checked exhaustively.

The figures below are written by this command:

\`\`\`
npm run sweep${args.length > 0 ? ` -- ${args.join(' ')}` : ''}
\`\`\`

| system | checked | of | holds | violated | incomplete | states |
|---|---:|---:|---:|---:|---:|---:|
${rows.join('\n')}

A sample is chosen by its seed, so that another seed checks other combinations. A scenario that is
violated is printed as JSON and can be checked again: \`forkcheck check --scenario FILE\`. Of a system
with known flaws, a violation counts as known when a registered flaw of the system breaks the same
property; the exit code is 1 only when some violation is not known.
`
const file = fileURLToPath(new URL('../../docs/sweep.md', import.meta.url))
writeFileSync(file, text)
process.exitCode = status ?? 4
