/** `forkcheck sweep`: every operation beside every other one, on small geometries. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { Random } from '../../checker/simulate/random.js'
import { type Mutant, soundSystems } from '../../model/index.js'
import { parseScenario } from '../../model/parse-scenario.js'
import type { ScenarioInput } from '../../model/scenario.js'
import type { System } from '../../model/systems/index.js'
import { mutantNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { type Geometry, geometries } from '../../runs/sweep/geometries.js'
import { type SweepViolation, sweepOne, sweepScenarios } from '../../runs/sweep/sweep.js'
import { EXIT, UsageError } from '../errors.js'
import { type Io, isStopped, printJson } from '../io.js'
import { duration, names, positive, seed } from '../options.js'
import { checkDirectory, writeText } from '../output-file.js'
import { packageVersion } from '../package.js'
import { ProgressLine } from '../progress.js'
import { PROPERTY_FILE, takePropertyFiles } from '../property-file.js'
import { askWorkers } from '../queue/ask.js'
import { firstPart, PARTS, type QueueOptions, REDIS, refuseWithRedis } from '../queue/options.js'
import type { Shard, ShardHead } from '../shards/shard.js'
import { dealt, SHARD, shardField, shardHead, shardLine } from '../shards/shard.js'
import { codeOfSweeps, type SweepResult, sweepsIn } from '../shards/sweeps.js'
import { table } from '../table.js'
import { optimiseLate } from '../v8-flags.js'

interface SweepOptions extends QueueOptions {
  readonly system?: string[]
  readonly mutant?: string
  readonly property?: readonly string[]
  readonly geometry?: string[]
  readonly strength: 2 | 3
  readonly few?: boolean
  readonly sample?: number
  readonly seed: bigint
  readonly maxStates: number
  readonly shard?: Shard
  readonly time?: number
  readonly out?: string
  readonly json?: boolean
  readonly quiet?: boolean
}

/** The result for one system. */
interface Result extends SweepResult {
  readonly violations: SweepViolation[]
  /** The place of each violation's scenario among all that were chosen. */
  readonly positions: number[]
}

/** Adds the command. */
export function addSweep(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('sweep')
    .description('every combination of operations, siblings and kernel threads, per system')
    .option('--system <name...>', 'of these systems (default: those that must hold)', names)
    .option('--mutant <name>', 'with this mutant, or as repaired by it')
    .option(...PROPERTY_FILE)
    .option(
      '--geometry <name...>',
      `on these: ${geometries.map(({ name }) => name).join(', ')}`,
      names,
    )
    .option('--strength <2|3>', 'every pair of values together, or every triple', strength, 2)
    .option('--few', 'one choice of arguments for each operation')
    .option('--sample <n>', 'as many of the scenarios, chosen by the seed', positive)
    .addOption(new Option('--seed <n>', 'chooses the sample').argParser(seed).default(1n, '1'))
    .option('--max-states <n>', 'gives a scenario up as incomplete', positive, 3_000_000)
    .option(...SHARD)
    .option(...REDIS)
    .option(...PARTS)
    .option('--time <time>', 'ends the sweep of each system, which is then incomplete', duration)
    .option('--out <dir>', 'writes each scenario that is violated into this folder')
    .option('--json', 'print one JSON document')
    .option('--quiet', 'no progress')
    .action(async (options: SweepOptions) => {
      exit(await sweep(io, options))
    })
}

async function sweep(io: Io, options: SweepOptions): Promise<number> {
  refuseWithRedis(options, ['shard', 'time'])
  checkDirectory(io, options.out)
  await takePropertyFiles(io.cwd, options.property)
  const setups = setupsOf(options)
  const { shard } = options
  const scenarios = await chosen(io, options)
  // Most scenarios are searched before code that V8 has optimised for them pays.
  optimiseLate()
  const part = firstPart(options, scenarios.picked.length)
  const head = shard && headOf(shard, setups, scenarios, options)
  const results: Result[] = []
  if (part) {
    const asked = await sweptByWorkers(io, headOf(part, setups, scenarios, options), options)
    if (asked === null) return EXIT.interrupted
    results.push(...asked)
  } else for (const setup of setups) results.push(await swept(setup, scenarios, options, io))
  if (options.json) printJson(io, document(io, results, options, head))
  else io.stdout.write(text(results, options) + (shard ? shardLine(shard) : ''))
  for (const { system, violations } of results)
    for (const violation of violations)
      if (options.out !== undefined) keep(io, options.out, system, violation)
  if (io.signal.aborted) io.stderr.write('forkcheck: interrupted\n')
  return io.signal.aborted ? EXIT.interrupted : codeOfSweeps(results)
}

