/** `forkcheck start`: the first minute. It checks systems, and shows one flaw as a story. */
import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { type Scenario, scenarios, soundSystems } from '../../model/index.js'
import { checkCommand } from '../../runs/commands.js'
import { mutantNamed, scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import type { Run } from '../../runs/run.js'
import type { Setup } from '../../runs/subject.js'
import { printInterrupted } from '../check-text.js'
import { EXIT } from '../errors.js'
import { colorsFor, type Io } from '../io.js'
import type { Plan } from '../planned-check.js'
import { exitCodeOf, Runner } from '../runner.js'
import { storyOfFound } from '../show.js'
import { table } from '../table.js'

/** Scenarios of clients and of each way to fail. They take seconds for systems that hold. */
const FIRST_MINUTE: readonly string[] = [
  'bgsave',
  'bgsave-log-line',
  'bgsave-rehash',
  'save',
  'rewrite-log',
  'replica-sync',
  'unmap-whole',
  'merge',
  'protect',
  'discard',
  'fork-fails',
  'copier-fails',
  'sync-fails',
]

/** The flaw that is shown: few steps, and the snapshot itself is wrong. */
const FLAW = { mutant: 'linux-no-flush', property: 'childSeesForkTimeMemory' }

const INTRODUCTION = `forkcheck looks at every interleaving of a parent, its snapshot child and the kernel below them.
Does the child see memory as it was at fork? When a snapshot fails, is the parent as before?
`

const NEXT = `          npx forkcheck explore bgsave    walk through a scenario in a browser
          npx forkcheck mutants           every flaw, each with the property that catches it
`

/** Adds the command. `exit` is called with the exit code. */
export function addStart(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('start')
    .description('the first minute: what is checked, what holds, and one flaw as a story')
    .argument('[scenario...]', 'names of standard scenarios (default: some that are done soon)')
    .option('--quiet', 'show no progress')
    .action(async (given: string[], { quiet }: { quiet?: boolean }) => {
      const chosen = (given.length > 0 ? given : FIRST_MINUTE).map(scenarioNamed)
      exit(await start(io, chosen, quiet ?? false))
    })
}

async function start(io: Io, chosen: readonly Scenario[], quiet: boolean): Promise<number> {
  io.stdout.write(INTRODUCTION)
  const begin = performance.now()
  const runner = new Runner(io, { quiet })
  const plans = soundSystems.flatMap((system) =>
    chosen.map((scenario): Plan => ({ setup: { scenario, system } })),
  )
  const workers = Math.min(availableParallelism(), plans.length)
  const outcomes = (await runner.runAll(plans, { workers })).filter((outcome) => outcome !== null)
  const runs = outcomes.map(({ run }) => run)
  io.stdout.write(systemTable(io, runs))
  const seconds = ((performance.now() - begin) / 1000).toFixed(1)
  const size = `${chosen.length} of ${scenarios.length} standard scenarios`
  const all = `${size}, every interleaving, in ${seconds} s`
  if (runner.interrupted) {
    printInterrupted(io, plans.length - outcomes.length)
    return EXIT.interrupted
  }
  const caught = await showFlaw(io, runner, all)
  io.stdout.write(NEXT)
  return caught ? exitCodeOf(runs, runner.interrupted) : EXIT.violated
}

/** One line a system. */
function systemTable(io: Io, runs: readonly Run[]): string {
  const { green, red, yellow } = colorsFor(io.stdout, io.env)
  const rows = [...new Set(runs.map(({ system }) => system))].map((system) => {
    const own = runs.filter((run) => run.system === system)
    const worst = (['violated', 'incomplete'] as const).find((verdict) =>
      own.some((run) => run.verdict === verdict),
    )
    const states = own.reduce((sum, run) => sum + run.states, 0).toLocaleString('en')
    const paint = worst === undefined ? green : worst === 'violated' ? red : yellow
    return [system, String(own.length), states, paint(worst ?? 'holds')]
  })
  return table(['system', 'scenarios', 'states', 'verdict'], rows, [
    'left',
    'right',
    'right',
    'left',
  ])
}

/** Finds the flaw, shrinks it, and prints its story. @param all what was checked before. */
async function showFlaw(io: Io, runner: Runner, all: string): Promise<boolean> {
  const mutant = mutantNamed(FLAW.mutant)
  const scenario = scenarioNamed(mutant.scenario)
  const setup: Setup = { scenario, system: systemNamed(mutant.system), mutant }
  const properties = [FLAW.property]
  const { counterexamples } = await runner.run({ setup, properties })
  const [found] = counterexamples
  if (!found) {
    io.stdout.write(`${all}\nmutant ${mutant.name} was not caught\n`)
    return false
  }
  const shrunk = await runner.shrink(setup, { property: found.property, ...found.trace }, {})
  const footer = [['next', `npx ${checkCommand(setup, { properties })}`]] as const
  io.stdout.write(
    `${all}. One thing done wrong:\n\n${storyOfFound(io, shrunk, shrunk.fewestSteps, footer)}`,
  )
  return true
}
