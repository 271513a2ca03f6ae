/** `forkcheck reality drive`: races of the sound model, driven on a stock kernel. */
import type { Command } from 'commander'
import { scenarios, systems } from '../../model/index.js'
import { RACE_SCENARIOS, type Race, racesOf } from '../../reality/steer/races.js'
import type { Driven } from '../../reality/steer/replay.js'
import type { CounterexampleFile } from '../../runs/counterexample.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { switchesOf } from '../../runs/schedule.js'
import { replayCounterexample } from '../counterexample-file.js'
import { EXIT, UsageError } from '../errors.js'
import { type Io, printJson } from '../io.js'
import { positive } from '../options.js'
import { NOTHING_OUTSIDE } from '../outside.js'
import { drive } from './reality-replay.js'

interface Options {
  count?: number
  image?: string
  json?: boolean
}

/** What every race is replayed for; all other properties are watched too. */
const PROPERTY = 'childSeesForkTimeMemory'

/** Adds the command. `exit` is called with the exit code. */
export function addDrive(reality: Command, io: Io, exit: (code: number) => void): void {
  reality
    .command('drive')
    .description('races of the sound model on a stock kernel: does each end as the model says?')
    .argument('[scenario...]', `default: ${RACE_SCENARIOS.join(', ')}`)
    .option('--count <n>', 'drive this many, spread over all', positive)
    .option('--image <bzImage>', "another kernel than Debian's")
    .option('--json', 'print one JSON document')
    .action(async (names: string[], options: Options) => {
      const races = spread(drawn(names), options.count)
      const all: { race: Race; driven: Driven }[] = []
      for (const race of races) {
        if (io.signal.aborted) break
        const driven = await drive(
          replayCounterexample(fileOf(race), race.name, NOTHING_OUTSIDE),
          race.name,
          options,
        )
        all.push({ race, driven })
        if (!options.json) io.stdout.write(`${wordOf(driven)}  ${race.name}${whyOf(driven)}\n`)
      }
      const asSaid = all.filter(({ driven }) => isAsSaid(driven)).length
      const documents = all.map(({ race, driven }) => ({ ...race, ...driven, log: undefined }))
      if (options.json) printJson(io, { format: 1, races: documents })
      else io.stdout.write(`${asSaid} of ${all.length} races end as the model says\n`)
      if (io.signal.aborted) exit(EXIT.interrupted)
      else exit(asSaid === all.length ? EXIT.ok : EXIT.violated)
    })
}

const isAsSaid = ({ verdict }: Driven) => verdict === 'driven to its end and holds'
const wordOf = (driven: Driven) => (isAsSaid(driven) ? 'as the model says' : 'DIFFERENT')
const whyOf = (driven: Driven) =>
  isAsSaid(driven) ? '' : `\n    step ${driven.step}: ${driven.why}`

/** @throws UsageError */
function drawn(names: readonly string[]): Race[] {
  const unknown = names.find((name) => !RACE_SCENARIOS.includes(name))
  if (unknown !== undefined)
    throw new UsageError(`${unknown}: races are drawn of ${RACE_SCENARIOS.join(', ')}`)
  const system = systems.find(({ name }) => name === 'linux')
  if (!system) throw new Error('there is no system linux')
  return scenarios
    .filter(({ name }) => (names.length > 0 ? names : RACE_SCENARIOS).includes(name))
    .flatMap((scenario) => racesOf(snapshotModel({ scenario, system }), scenario.name))
}

function spread(races: readonly Race[], count = races.length): Race[] {
  const step = Math.max(1, races.length / count)
  return Array.from(
    { length: Math.min(count, races.length) },
    (_, i) => races[Math.floor(i * step)],
  )
}

function fileOf({ scenario, schedule }: Race): CounterexampleFile {
  return {
    ...{ format: 1, system: 'linux', scenario, mutant: null, property: PROPERTY, expect: 'holds' },
    ...{ schedule: [...schedule], explanation: '', steps: schedule.length },
    switches: switchesOf(schedule),
  }
}