function strength(value: string): 2 | 3 {
  if (value === '2' || value === '3') return Number(value) as 2 | 3
  throw new InvalidArgumentError('must be 2 or 3.')
}

function setupsOf({ system, mutant }: SweepOptions): { system: System; mutant?: Mutant }[] {
  if (mutant === undefined)
    return (system?.map(systemNamed) ?? soundSystems).map((s) => ({ system: s }))
  const found = mutantNamed(mutant)
  if (system !== undefined && system.join() !== found.system)
    throw new UsageError(`--mutant ${mutant}: it is one of ${found.system}`)
  return [{ system: systemNamed(found.system), mutant: found }]
}

interface Chosen {
  readonly picked: readonly ScenarioInput[]
  readonly all: number
}

/** Scenarios that are generated between two looks at whether to stop. */
const TOGETHER = 100

/** The scenarios of all geometries, or a sample of them; and how many there are. */
async function chosen(io: Io, options: SweepOptions): Promise<Chosen> {
  const wanted = (options.geometry ?? geometries.map(({ name }) => name)).map((name) => {
    const geometry = geometries.find((one) => one.name === name)
    if (geometry) return geometry
    throw new UsageError(
      `--geometry ${name}: allowed are ${geometries.map((one) => one.name).join(', ')}`,
    )
  })
  const all: ScenarioInput[] = []
  for (const geometry of wanted) {
    const { strength, few = false } = options
    const found = await scenariosOf(io, geometry, { strength, few })
    if (found === null) return { picked: [], all: 0 }
    all.push(...found)
  }
  if (options.sample === undefined || options.sample >= all.length)
    return { picked: all, all: all.length }
  const order = [...all.keys()]
  new Random(options.seed).shuffle(order)
  return { picked: order.slice(0, options.sample).map((i) => all[i]), all: all.length }
}

/** Scenarios that were generated before: a worker does many parts of one sweep. */
const generated = new Map<string, readonly ScenarioInput[]>()

/** The scenarios on a geometry; null when the user interrupts. */
async function scenariosOf(
  io: Io,
  geometry: Geometry,
  options: { readonly strength: 2 | 3; readonly few: boolean },
): Promise<readonly ScenarioInput[] | null> {
  const key = JSON.stringify([geometry.name, options])
  const known = generated.get(key)
  if (known) return known
  const all: ScenarioInput[] = []
  for (const scenario of sweepScenarios(geometry, options)) {
    if (all.length % TOGETHER === 0 && (await isStopped(io))) return null
    all.push(scenario)
  }
  generated.set(key, all)
  return all
}

async function swept(
  setup: { system: System; mutant?: Mutant },
  { picked: every, all }: Chosen,
  options: SweepOptions,
  io: Io,
): Promise<Result> {
  const result: Result = {
    system: setup.system.name,
    mutant: setup.mutant?.name ?? null,
    combinations: 0,
    all,
    holds: 0,
    violated: 0,
    incomplete: 0,
    states: 0,
    seconds: 0,
    violations: [],
    positions: [],
  }
  const picked = dealt(every, options.shard)
  const seconds = () => performance.now() / 1000
  const begin = seconds()
  const ends = begin + (options.time ?? Number.POSITIVE_INFINITY)
  const isOver = async () => (await isStopped(io)) || seconds() > ends
  const limits = { maxStates: options.maxStates, isOver }
  const progress = new ProgressLine(io, options.quiet ?? false, seconds)
  progress.begin(`sweep ${setup.mutant?.name ?? setup.system.name}`)
  for (const { at, item } of picked) {
    if (await isOver()) {
      result.incomplete += picked.length - result.combinations
      break
    }
    const { verdict, states, violation } = await sweepOne(setup, item, limits)
    result.combinations++
    result[verdict]++
    result.states += states
    if (violation) {
      result.violations.push(violation)
      result.positions.push(at)
    }
    const { violated, combinations } = result
    progress.show({
      count: combinations,
      text: (rate) => `${combinations} of ${picked.length}, ${rate}, ${violated} violated`,
    })
  }
  progress.end()
  result.seconds = Math.round(100 * (seconds() - begin)) / 100
  return result
}

