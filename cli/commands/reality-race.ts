/** `forkcheck reality race`: two operations at the same time, on a kernel and in the model. */
import type { Command } from 'commander'
import { type Raced, races, runRace } from '../../reality/race/race.js'
import { EXIT } from '../errors.js'
import { type Io, printJson } from '../io.js'
import { positive } from '../options.js'
import { withMachine } from '../reality-machine.js'
import { mutantSystem } from '../reality-mutant.js'

interface Options {
  image?: string
  rounds: number
  mutant?: string
  json?: boolean
}

/** Adds the command. `exit` is called with the exit code. */
export function addRace(reality: Command, io: Io, exit: (code: number) => void): void {
  reality
    .command('race')
    .description('a store races with a call on a kernel: is each outcome one of the model?')
    .option('--image <bzImage>', 'another kernel in QEMU')
    .option('--rounds <n>', 'of each race, with delays that are swept', positive, 1000)
    .option('--mutant <name|file.mjs>', 'a model with a flaw')
    .option('--json', 'print one JSON document')
    .action(async ({ image, rounds, mutant, json }: Options) => {
      const system = await mutantSystem(io, mutant)
      const all = await withMachine(io, { image }, async (machine) => {
        const done: Raced[] = []
        for (const race of races) {
          if (io.signal.aborted) break
          const raced = await runRace(machine, race, rounds, system)
          done.push(raced)
          if (!json) io.stdout.write(textOf(raced))
        }
        return done
      })
      if (json) printJson(io, { format: 1, races: all.map(documentOf) })
      const isForeign = all.some(({ foreign }) => foreign.length > 0)
      exit(io.signal.aborted ? EXIT.interrupted : isForeign ? EXIT.violated : EXIT.ok)
    })
}

function documentOf({ name, rounds, seen, allowed, foreign }: Raced): object {
  const outcomes = [...seen].map(([outcome, times]) => ({ outcome, times }))
  return { name, rounds, outcomes, allowed: [...allowed], foreign }
}

function textOf({ name, rounds, seen, allowed, foreign }: Raced): string {
  const share = [...allowed].filter((outcome) => seen.has(outcome)).length
  const lines = [
    `${name}: ${rounds} rounds, ${share} of ${allowed.size} outcomes of the model seen, ` +
      `${foreign.length} that it does not have`,
  ]
  for (const [outcome, times] of seen)
    lines.push(
      `  ${String(times).padStart(6)}  ${outcome}${foreign.includes(outcome) ? '  FOREIGN' : ''}`,
    )
  return `${lines.join('\n')}\n`
}
