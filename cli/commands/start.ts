/** `forkcheck start`: what a newcomer sees first. Everything holds; one broken protocol is caught. */
import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { type Mutant, mutants, type Scenario, scenarios, soundSystems } from '../../model/index.js'
import { checkCommand } from '../../runs/commands.js'
import { scenarioNamed, systemNamed } from '../../runs/names.js'
import { EXIT } from '../errors.js'
import type { Io } from '../io.js'
import type { Plan } from '../planned-check.js'
import { exitCodeOf, Runner } from '../runner.js'
import { storyOfFound } from '../show.js'
import { printInterrupted, printTables, printTotals } from './check.js'

/** Adds the command. `exit` is told the exit code. */
export function addStart(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('start')
    .description('check the standard suite, then show one mutant being caught')
    .argument('[scenario...]', 'names of standard scenarios (default: all)')
    .option('--quiet', 'show no progress')
    .action(async (given: string[], { quiet }: { quiet?: boolean }) => {
      const chosen = given.length > 0 ? given.map(scenarioNamed) : scenarios
      const workers = given.length > 0 ? 1 : availableParallelism()
      exit(await start(io, chosen, workers, quiet ?? false))
    })
}

async function start(
  io: Io,
  chosen: readonly Scenario[],
  workers: number,
  quiet: boolean,
): Promise<number> {
  const runner = new Runner(io, { quiet })
  const plans = soundSystems.flatMap((system) =>
    chosen.map((scenario): Plan => ({ setup: { scenario, system } })),
  )
  const all = await runner.runAll(plans, { workers })
  const outcomes = all.filter((outcome) => outcome !== null)
  printTables(io, outcomes)
  const runs = outcomes.map(({ run }) => run)
  printTotals(io, runs, plans.length - outcomes.length)
  if (runner.interrupted) {
    printInterrupted(io, plans.length - outcomes.length)
    return EXIT.interrupted
  }
  const caught = await showMutant(io, runner, example())
  io.stdout.write(NEXT)
  return caught ? exitCodeOf(runs, runner.interrupted) : EXIT.violated
}

/** The mutant that is shown: best one of Async-fork that breaks the promise itself. */
function example(): Mutant {
  const worth = ({ system, breaks, origin }: Mutant) =>
    (system === 'async-fork' ? 4 : 0) +
    (breaks[0] === 'childSeesForkTimeMemory' ? 2 : 0) +
    (origin === 'documented' ? 1 : 0)
  return mutants.reduce((best, mutant) => (worth(mutant) > worth(best) ? mutant : best))
}

async function showMutant(io: Io, runner: Runner, mutant: Mutant): Promise<boolean> {
  const scenario = scenarioNamed(mutant.scenario)
  const setup = { scenario, system: systemNamed(mutant.system), mutant }
  const outcome = await runner.run({ setup })
  const [found] = outcome.counterexamples
  io.stdout.write(`\nNow with one thing done wrong: ${mutant.says}\n\n`)
  if (found) {
    const footer = [['again', checkCommand(setup)]] as const
    io.stdout.write(storyOfFound(io, outcome, found, footer))
    return true
  }
  io.stdout.write(`mutant ${mutant.name} was not caught\n`)
  return false
}

const NEXT = `
next
  npx forkcheck mutants                      every mutant against the property that must catch it
  npx forkcheck list mutants                 what else can be done wrong
  npx forkcheck check --mutant ./mine.mjs    what your own change breaks
  npx forkcheck corpus check                 replay the saved counterexamples
`
