/** `forkcheck simulate`: random schedules, or schedules with few preemptions. */
import { randomBytes } from 'node:crypto'
import { type Command, InvalidArgumentError } from 'commander'
import { NondeterminismError } from '../../checker/model.js'
import type { Origins } from '../../runs/commands.js'
import { type CounterexampleFile, fileOf } from '../../runs/counterexample.js'
import { setupParts } from '../../runs/run.js'
import { switchesOf } from '../../runs/schedule.js'
import { modelOf } from '../../runs/setup-model.js'
import type { Shrunk } from '../../runs/shrink/shrink.js'
import {
  type Simulated,
  type SimulatedRun,
  type SimulationSettings,
  STRATEGIES,
  type StrategyName,
} from '../../runs/simulation.js'
import { printInterrupted } from '../check-text.js'
import { EXIT, UsageError } from '../errors.js'
import { namedIn, type ToSave, writeCounterexample } from '../files.js'
import { type Io, isStopped, printJson } from '../io.js'
import { duration, natural, positive, saving, seed } from '../options.js'
import { checkDirectory } from '../output-file.js'
import { packageVersion } from '../package.js'
import { addSelection, choose, type Selection } from '../plan.js'
import type { Plan } from '../planned-check.js'
import { askWorkers } from '../queue/ask.js'
import { firstPart, PARTS, type QueueOptions, REDIS, refuseWithRedis } from '../queue/options.js'
import { exitCodeOf, Runner } from '../runner.js'
import type { Shard, ShardHead } from '../shards/shard.js'
import { SHARD, shardField, shardHead, shardLine, walksOf } from '../shards/shard.js'
import { simulationsIn, sketchText } from '../shards/simulations.js'
import { baseName } from '../show.js'
import {
  MAX_STEPS,
  printFound,
  printSimulations,
  simulationDocument,
  strategyWords,
  type Told,
} from '../simulation-text.js'

interface SimulateOptions extends Selection, QueueOptions {
  readonly strategy: StrategyName
  readonly depth?: number
  readonly seed?: bigint
  readonly runs?: number
  readonly run?: number
  readonly maxSteps?: number
  readonly preemptions?: number
  readonly workers?: number
  readonly shard?: Shard
  readonly maxStates?: number
  readonly time?: number
  readonly shrink: boolean
  readonly json?: boolean
  readonly out?: string
  readonly quiet?: boolean
}

/** Walks of a simulation that says neither how many nor how long. */
const RUNS = 1000
/** How long shrinking may go on after --time. */
const SHRINK_SECONDS = 1
/** Some 200 MB. */
const MAX_STATES = 2_000_000

/** Options that only some strategies have. */
const ONLY: Readonly<Record<string, readonly StrategyName[]>> = {
  depth: ['pct'],
  seed: ['random', 'pct'],
  runs: ['random', 'pct'],
  run: ['random', 'pct'],
  'max-steps': ['random', 'pct'],
  shard: ['random', 'pct'],
  redis: ['random', 'pct'],
  preemptions: ['fewest-preemptions'],
  'max-states': ['fewest-preemptions'],
}

/** Adds the command. `exit` is called with the exit code. */
export function addSimulate(program: Command, io: Io, exit: (code: number) => void): void {
  const command = addSelection(program.command('simulate'))
    .description('random schedules, for what is too large to check (default: the standard suite)')
    .option('--strategy <name>', STRATEGIES.join(', '), strategyNamed, 'random')
    .option('--depth <n>', 'pct: how many ordered events a bug may need (default: 3)', positive)
    .option('--seed <n>', 'of the random choices (default: another one each time)', seed)
    .option('--runs <n>', `how many walks (default: ${RUNS}, or as --time allows)`, positive)
    .option('--run <n>', 'the walk with this number only', positive)
    .option('--max-steps <n>', `most steps of a walk (default: ${MAX_STEPS})`, positive)
    .option('--preemptions <n>', 'fewest-preemptions: go no further than this many', natural)
    .option('--max-states <n>', `fewest-preemptions: stop there (default: ${MAX_STATES})`, positive)
    .option('--workers <n>', 'threads that make walks; the result is the same', positive)
    .option(...SHARD)
    .option(...REDIS)
    .option(...PARTS)
    .option('--time <time>', 'stop after this time in all: 500ms, 60s, 2m, 1h', duration)
    .option('--no-shrink', 'show what was found as it was found')
  saving(command, 'each counterexample').action(
    async (given: string[], options: SimulateOptions) => {
      exit(await simulate(io, given, options))
    },
  )
}

