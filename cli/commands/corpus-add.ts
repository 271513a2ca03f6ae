/** `forkcheck corpus add`: takes counterexamples into the corpus, once they have been replayed. */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { scenarios } from '../../model/index.js'
import { type CounterexampleFile, fileOf, parseCounterexample } from '../../runs/counterexample.js'
import { corpusIn, writeIndex } from '../corpus-files.js'
import { replayCounterexample } from '../counterexample-file.js'
import { EXIT, UsageError } from '../errors.js'
import { existsIn, namedIn, readJson, readText, writeCounterexample } from '../files.js'
import { withLock } from '../folder-lock.js'
import { colorsFor, type Io } from '../io.js'
import { MODEL_OPTION } from '../model-file.js'
import { repeated } from '../options.js'
import { loadOutside, type OutsideOptions } from '../outside.js'
import { Runner } from '../runner.js'

interface AddOptions extends OutsideOptions {
  readonly to?: string
  readonly shrink?: boolean
  readonly quiet?: boolean
}

/** Adds the part. `exit` is called with the exit code. */
export function addCorpusAdd(corpus: Command, io: Io, exit: (code: number) => void): void {
  corpus
    .command('add')
    .description('take in counterexamples that reproduce, under the names of their content')
    .argument('<file...>', '.cex.json files, or what check --json or simulate --json has printed')
    .option('--to <dir>', 'the corpus (default: counterexamples)')
    .option('--shrink', 'make them as small as can be first')
    .option(...MODEL_OPTION)
    .option('--mutant <file.mjs>', 'a mutant that is not registered (repeatable)', repeated)
    .option('--quiet', 'show no progress')
    .action(async (files: string[], options: AddOptions) => {
      exit(await add(io, files, options))
    })
}

async function add(io: Io, paths: readonly string[], options: AddOptions): Promise<number> {
  const outside = await loadOutside(io, options)
  const { directory } = corpusIn(io, options.to, { mayBeNew: true })
  const runner = new Runner(io, { quiet: options.quiet })
  const colors = colorsFor(io.stdout, io.env)
  const taken: CounterexampleFile[] = []
  const refused: string[] = []
  for (const path of paths)
    for (const claimed of claimsIn(io, path)) {
      const { replay, setup, model, file } = replayCounterexample(claimed, path, outside)
      const { violation, status, message, trace } = replay
      if (status !== 'reproduces' || !violation) {
        refused.push(`${path}: ${message}`)
        continue
      }
      const found = { property: violation.property, explanation: violation.explanation, trace }
      const whole = { setup, model, fewestSteps: found }
      const shrunk = options.shrink ? await runner.shrink(setup, file, {}) : whole
      taken.push(fileOf(shrunk.setup, shrunk.model, shrunk.fewestSteps, file.provenance ?? {}))
    }
  if (taken.length > 0) await takeIn(io, directory, taken)
  for (const text of refused) io.stdout.write(`${colors.red('refused')}  ${text}\n`)
  if (runner.interrupted) return EXIT.interrupted
  return refused.length > 0 ? EXIT.violated : EXIT.ok
}

/** Saves counterexamples in a corpus and writes its index. */
async function takeIn(io: Io, directory: string, taken: readonly CounterexampleFile[]) {
  const colors = colorsFor(io.stdout, io.env)
  mkdirSync(resolve(io.cwd, directory), { recursive: true })
  await withLock(io, directory, async () => {
    for (const file of taken) {
      const named = namedIn(directory, file)
      const isKnown = existsIn(io, named.name)
      writeCounterexample(io, named)
      io.stdout.write(`${isKnown ? colors.dim('known') : colors.green('added')}  ${named.name}\n`)
    }
    writeIndex(io, directory)
  })
}

/** The counterexamples in a file: itself, or those of the runs that a command has printed. */
function claimsIn(io: Io, path: string): CounterexampleFile[] {
  const document = readJson(io, path) as Document | null
  if (Array.isArray(document?.simulations))
    return document.simulations.flatMap(({ file }) => (file ? [asFile(file, path)] : []))
  if (Array.isArray(document?.runs))
    return document.runs.flatMap((run) => (run.counterexample ? [fileOfRun(run, path)] : []))
  return [parseCounterexample(readText(io, path), path)]
}

/** The parts of the output of `check --json` and `simulate --json` that are read here. */
interface Document {
  readonly simulations?: readonly { readonly file: unknown }[]
  readonly runs?: readonly PrintedRun[]
}
type PrintedRun = Pick<CounterexampleFile, 'system' | 'scenario' | 'mutant'> & {
  readonly counterexample: Pick<
    CounterexampleFile,
    'property' | 'schedule' | 'loopStart' | 'steps' | 'switches'
  > | null
}

function asFile(value: unknown, path: string): CounterexampleFile {
  return parseCounterexample(JSON.stringify(value), path)
}

/** A run names its scenario, and does not hold it. */
function fileOfRun({ system, scenario, mutant, counterexample }: PrintedRun, path: string) {
  if (!scenarios.some(({ name }) => name === scenario))
    throw new UsageError(
      `${path}: scenario ${scenario} is not a standard one: save with --out, and add what that saves`,
    )
  const { property, schedule, loopStart, steps, switches } = counterexample ?? {}
  const claim = { property, schedule, loopStart, steps, switches }
  const rest = { format: 1, system, scenario, mutant, expect: 'violates', explanation: '-' }
  return asFile({ ...rest, ...claim }, path)
}
