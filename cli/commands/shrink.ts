/** `forkcheck shrink`: a smaller counterexample for the same violation. */
import type { Command } from 'commander'
import { replayCommand } from '../../runs/commands.js'
import { counterexamplePath, fileOf } from '../../runs/counterexample.js'
import type { Shrunk } from '../../runs/shrink/shrink.js'
import { originsOf, type Replayed, replayFile } from '../counterexample-file.js'
import { EXIT, UsageError } from '../errors.js'
import { namedIn, writeCounterexample } from '../files.js'
import { type Io, printJson } from '../io.js'
import { duration, positive, saving } from '../options.js'
import { checkDirectory } from '../output-file.js'
import { fileCommand, loadOutside, type OutsideOptions } from '../outside.js'
import { Runner } from '../runner.js'
import { storyOfFound } from '../show.js'
import { shrinkFooter, shrinkNumbers } from '../shrink-text.js'

interface ShrinkCommandOptions extends OutsideOptions {
  readonly maxStates?: number
  readonly time?: number
  readonly full?: boolean
  readonly json?: boolean
  readonly out?: string
  readonly quiet?: boolean
}

/** Adds the command. `exit` is called with the exit code. */
export function addShrink(program: Command, io: Io, exit: (code: number) => void): void {
  const command = fileCommand(
    program,
    'shrink',
    'a smaller counterexample for the same violation: scenario, steps, switches',
  )
    .option('--max-states <n>', 'search no further than this many states', positive)
    .option('--time <time>', 'stop after this time: 500ms, 60s, 2m, 1h', duration)
    .option('--full', 'show every step and the whole argument')
  saving(command, 'the smaller counterexample').action(
    async (path: string, options: ShrinkCommandOptions) => {
      exit(await shrink(io, path, options))
    },
  )
}

async function shrink(io: Io, path: string, options: ShrinkCommandOptions): Promise<number> {
  checkDirectory(io, options.out)
  const outside = await loadOutside(io, options)
  const replayed = replayFile(io, path, outside)
  const { setup, file, replay } = replayed
  if (replay.status !== 'reproduces')
    throw new UsageError(`${path}: there is nothing to shrink: ${replay.message}`)
  const runner = new Runner(io, { time: options.time, quiet: options.quiet || options.json })
  const shrunk = await runner.shrink(setup, file, { maxStates: options.maxStates })
  const smaller = smallerFile(replayed, shrunk)
  const isMinimal = counterexamplePath(smaller) === counterexamplePath(file)
  const toSave = options.out === undefined ? null : namedIn(options.out, smaller)
  const saved = toSave?.name ?? null
  const raw = { scenario: setup.scenario, schedule: file.schedule }
  if (options.json)
    printJson(io, {
      format: 1,
      file: path,
      isMinimal,
      saved,
      ...shrinkNumbers(raw, shrunk),
      counterexample: smaller,
    })
  else {
    const footer = shrinkFooter(raw, shrunk)
    if (isMinimal) footer.push(['', `${path} is already minimal`])
    if (saved) footer.push(['replay', replayCommand(saved, originsOf(replayed, options))])
    io.stdout.write(storyOfFound(io, shrunk, shrunk.fewestSteps, footer, options.full))
  }
  if (toSave) writeCounterexample(io, toSave)
  if (runner.interrupted) return EXIT.interrupted
  return (shrunk.stopped ?? shrunk.limit.steps) === null ? EXIT.ok : EXIT.incomplete
}

/** The smaller counterexample remembers where the first one came from, and how long that was. */
function smallerFile({ file }: Replayed, { setup, model, fewestSteps }: Shrunk) {
  const { rawSteps = file.steps, rawSwitches = file.switches, ...rest } = file.provenance ?? {}
  return fileOf(setup, model, fewestSteps, { ...rest, rawSteps, rawSwitches })
}
