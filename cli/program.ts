/** The command line as a whole: arguments in, exit code out. */
import { Command, CommanderError } from 'commander'
import { NondeterminismError } from '../checker/model.js'
import { hasConfig } from './config-file.js'
import { EXIT, isUsage, oneLine } from './errors.js'
import { addHelp } from './help.js'
import type { Io } from './io.js'
import { packageVersion } from './package.js'
import { printable, printableOut } from './printable.js'

/** Adds a command to the program; `exit` is called with the exit code. */
type Add = (program: Command, io: Io, exit: (code: number) => void) => void

/** All commands in the order of the help, each loaded only when it is wanted. */
const loaders: Readonly<Record<string, () => Promise<Add>>> = {
  start: async () => (await import('./commands/start.js')).addStart,
  check: async () => (await import('./commands/check.js')).addCheck,
  sweep: async () => (await import('./commands/sweep.js')).addSweep,
  simulate: async () => (await import('./commands/simulate.js')).addSimulate,
  mutants: async () => (await import('./commands/mutants.js')).addMutants,
  'single-changes': async () => (await import('./commands/single-changes.js')).addSingleChanges,
  merge: async () => (await import('./commands/merge.js')).addMerge,
  work: async () => (await import('./commands/work.js')).addWork,
  reality: async () => (await import('./commands/reality.js')).addReality,
  prove: async () => (await import('./commands/prove.js')).addProve,
  compare: async () => (await import('./commands/compare.js')).addCompare,
  verify: async () => (await import('./commands/verify.js')).addVerify,
  replay: async () => (await import('./commands/replay.js')).addReplay,
  shrink: async () => (await import('./commands/shrink.js')).addShrink,
  explain: async () => (await import('./commands/explain.js')).addExplain,
  explore: async () => (await import('./commands/explore.js')).addExplore,
  corpus: async () => (await import('./commands/corpus.js')).addCorpus,
  export: async () => (await import('./commands/export.js')).addExport,
  init: async () => (await import('./commands/init.js')).addInit,
  bench: async () => (await import('./commands/bench.js')).addBench,
  scenario: async () => (await import('./commands/scenario.js')).addScenario,
  list: async () => (await import('./commands/list.js')).addList,
  // The last one: it looks at all others.
  completion: async () => (await import('./commands/completion.js')).addCompletion,
}

/** The command that is asked for; all of them where none is, as for help. */
async function commandsFor([name]: readonly string[]): Promise<Add[]> {
  if (name === '--version' || name === '-V') return []
  const isAlone = Object.hasOwn(loaders, name ?? '') && name !== 'completion'
  const asked = isAlone ? [loaders[name]] : Object.values(loaders)
  return Promise.all(asked.map((load) => load()))
}

/**
 * Runs one command.
 * @param argv the arguments after the program's name.
 * @returns the exit code; see EXIT. Never throws: an error becomes one line on stderr.
 */
export async function run(argv: readonly string[], { stdout, ...world }: Io): Promise<number> {
  const io = { ...world, stdout: printableOut(stdout) }
  let code: number = EXIT.ok
  const exit = (result: number) => {
    code = result
  }
  const program = await programFor(argv, io, exit)
  if (argv.length === 0) {
    program.outputHelp()
    return EXIT.ok
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    return complain(error, program, io)
  }
}

/** The commands with their options, as they are parsed: all of them where none is asked for. */
export async function programFor(
  argv: readonly string[],
  io: Io,
  exit: (code: number) => void,
): Promise<Command> {
  const program = new Command('forkcheck')
    .description('model checker for fork-based memory snapshots')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      // Complaints are thrown as well, and printed in the end.
      writeErr: () => {},
    })
  for (const add of await commandsFor(argv)) add(program, io, exit)
  addHelp(program)
  program.hook('preAction', async (_, command) => {
    if (!hasConfig(io)) return
    const { applyConfig } = await import('./config.js')
    applyConfig(io, command, Object.keys(loaders))
  })
  return program
}

function complain(error: unknown, program: Command, io: Io): number {
  const say = (text: string) => io.stderr.write(`forkcheck: ${printable(text, false)}\n`)
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok
    say(usage(error, program))
    return EXIT.usage
  }
  if (isUsage(error)) {
    say(oneLine(error))
    return EXIT.usage
  }
  const known = error instanceof NondeterminismError
  say(`${known ? '' : 'internal error: '}${oneLine(error)}`)
  if (io.env.FORKCHECK_DEBUG === '1') io.stderr.write(`${(error as Error).stack}\n`)
  return EXIT.internal
}

/** Commander's message in our words: the culprit, then what is allowed. */
function usage(error: CommanderError, program: Command): string {
  const commands = `${program.commands.map((c) => c.name()).join(', ')} are allowed`
  const message = oneLine(error).replace(/^error: /, '')
  if (error.code === 'commander.unknownOption' && message.includes("'--model'"))
    return '--model: this command is about the fork machine alone'
  if (error.code === 'commander.unknownCommand') return `${message}: ${commands}`
  return message.replace(
    /^option '.*?(--[\w-]+)[^']*' argument '(.*)' is invalid\. (.*)\.$/,
    '$1 $2: $3',
  )
}