function strategyNamed(value: string): StrategyName {
  const strategy = STRATEGIES.find((name) => name === value)
  if (strategy) return strategy
  throw new InvalidArgumentError(`must be one of ${STRATEGIES.join(', ')}.`)
}

async function simulate(
  io: Io,
  given: readonly string[],
  options: SimulateOptions,
): Promise<number> {
  refuseWithRedis(options, ['shard', 'run', 'time', 'workers'])
  const settings = settingsOf(options)
  const { shard } = options
  const own = shard ? { ...settings, ...walksOf(settings, shard) } : settings
  checkDirectory(io, options.out)
  const { plans, origins } = await choose(io, given, options)
  const runner = new Runner(io, { time: options.time, quiet: options.quiet || options.json })
  // There is a little time left to make small what is found in the end.
  const ends = options.time === undefined ? undefined : options.time + SHRINK_SECONDS
  const shrinker = new Runner(io, { time: ends, quiet: options.quiet || options.json })
  const done: Told[] = []
  const files: ToSave[] = []
  const part = firstPart(options, settings.runs)
  const walked = part ? await walkedByWorkers(io, given, plans, settings, part, options) : undefined
  if (walked === null) return EXIT.interrupted
  const { workers = 1 } = options
  const onThreads =
    workers > 1 && !walked ? await runner.simulateOnThreads(plans, own, workers) : null
  for (const [i, plan] of plans.entries()) {
    if (await isStopped(io)) break
    const simulated = walked
      ? await again(runner, plan, settings, walked[i])
      : onThreads
        ? onThreads[i]
        : await runner.simulate(plan, own)
    if (!simulated) break
    const { setup, found } = simulated
    const shrunk =
      found && options.shrink
        ? await shrinker.shrink(setup, { ...found, ...found.trace }, {})
        : null
    const file = fileFor(simulated, shrunk, settings, origins(setup))
    const saved = file && options.out !== undefined ? namedIn(options.out, file) : null
    if (saved) files.push(saved)
    done.push({ simulated, shrunk, file, saved: saved?.name ?? null })
  }
  const left = plans.slice(done.length).map(({ setup }) => setup)
  if (options.json)
    printJson(io, {
      ...simulationDocument(packageVersion(), settings, done, left),
      ...shardField(io, shard && headOf(shard, plans, settings), {
        walks: { first: own.firstRun, runs: own.runs },
        sketches: done.map(({ simulated }) => sketchText(simulated.sketch)),
      }),
    })
  else {
    printSimulations(
      io,
      done.map(({ simulated }) => simulated),
      settings,
    )
    for (const told of done) printFound(io, told, settings, origins(told.simulated.setup))
    if (shard) io.stdout.write(`\n${shardLine(shard)}`)
    if (runner.interrupted) printInterrupted(io, left.length)
  }
  for (const file of files) writeCounterexample(io, file)
  return exitCodeOf(
    done.map(({ simulated: { run } }) => run),
    runner.interrupted,
  )
}

/** What workers have seen; null when the user interrupts. */
async function walkedByWorkers(
  io: Io,
  given: readonly string[],
  plans: readonly Plan[],
  settings: SimulationSettings,
  part: Shard,
  options: SimulateOptions,
): Promise<readonly SimulatedRun[] | null> {
  const { model, system, mutant, scenario, property, redis = '', quiet, json } = options
  const { strategy, depth, seed, maxSteps } = settings
  const asked = await askWorkers(io, redis, {
    head: { ...headOf(part, plans, settings), command: 'simulate' },
    names: [...given],
    options: {
      model: model === undefined ? undefined : [model],
      system: system && [...system],
      mutant: mutant === undefined ? undefined : [mutant],
      scenario: scenario && [...scenario],
      property: property && [...property],
      strategy: [strategy],
      depth: strategy === 'pct' ? [String(depth)] : undefined,
      seed: [String(seed)],
      runs: [String(settings.runs)],
      'max-steps': [String(maxSteps)],
      'no-shrink': true,
    },
    quiet: quiet || json,
  })
  const runs = asked && simulationsIn(asked.document)
  if (runs === null || runs.length === plans.length) return runs
  throw new UsageError(`--redis: workers say ${runs.length} results, but ${plans.length} are asked`)
}

