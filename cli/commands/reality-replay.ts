/** `forkcheck reality replay`: a counterexample, driven on a running kernel. */
import type { Command } from 'commander'
import type { State } from '../../model/index.js'
import type { Scenario } from '../../model/scenario.js'
import { MissingPartError } from '../../reality/guest.js'
import { MachineError } from '../../reality/machine.js'
import { extended } from '../../reality/steer/extend.js'
import { type Deed, flaws, withoutCall } from '../../reality/steer/flaws.js'
import { GdbError } from '../../reality/steer/gdb.js'
import { type Driven, driveStory } from '../../reality/steer/replay.js'
import { type Replayed, replayFile } from '../counterexample-file.js'
import { EXIT, UsageError } from '../errors.js'
import { type Io, printJson } from '../io.js'
import { repeated } from '../options.js'
import { NOTHING_OUTSIDE } from '../outside.js'

interface Options {
  image?: string
  without?: string[]
  flaw?: boolean
  json?: boolean
}

/** Adds the command. `exit` is called with the exit code. */
export function addRealityReplay(reality: Command, io: Io, exit: (code: number) => void): void {
  reality
    .command('replay')
    .description('drive a counterexample on a running kernel, step by step')
    .argument('<file>', 'a .cex.json file of linux')
    .option('--image <bzImage>', "another kernel than Debian's")
    .option('--without <function@caller>', 'skip a function of the kernel', repeated)
    .option('--flaw', "make the flaw of the file's mutant on the stock kernel")
    .option('--json', 'print one JSON document')
    .action(async (path: string, options: Options) => {
      const replayed = replayFile(io, path, NOTHING_OUTSIDE)
      const { system } = replayed.file
      if (system !== 'linux')
        throw new UsageError(`${path}: a story of ${system}; linux is what runs`)
      const driven = await drive(replayed, path, options)
      if (options.json) printJson(io, { format: 1, file: path, ...driven })
      else print(io, replayed, driven)
      exit(driven.verdict === 'driven to its end and violated' ? EXIT.violated : EXIT.ok)
    })
}

function deedsOf({ file }: Replayed, path: string, { without = [], flaw }: Options): Deed[] {
  const deeds = without.map(withoutCall)
  if (!flaw) return deeds
  const made = flaws[file.mutant ?? '']
  if (!made)
    throw new UsageError(`${path}: no flaw is known that makes ${file.mutant ?? 'nothing'}`)
  return [...deeds, ...made]
}

/** Drives what a file says. @throws UsageError when a part is missing or the guest goes. */
export async function drive(replayed: Replayed, path: string, options: Options): Promise<Driven> {
  const { file, setup, replay } = replayed
  const { vmas: mapped } = setup.scenario as Scenario
  const vmas = mapped.map((vma) => {
    const populated =
      vma.populated ?? Array.from({ length: vma.to - vma.from }, (_, i) => vma.from + i)
    return ['vma', vma.from, vma.to, Number(vma.write), Number(vma.same), ...populated].join(' ')
  })
  const { model } = replayed
  const property = model.properties.find(({ name }) => name === file.property)
  const isViolated = (state: State) => property !== undefined && !property.holds(state)
  const violates = replay.status === 'reproduces'
  const led = violates && property?.kind === 'always'
  const { schedule, states } = led ? extended(model, file.schedule, isViolated) : replay.trace
  const story = { schedule, states, mutant: file.mutant, violates, vmas }
  try {
    return await driveStory(story, deedsOf(replayed, path, options), options)
  } catch (error) {
    const isOurs = [MissingPartError, MachineError, GdbError].some((kind) => error instanceof kind)
    if (isOurs) throw new UsageError((error as Error).message)
    throw error
  }
}

function print(io: Io, { file }: Replayed, driven: Driven): void {
  const mutant = file.mutant ? `, mutant ${file.mutant}` : ''
  io.stdout.write(`${file.property} (${file.scenario}${mutant}) on kernel ${driven.kernel}\n`)
  for (const line of driven.log) io.stdout.write(`  ${line}\n`)
  const at = driven.step === null ? '' : ` at step ${driven.step}`
  io.stdout.write(`${driven.verdict}${at}: ${driven.why} (${driven.seconds.toFixed(1)} s)\n`)
}
