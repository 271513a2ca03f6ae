/** The command line as a whole: arguments in, exit code out. */
import { Command, CommanderError } from 'commander'
import { NondeterminismError } from '../core/confirm.js'
import { addCheck } from './commands/check.js'
import { addCompare } from './commands/compare.js'
import { addCorpus } from './commands/corpus.js'
import { addExplain } from './commands/explain.js'
import { addExplore } from './commands/explore.js'
import { addExport } from './commands/export.js'
import { addList } from './commands/list.js'
import { addMutants } from './commands/mutants.js'
import { addReplay } from './commands/replay.js'
import { addShrink } from './commands/shrink.js'
import { addSimulate } from './commands/simulate.js'
import { addStart } from './commands/start.js'
import { EXIT, isUsage, oneLine } from './errors.js'
import type { Io } from './io.js'
import { packageVersion } from './package.js'

/**
 * Runs one command.
 * @param argv the arguments after the program's name.
 * @returns the exit code; see EXIT. Never throws: whatever goes wrong is one line on stderr.
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.ok
  const program = new Command('forkcheck')
    .description('model checker for fork-based memory snapshots')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      // Complaints are thrown as well, and printed below.
      writeErr: () => {},
    })
  const exit = (result: number) => {
    code = result
  }
  addStart(program, io, exit)
  addCheck(program, io, exit)
  addSimulate(program, io, exit)
  addMutants(program, io, exit)
  addCompare(program, io, exit)
  addReplay(program, io, exit)
  addShrink(program, io, exit)
  addExplain(program, io, exit)
  addExplore(program, io, exit)
  addCorpus(program, io, exit)
  addExport(program, io)
  addList(program, io)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    return complain(error, program, io)
  }
}

function complain(error: unknown, program: Command, io: Io): number {
  const say = (text: string) => io.stderr.write(`forkcheck: ${text}\n`)
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok
    say(usage(error, program))
    return EXIT.usage
  }
  if (isUsage(error)) {
    say(oneLine(error))
    return EXIT.usage
  }
  const known = error instanceof NondeterminismError || /not deterministic/.test(oneLine(error))
  say(`${known ? '' : 'internal error: '}${oneLine(error)}`)
  if (io.env.FORKCHECK_DEBUG === '1') io.stderr.write(`${(error as Error).stack}\n`)
  return EXIT.internal
}

/** Commander's message in our words: the culprit, then what is allowed. */
function usage(error: CommanderError, program: Command): string {
  const commands = `${program.commands.map((c) => c.name()).join(', ')} are allowed`
  if (error.code === 'commander.help') return `a command is missing: ${commands}`
  const message = oneLine(error).replace(/^error: /, '')
  if (error.code === 'commander.unknownCommand') return `${message}: ${commands}`
  return message.replace(
    /^option '.*?(--[\w-]+)[^']*' argument '(.*)' is invalid\. (.*)\.$/,
    '$1 $2: $3',
  )
}
