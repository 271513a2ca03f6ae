/** `forkcheck reality confirm`: mutants of linux, made on a stock kernel, and the same without. */
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { flaws } from '../../reality/steer/flaws.js'
import { type ChosenStory, chosenStories } from '../../reality/steer/stories.js'
import type { CounterexampleFile } from '../../runs/counterexample.js'
import { switchesOf } from '../../runs/schedule.js'
import { type Replayed, replayCounterexample, replayFile } from '../counterexample-file.js'
import { EXIT, UsageError } from '../errors.js'
import { type Io, printJson } from '../io.js'
import { NOTHING_OUTSIDE } from '../outside.js'
import { drive } from './reality-replay.js'

interface Options {
  corpus: string
  image?: string
  json?: boolean
}

interface Confirmed {
  readonly mutant: string
  readonly property: string
  /** With the flaw and without it. */
  readonly flawed: string
  readonly sound: string
  readonly confirmed: boolean
}

/** Adds the command. `exit` is called with the exit code. */
export function addConfirm(reality: Command, io: Io, exit: (code: number) => void): void {
  reality
    .command('confirm')
    .description('drive the corpus stories of mutants with their flaw made, and without it')
    .argument('[mutant...]', 'default: all whose flaw can be made')
    .option('--corpus <dir>', 'where the stories are', 'counterexamples')
    .option('--image <bzImage>', "another kernel than Debian's")
    .option('--json', 'print one JSON document')
    .action(async (names: string[], options: Options) => {
      const unknown = names.find((name) => !(name in flaws))
      if (unknown !== undefined)
        throw new UsageError(`${unknown}: known are ${Object.keys(flaws).join(', ')}`)
      const wanted = names.length > 0 ? names : Object.keys(flaws)
      const all: Confirmed[] = []
      for (const [mutant, story] of storiesOf(io, options.corpus, wanted)) {
        if (io.signal.aborted) break
        const one = await confirm(mutant, story, options)
        all.push(one)
        const word = one.confirmed ? 'confirmed' : 'NOT CONFIRMED'
        if (!options.json)
          io.stdout.write(
            `${word}  ${mutant} (${one.property})\n    with the flaw: ${one.flawed}\n    without: ${one.sound}\n`,
          )
      }
      if (options.json) printJson(io, { format: 1, mutants: all })
      exit(
        io.signal.aborted
          ? EXIT.interrupted
          : all.every(({ confirmed }) => confirmed)
            ? EXIT.ok
            : EXIT.violated,
      )
    })
}

/** The story of each mutant: the one chosen for it, or the first of the corpus. @throws UsageError */
function storiesOf(io: Io, corpus: string, wanted: readonly string[]): [string, Replayed][] {
  const folder = join(corpus, 'linux')
  let names: string[]
  try {
    names = readdirSync(resolve(io.cwd, folder)).filter((name) => name.endsWith('.cex.json'))
  } catch {
    throw new UsageError(`${folder}: no stories there; name a corpus by --corpus`)
  }
  const found = new Map<string, Replayed>()
  for (const [mutant, story] of Object.entries(chosenStories))
    if (wanted.includes(mutant)) found.set(mutant, chosen(mutant, story))
  for (const name of names.sort()) {
    const replayed = replayFile(io, join(folder, name), NOTHING_OUTSIDE)
    const { mutant } = replayed.file
    if (mutant !== null && !found.has(mutant)) found.set(mutant, replayed)
  }
  return wanted.flatMap((mutant) => {
    const replayed = found.get(mutant)
    return replayed === undefined ? [] : [[mutant, replayed] as [string, Replayed]]
  })
}

function chosen(mutant: string, { scenario, property, schedule }: ChosenStory): Replayed {
  const file: CounterexampleFile = {
    ...{ format: 1, system: 'linux', scenario, mutant, property, expect: 'violates' },
    ...{ schedule: [...schedule], explanation: '', steps: schedule.length },
    switches: switchesOf(schedule),
  }
  return replayCounterexample(file, mutant, NOTHING_OUTSIDE)
}

async function confirm(mutant: string, replayed: Replayed, options: Options): Promise<Confirmed> {
  const flawed = await drive(replayed, mutant, { ...options, flaw: true })
  const sound = await drive(replayed, mutant, options)
  const text = (driven: typeof flawed) =>
    driven.step === null ? driven.verdict : `differs at step ${driven.step}: ${driven.why}`
  return {
    mutant,
    property: replayed.file.property,
    flawed: text(flawed),
    sound: text(sound),
    confirmed: flawed.verdict === 'driven to its end and violated' && sound.verdict === 'differs',
  }
}
