/** `forkcheck reality conform`: random operations on a kernel and in the model, side by side. */
import { type Command, Option } from 'commander'
import { conform } from '../../reality/conform/conform.js'
import { conformDocument, conformText } from '../../reality/conform/tell.js'
import { EXIT } from '../errors.js'
import { type Io, printJson } from '../io.js'
import { names, positive, seed } from '../options.js'
import { withMachine } from '../reality-machine.js'
import { mutantSystem } from '../reality-mutant.js'

interface Options {
  host?: boolean
  image?: string
  sequences: number
  length: number
  seed: bigint
  leaveOut?: string[]
  mutant?: string
  record?: string
  recorded?: string
  json?: boolean
}

/** Adds the command. `exit` is called with the exit code. */
export function addConform(reality: Command, io: Io, exit: (code: number) => void): void {
  reality
    .command('conform')
    .description('random operations on a running kernel and in the model, compared after each')
    .option('--host', "on the host's kernel instead of Debian's in QEMU; needs root")
    .option('--image <bzImage>', 'another kernel in QEMU')
    .option('--sequences <n>', 'how many', positive, 100)
    .option('--length <n>', 'operations in each', positive, 10)
    .addOption(new Option('--seed <s>', 'draws others').argParser(seed).default(1n, '1'))
    .option('--leave-out <operations>', 'do not draw these, joined by commas', names)
    .option('--mutant <name|file.mjs>', 'a model with a flaw: it must be noticed')
    .option('--record <file>', 'keep what the kernel answered')
    .option('--recorded <file>', 'compare with what a kernel answered, without a kernel')
    .option('--json', 'print one JSON document')
    .action(async (options: Options) => {
      const system = await mutantSystem(io, options.mutant)
      const found = await withMachine(io, options, (machine) =>
        conform(machine, {
          ...options,
          system,
          maxDifferences: options.mutant ? 1 : 5,
          signal: io.signal,
          progress: (done, different) => {
            if (done % 100 === 0)
              io.stderr.write(`${done} of ${options.sequences} sequences, ${different} different\n`)
          },
        }),
      )
      if (options.json) printJson(io, conformDocument(found))
      else io.stdout.write(conformText(found))
      const isIncomplete = found.sequences < options.sequences && found.different.length === 0
      exit(
        found.interrupted
          ? EXIT.interrupted
          : found.different.length > 0
            ? EXIT.violated
            : isIncomplete
              ? EXIT.incomplete
              : EXIT.ok,
      )
    })
}
