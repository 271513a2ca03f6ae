/**
 * `node dist/tools/engines.js spin|tlc [--most-states N] [--every N] [--mutants-every N]`: asks another
 * checker what forkcheck has found: the standard scenarios of the sound systems with up to so many
 * states (default: 50,000), and the seeded bugs. Verdict, states, steps and depth must agree where
 * nothing is broken, and the length of the shortest way where something is; that way is replayed
 * by `check` itself. Prints the figures, and every disagreement. Exit code 1 where there is one.
 */
import { parseArgs } from 'node:util'
import { run } from '../cli/program.js'
import { mutants, scenarios, soundSystems } from '../model/index.js'
import type { Run } from '../runs/run.js'
import { markdownTable } from './docs/block.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'most-states': { type: 'string', default: '50000' },
    every: { type: 'string', default: '1' },
    'mutants-every': { type: 'string', default: '1' },
  },
})
const [engine = ''] = positionals
if (!['spin', 'tlc'].includes(engine) || positionals.length > 1)
  throw new Error('which engine: spin or tlc')

/** Who is asked: words for `forkcheck check`, and what stands in messages. */
interface Question {
  readonly kind: string
  readonly words: readonly string[]
}

const everyNth = <T>(all: readonly T[], n: string) => all.filter((_, i) => i % Number(n) === 0)
const suite = soundSystems.flatMap(({ name: system }) =>
  scenarios.map(({ name }): Question => ({ kind: system, words: [name, `--system=${system}`] })),
)
const broken = mutants.map(
  ({ name }): Question => ({
    kind: 'seeded bugs',
    words: [`--mutant=${name}`],
  }),
)
const questions = [...everyNth(suite, values.every), ...everyNth(broken, values['mutants-every'])]

/** The run of a question. @throws Error when the command ends without one. */
async function ask(words: readonly string[]): Promise<Run> {
  const said = { out: '', err: '' }
  const code = await run(['check', ...words, '--json', '--quiet'], {
    stdout: { write: (text: string) => (said.out += text) },
    stderr: { write: (text: string) => (said.err += text) },
    env: process.env,
    cwd: process.cwd(),
    signal: new AbortController().signal,
  })
  if (said.out === '') throw new Error(`exit code ${code}: ${said.err.trim()}`)
  return JSON.parse(said.out).runs[0]
}

/** What both must say. Others are asked for what must always hold, and for nothing else. */
function comparable({ verdict, properties, counterexample, ...size }: Run) {
  const { states, transitions, depth, system, scenario, mutant } = size
  const kind = properties.find(({ name }) => name === counterexample?.property)?.kind
  const isBroken = verdict === 'violated' && (kind === 'always' || kind === undefined)
  const whole = { verdict: 'holds', states, transitions, depth }
  const found = { verdict: 'violated', steps: counterexample?.steps }
  return JSON.stringify({ system, scenario, mutant, ...(isBroken ? found : whole) })
}

interface Figures {
  asked: number
  holds: number
  violated: number
  states: number
  disagree: number
  seconds: number
}

const figures = new Map<string, Figures>()
let version = ''
for (const { kind, words } of questions) {
  const ours = await ask([...words, `--max-states=${values['most-states']}`])
  if (ours.verdict === 'incomplete') continue
  const none = { asked: 0, holds: 0, violated: 0, states: 0, disagree: 0, seconds: 0 }
  const sum = figures.get(kind) ?? none
  figures.set(kind, sum)
  sum.asked++
  try {
    const theirs = await ask([...words, `--engine=${engine}`])
    version = /^searched by (.*)$/.exec(theirs.remarks[0])?.[1] ?? ''
    sum[theirs.verdict === 'holds' ? 'holds' : 'violated']++
    sum.states += theirs.states
    sum.seconds += theirs.seconds
    if (comparable(theirs) === comparable(ours)) continue
    console.error(`${words.join(' ')}:\n  ${comparable(ours)}\n  ${comparable(theirs)}`)
  } catch (error) {
    console.error(`${words.join(' ')}: ${error}`)
  }
  sum.disagree++
  process.exitCode = 1
}

const number = (value: number) => Math.round(value).toLocaleString('en')
const rows = [...figures].map(([kind, { asked, holds, violated, states, disagree, seconds }]) => [
  kind,
  ...[asked, holds, violated, states, disagree, seconds].map(number),
])
const head = ['', 'asked', 'holds', 'violated', 'states', 'disagreements', 'seconds']
console.log(`${version}, up to ${number(Number(values['most-states']))} states\n`)
console.log(markdownTable(head, rows))
