/** `forkcheck reality kernel`: does a kernel have the flaws that ways to fork are known for? */
import { type Command, Option } from 'commander'
import { MissingPartError } from '../../reality/guest.js'
import { expectations } from '../../reality/kernel/expectations.js'
import { type FlawResult, testKernel, WAYS, type Way } from '../../reality/kernel/kernel.js'
import { guestMachine, MachineError } from '../../reality/machine.js'
import { EXIT, UsageError } from '../errors.js'
import { type Io, printJson } from '../io.js'

interface Options {
  image?: string
  way: Way
  json?: boolean
}

/** Adds the command. `exit` is called with the exit code. */
export function addKernel(reality: Command, io: Io, exit: (code: number) => void): void {
  const known = expectations.map(({ test }) => test)
  reality
    .command('kernel')
    .description('flaws of ways to fork, each as a small test on a kernel of yours')
    .argument('[test...]', `default: all (${known.join(', ')})`)
    .option('--image <bzImage>', "the kernel; default: Debian's, which must be sound")
    .addOption(new Option('--way <way>', 'how a child is asked for').choices(WAYS).default('fork'))
    .option('--json', 'print one JSON document')
    .action(async (tests: string[], { image, way, json }: Options) => {
      const unknown = tests.find((test) => !known.includes(test))
      if (unknown !== undefined)
        throw new UsageError(`${unknown}: no such test; known are ${known.join(', ')}`)
      const told = (result: FlawResult) => {
        if (!json) io.stdout.write(lineOf(result))
      }
      const wanted = tests.length > 0 ? tests : known
      let results: FlawResult[]
      try {
        results = await testKernel(() => guestMachine({ image }), way, wanted, told)
      } catch (error) {
        const isOurs = error instanceof MissingPartError || error instanceof MachineError
        if (isOurs) throw new UsageError(error.message)
        throw error
      }
      const count = (word: string) => results.filter(({ verdict }) => verdict === word).length
      if (json) printJson(io, { format: 1, way, tests: results })
      else
        io.stdout.write(
          `${count('sound')} sound, ${count('flawed')} flawed, ${count('not tried')} not tried\n`,
        )
      exit(count('flawed') > 0 ? EXIT.violated : EXIT.ok)
    })
}

function lineOf({ test, verdict, says, mutants, seenOn }: FlawResult): string {
  const about =
    verdict === 'flawed' ? `\n    as ${mutants.join(', ') || 'no mutant'}; seen on ${seenOn}` : ''
  return `${verdict.padEnd(9)}  ${test.padEnd(15)} ${says}${about}\n`
}
