/** `forkcheck reality redis`: does each snapshot of a Redis under load show one instant? */
import type { Command } from 'commander'
import { MissingPartError } from '../../reality/guest.js'
import { MachineError } from '../../reality/machine.js'
import { type Cost, costOf, plotOf, type Ratios, ratiosOf } from '../../reality/redis/cost.js'
import { KINDS, type Kind, type Round, snapshotsOf } from '../../reality/redis/redis.js'
import { EXIT, UsageError } from '../errors.js'
import { type Io, printJson } from '../io.js'
import { positive } from '../options.js'

interface Options {
  rounds: number
  megabytes: number
  withoutFork?: boolean
  cost?: number[]
  json?: boolean
}

/** Adds the command. `exit` is called with the exit code. */
export function addRedis(reality: Command, io: Io, exit: (code: number) => void): void {
  reality
    .command('redis')
    .description('snapshots of a Redis under transactions, loaded by a second server and looked at')
    .option('--rounds <n>', 'of BGSAVE, BGREWRITEAOF and a replica, in turn', positive, 6)
    .option('--megabytes <n>', 'how much memory Redis has', positive, 64)
    .option('--without-fork', 'copy the keys one by one instead: that must be noticed')
    .option(
      '--cost <megabytes...>',
      'instead: what BGSAVE costs at these sizes, as ratios',
      positives,
    )
    .option('--json', 'print one JSON document')
    .action(async ({ rounds, megabytes, withoutFork, cost, json }: Options) => {
      if (cost) {
        await costs(io, cost, json)
        exit(EXIT.ok)
        return
      }
      const kinds = Array.from(
        { length: rounds },
        (_, i): Kind => (withoutFork ? 'without fork' : KINDS[i % 3]),
      )
      const told = (round: Round) => {
        if (!json) io.stdout.write(lineOf(round))
      }
      try {
        const all = await snapshotsOf(kinds, megabytes, told)
        const good = all.filter(({ isConsistent }) => isConsistent).length
        if (json) printJson(io, { format: 1, rounds: all })
        else io.stdout.write(`${good} of ${all.length} snapshots show one instant\n`)
        exit(good === all.length ? EXIT.ok : EXIT.violated)
      } catch (error) {
        const isOurs = error instanceof MissingPartError || error instanceof MachineError
        if (isOurs) throw new UsageError(error.message)
        throw error
      }
    })
}

const positives = (value: string, before: readonly number[] = []) => [...before, positive(value)]

/** Costs of BGSAVE beside what the model says. @throws UsageError when a part is missing */
async function costs(io: Io, sizes: readonly number[], json = false): Promise<void> {
  try {
    const all: Cost[] = []
    for (const size of sizes) all.push(await costOf(size))
    const documents = all.map((cost) => ({ ...cost, ratios: ratiosOf(cost, all[0]) }))
    if (json) printJson(io, { format: 1, costs: documents })
    else io.stdout.write(`${documents.map(costLine).join('')}${plotOf(all)}`)
  } catch (error) {
    const isOurs = error instanceof MissingPartError || error instanceof MachineError
    if (isOurs) throw new UsageError(error.message)
    throw error
  }
}

function costLine({ ratios, ...cost }: Cost & { readonly ratios: Ratios }): string {
  const { megabytes, entries, tables, tableKilobytes, forkMicroseconds, faults } = cost
  return [
    `${megabytes} MB: ${entries} entries in ${tables} tables or more`,
    `  tables: ${tableKilobytes} kB, ${ratios.tables.toFixed(2)} of 4 kB for each`,
    `  fork: ${(forkMicroseconds / 1000).toFixed(1)} ms, for each entry ${ratios.fork.toFixed(2)} of the first size`,
    `  copied: ${(cost.copiedBytes / 2 ** 20).toFixed(1)} MB in ${faults} faults, ${ratios.copied.toFixed(2)} of a page for each`,
    '',
  ].join('\n')
}

function lineOf(round: Round): string {
  const { kind, found, low, high, isConsistent } = round
  const what = isConsistent
    ? `one instant: transaction ${found.count} of ${low} to ${high}`
    : `NOT ONE INSTANT: ${found.count} transactions counted, ${found.sum} found, ` +
      `${found.unequal} pairs unequal, expected ${low} to ${high}`
  const cost =
    `fork ${(round.forkMicroseconds / 1000).toFixed(1)} ms with ${round.tableKilobytes} kB of ` +
    `tables, ${(round.copiedBytes / 2 ** 20).toFixed(1)} MB copied`
  return `${kind.padEnd(12)}  ${what}; ${cost}\n`
}