/** The results that workers have found; null when the user interrupts. */
async function sweptByWorkers(
  io: Io,
  head: ShardHead,
  options: SweepOptions,
): Promise<Result[] | null> {
  const { system, mutant, property, geometry, strength, few, sample, seed, maxStates } = options
  const asked = await askWorkers(io, options.redis ?? '', {
    head: { ...head, command: 'sweep' },
    names: [],
    options: {
      system,
      mutant: mutant === undefined ? undefined : [mutant],
      property: property && [...property],
      geometry,
      strength: [String(strength)],
      few: few || undefined,
      sample: sample === undefined ? undefined : [String(sample)],
      seed: [String(seed)],
      'max-states': [String(maxStates)],
    },
    quiet: options.quiet || options.json,
  })
  return asked && sweepsIn(asked.document).map((result) => ({ ...result, positions: [] }))
}

function keep(io: Io, folder: string, system: string, violation: SweepViolation): void {
  const { scenario, input } = violation
  writeText(io, join(folder, `${system}-${scenario}.json`), `${JSON.stringify(input)}\n`)
}

/** The options that repeat this sweep, and its results. */
function document(
  io: Io,
  results: readonly Result[],
  { seed, strength, sample }: SweepOptions,
  head: ShardHead | undefined,
): object {
  const sweeps = results.map(({ positions, ...result }) => result)
  const positions = results.map((result) => result.positions)
  return {
    format: 1,
    version: packageVersion(),
    strength,
    sample: sample ?? null,
    seed: String(seed),
    sweeps,
    ...shardField(io, head, { positions }),
  }
}

function headOf(
  shard: Shard,
  setups: readonly { system: System; mutant?: Mutant }[],
  { picked }: Chosen,
  { strength, few, sample, seed, maxStates }: SweepOptions,
): ShardHead {
  const [first] = picked
  const models = first ? setups.map((setup) => ({ ...setup, scenario: parseScenario(first) })) : []
  return shardHead('sweep', shard, models, {
    system: setups.map(({ system }) => system.name),
    mutant: setups.map(({ mutant }) => mutant?.name ?? null),
    strength,
    few: few ?? false,
    sample: sample ?? null,
    seed: String(seed),
    'max-states': maxStates,
    scenarios: createHash('sha256').update(JSON.stringify(picked)).digest('hex').slice(0, 32),
  })
}

function text(results: readonly Result[], { sample, seed }: SweepOptions): string {
  const columns = [
    'system',
    'combinations',
    'of',
    'holds',
    'violated',
    'incomplete',
    'states',
    'seconds',
  ]
  const rows = results.map((result) =>
    [
      result.mutant ?? result.system,
      ...[result.combinations, result.all, result.holds, result.violated, result.incomplete],
      ...[result.states, result.seconds],
    ].map((value) => value.toLocaleString('en')),
  )
  const violations = results.flatMap(({ system, violations }) =>
    violations.map(
      ({ scenario, property, steps, registered, input }) =>
        `violated  ${property}  ${steps} steps${registered ? ', a registered flaw' : ''}\n` +
        `system    ${system}, scenario ${scenario}\n${JSON.stringify(input)}\n\n`,
    ),
  )
  const chosen = sample === undefined ? '' : `\na sample, chosen by --seed ${seed}\n`
  return `${table(columns, rows, columns.slice(1))}${chosen}\n${violations.join('')}`
}
