/** `forkcheck work`: does the work that other commands put into a Redis. */
import type { Command } from 'commander'
import type { Io } from '../io.js'
import { duration } from '../options.js'
import { type WorkOptions, work } from '../queue/work.js'

/** Adds the command. `exit` is called with the exit code. */
export function addWork(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('work')
    .description('does parts of what commands with --redis ask for, until it is interrupted')
    .requiredOption('--redis <url>', 'where they are: redis://host:6379, rediss:// for TLS')
    .option('--idle <time>', 'end when there has been nothing to do for so long', duration)
    .option('--lock <time>', 'a part whose worker is silent so long is done again', duration, 30)
    .option('--quiet', 'say nothing but errors')
    .action(async (options: WorkOptions) => {
      exit(await work(io, options))
    })
}