/** A simulation that workers have done. The walk that found something is walked again here. */
async function again(
  runner: Runner,
  plan: Plan,
  settings: SimulationSettings,
  run: SimulatedRun,
): Promise<Simulated> {
  const { setup } = plan
  if (run.foundInRun === null)
    return { run, setup, model: modelOf(setup), found: null, sketch: null }
  const walk = await runner.simulate(plan, { ...settings, firstRun: run.foundInRun, runs: 1 })
  if (walk.found || runner.interrupted) return { ...walk, run }
  throw new NondeterminismError(
    `walk ${run.foundInRun} finds nothing here: a worker found something`,
  )
}

/** The violation that a simulation found (shrunk if asked for) as a file; null if none. */
function fileFor(
  { run, setup, model, found }: Simulated,
  shrunk: Shrunk | null,
  settings: SimulationSettings,
  { mutantFile }: Origins,
): CounterexampleFile | null {
  if (!found) return null
  const { schedule } = found.trace
  const provenance = {
    mutantFile: mutantFile && baseName(mutantFile),
    foundBy: `simulate ${strategyWords(settings, run.foundInRun)}`,
    rawSteps: schedule.length,
    rawSwitches: switchesOf(schedule),
  }
  if (!shrunk) return fileOf(setup, model, found, provenance)
  return fileOf(shrunk.setup, shrunk.model, shrunk.fewestSteps, provenance)
}

function headOf(shard: Shard, plans: readonly Plan[], settings: SimulationSettings): ShardHead {
  const { strategy, depth, seed, runs, maxSteps } = settings
  const setups = plans.map(({ setup }) => setup)
  return shardHead('simulate', shard, setups, {
    strategy,
    depth,
    seed: String(seed),
    runs,
    'max-steps': maxSteps,
    checks: plans.map(({ setup, properties }) => ({ ...setupParts(setup), properties })),
  })
}

/** @throws UsageError when options do not go together. */
function settingsOf(options: SimulateOptions): SimulationSettings {
  const { strategy, run } = options
  for (const [name, strategies] of Object.entries(ONLY)) {
    const key = name.replace(/-./g, (part) => part[1].toUpperCase())
    if (key in options && !strategies.includes(strategy))
      throw new UsageError(
        `--${name}: not for --strategy ${strategy}, only ${strategies.join(', ')}`,
      )
  }
  if (run !== undefined && options.runs !== undefined)
    throw new UsageError('--run is one walk, --runs many: give one of them')
  if (options.redis !== undefined && options.seed === undefined)
    throw new UsageError('--redis needs --seed: without it the walks cannot be asked for again')
  if (options.shard !== undefined) {
    if (run !== undefined) throw new UsageError('--run is one walk: it has no --shard')
    if (options.seed === undefined)
      throw new UsageError('--shard needs --seed: without it each shard has other walks')
    if (options.runs === undefined && options.time !== undefined)
      throw new UsageError('--shard with --time needs --runs: how many walks there are in all')
  }
  const runs = options.runs ?? (options.time === undefined ? RUNS : Number.POSITIVE_INFINITY)
  return {
    strategy,
    depth: options.depth ?? 3,
    seed: options.seed ?? BigInt(randomBytes(4).readUInt32BE()),
    runs: run === undefined ? runs : 1,
    firstRun: run ?? 1,
    maxSteps: options.maxSteps ?? MAX_STEPS,
    preemptions: options.preemptions ?? Number.POSITIVE_INFINITY,
    maxStates: options.maxStates ?? MAX_STATES,
  }
}
