/**
 * `npm run sweep -- [options of forkcheck sweep]`: sweeps all systems that must hold, those with
 * flaws as they are repaired, and writes the figures to docs/sweep.md. Without options it is the
 * whole sweep, which takes hours.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../cli/program.js'
import { repairedSystems, soundSystems } from '../model/index.js'
import { geometries } from '../runs/sweep/geometries.js'
import { markdownTable } from './docs/block.js'
import { root } from './docs/files.js'

interface Sweep {
  readonly system: string
  readonly mutant: string | null
  readonly combinations: number
  readonly all: number
  readonly holds: number
  readonly violated: number
  readonly incomplete: number
  readonly states: number
}

const args = process.argv.slice(2)
const signal = new AbortController()
process.once('SIGINT', () => signal.abort())

/** The figures of one system, with its progress on the terminal. */
async function swept(which: readonly string[]): Promise<{ code: number; sweeps: Sweep[] }> {
  let out = ''
  const code = await run(['sweep', '--json', ...which, ...args], {
    stdout: { write: (text: string) => (out += text) },
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    signal: signal.signal,
  })
  return { code, sweeps: out === '' ? [] : JSON.parse(out).sweeps }
}

const whole = [
  ...soundSystems.map(({ name }) => ['--system', name]),
  // Others mend only a part.
  ...repairedSystems
    .filter(({ name }) => name.endsWith('-repaired'))
    .map(({ name }) => ['--mutant', name]),
]
const sweeps: Sweep[] = []
let code = 0
for (const which of whole) {
  const one = await swept(which)
  sweeps.push(...one.sweeps)
  code = Math.max(code, one.code)
  if (one.sweeps.length === 0 || signal.signal.aborted) process.exit(one.code)
}

const number = (value: number) => value.toLocaleString('en')
const head = ['system', 'checked', 'of', 'holds', 'violated', 'incomplete', 'states']
const rows = sweeps.map((sweep) => {
  const { combinations, all, holds, violated, incomplete, states } = sweep
  const figures = [combinations, all, holds, violated, incomplete, states].map(number)
  return [`\`${sweep.mutant ?? sweep.system}\``, ...figures]
})
const text = `# The sweep

\`forkcheck sweep\` puts every operation beside every other one. Its scenarios are generated from the
records of the operations (\`model/operation.ts\`), on ${geometries.length} small geometries
(\`runs/sweep/geometries.ts\`):

${geometries.map(({ name, says }) => `* \`${name}\`: ${says}`).join('\n')}

A scenario chooses a value for some of nine factors and leaves the others at rest: an operation of
the parent before fork, one after it, a second one after it, an operation of a sibling, two of kernel
threads, an allocation that fails, what the child does, who is killed. Every pair of values of any
two factors stands together in at least one scenario (\`--strength 3\`: every triple). Each scenario
is checked exhaustively.

The figures below are written by this command:

\`\`\`
npm run sweep${args.length > 0 ? ` -- ${args.join(' ')}` : ''}
\`\`\`

${markdownTable(head, rows)}

A sample is chosen by its seed, so that another seed checks other combinations. A scenario that is
violated is printed as JSON and can be checked again: \`forkcheck check --scenario FILE\`. Of a system
with known flaws, a violation counts as known when a registered flaw of the system breaks the same
property; the exit code is 1 only when some violation is not known.
`
writeFileSync(join(root, 'docs/sweep.md'), text)
process.exitCode = code
