/** `forkcheck reality confirm`: mutants of linux, made on a stock kernel, and the same without. */
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { flaws } from '../../reality/steer/flaws.js'
import { replayFile } from '../counterexample-file.js'
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
      for (const [mutant, path] of storiesOf(io, options.corpus, wanted)) {
        if (io.signal.aborted) break
        const one = await confirm(io, mutant, path, options)
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

/** The first story of each mutant. @throws UsageError */
function storiesOf(io: Io, corpus: string, wanted: readonly string[]): [string, string][] {
  const folder = join(corpus, 'linux')
  let names: string[]
  try {
    names = readdirSync(resolve(io.cwd, folder)).filter((name) => name.endsWith('.cex.json'))
  } catch {
    throw new UsageError(`${folder}: no stories there; name a corpus by --corpus`)
  }
  const found = new Map<string, string>()
  for (const name of names.sort()) {
    const path = join(folder, name)
    const { mutant } = replayFile(io, path, NOTHING_OUTSIDE).file
    if (mutant !== null && !found.has(mutant)) found.set(mutant, path)
  }
  return wanted.flatMap((mutant) => {
    const path = found.get(mutant)
    return path === undefined ? [] : [[mutant, path] as [string, string]]
  })
}

async function confirm(io: Io, mutant: string, path: string, options: Options): Promise<Confirmed> {
  const replayed = replayFile(io, path, NOTHING_OUTSIDE)
  const flawed = await drive(replayed, path, { ...options, flaw: true })
  const sound = await drive(replayed, path, options)
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
