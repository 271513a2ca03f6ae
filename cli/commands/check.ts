/** `forkcheck check`: scenarios against systems, exhaustively. */
import { type Command, Option } from 'commander'
import { ownSituations } from '../../runs/fork-machine/own-properties.js'
import { type Outcome, type Run, setupParts } from '../../runs/run.js'
import type { Setup } from '../../runs/subject.js'
import { junit, suiteName } from '../../story/render/junit.js'
import { levelPlot, stacked } from '../../story/render/plots.js'
import { checkResults } from '../../story/render/results.js'
import { statesPicture } from '../../story/render/state-pictures.js'
import { storyText } from '../../story/render/text.js'
import { storyOf } from '../../story/story.js'
import { CertificateFile } from '../certificate.js'
import { askedOf, checkByWorkers, checkHead } from '../check-parts.js'
import {
  printCertified,
  printDigests,
  printInterrupted,
  printMissing,
  printOutcomes,
  printTotals,
} from '../check-text.js'
import { type Checkpoint, checkpointIn, readCheckpoint } from '../checkpoint.js'
import { checkWithEngine } from '../engines/engine-check.js'
import { EXIT, UsageError } from '../errors.js'
import { readText, writeCounterexample } from '../files.js'
import { type Io, isStopped, printJson } from '../io.js'
import { isFileName } from '../mutant-file.js'
import { duration, names, natural, positive, saving, size } from '../options.js'
import { checkOutputs, writeText } from '../output-file.js'
import { packageVersion } from '../package.js'
import { writePicture } from '../picture-file.js'
import { addSelection, choose, type Selection } from '../plan.js'
import type { Plan } from '../planned-check.js'
import { givenProperties } from '../property-file.js'
import type { Ask } from '../queue/ask.js'
import { firstPart, PARTS, type QueueOptions, REDIS, refuseWithRedis } from '../queue/options.js'
import { resultsPage } from '../report-page.js'
import { exitCodeOf, Runner } from '../runner.js'
import { withSameGraphRemark } from '../same-graph.js'
import { foundIn } from '../shards/checks.js'
import { dealt, SHARD, type Shard, shardField, shardLine } from '../shards/shard.js'
import { shrunkData, type Told, toldOf } from '../shortened.js'
import { printWitnesses, toSave } from '../show.js'
import { Round } from '../watch/round.js'
import { runWatching } from '../watch/watch.js'

interface CheckOptions extends Selection, QueueOptions {
  readonly engine: (typeof ENGINES)[number]
  readonly workers?: number
  readonly shard?: Shard
  readonly maxStates?: number
  readonly maxMemory?: number
  readonly maxDepth?: number
  readonly checkpoint?: string
  readonly checkpointEvery?: number
  readonly resume?: string
  readonly time?: number
  readonly reduction?: boolean
  readonly continue?: boolean
  readonly digest?: boolean
  readonly full?: boolean
  readonly bitstate?: boolean
  readonly watch?: boolean
  /** A round of --watch: what the last one found, and what this one finds. */
  readonly round?: string
  readonly shrink?: boolean
  readonly json?: boolean
  readonly junit?: string
  readonly svg?: string
  readonly graph?: string
  readonly html?: string
  readonly out?: string
  readonly certificate?: string
  readonly quiet?: boolean
}

/** Checkers that are asked for by name. */
const ENGINES = ['forkcheck', 'spin', 'tlc'] as const

/** Other checkers, loaded when they are asked for. */
const OTHERS = {
  spin: async () => (await import('../engines/spin.js')).spin,
  tlc: async () => (await import('../engines/tlc.js')).tlc,
} as const

/** Options of a search that only our own engine has, as properties of CheckOptions. */
const OWN_ENGINE_ONLY = [
  'witness',
  'shard',
  'redis',
  'maxStates',
  'maxDepth',
  'checkpoint',
  'checkpointEvery',
  'resume',
  'continue',
  'digest',
  'svg',
  'certificate',
] as const

/** Options of a search in this process, as properties of CheckOptions. */
const NOT_WITH_REDIS = ['shard', 'workers', 'time', 'checkpoint', 'resume', 'certificate'] as const

/** Adds the command. `exit` is called with the exit code. */
export function addCheck(program: Command, io: Io, exit: (code: number) => void): void {
  const command = addSelection(program.command('check'))
    .description('check scenarios in every interleaving (default: the standard suite)')
    .option('--witness <name...>', 'show the shortest way to these situations', names)
    .option(
      '--workers <n>',
      'number of threads: for several checks, or for one of many states (default: 1)',
      positive,
    )
    .option(...SHARD)
    .option(...REDIS)
    .option(...PARTS)
    .addOption(
      new Option(
        '--engine <name>',
        'the checker that searches: forkcheck, or SPIN or TLC if installed',
      )
        .choices(ENGINES)
        .default('forkcheck'),
    )
    .option('--bitstate', 'with --engine spin: few bits a state; finds flaws, proves nothing')
    .option('--max-states <n>', 'stop at this many distinct states', positive)
    .option('--max-memory <size>', 'stop before states take more than this: 512MB, 8GB', size)
    .option('--max-depth <n>', 'go no more steps than this from the start', natural)
    .option('--time <time>', 'stop after this time in all: 500ms, 60s, 2m, 1h', duration)
    .option('--checkpoint <file>', 'write down what is known, now and then and at an early end')
    .option('--checkpoint-every <time>', 'how often (default: 1m)', duration)
    .option('--resume <file>', 'go on from such a file; give the same scenarios and options')
    .option('--reduction', 'accepted, but no reduction is faster: every interleaving is explored')
    .option('--no-reduction', 'explore every interleaving (always so)')
    .option('--continue', 'after a violation go on to find those of other properties')
    .option('--digest', 'print a number for the reachable graph: equal numbers, equal graphs')
    .option('--junit <file>', 'also write a JUnit report')
    .option('--svg <file>', 'also draw how many states there are at each depth, as SVG or PNG')
    .option(
      '--graph <file>',
      'also draw the state graph, as SVG or PNG; of a large one, its beginning',
    )
    .option(
      '--html <file>',
      'also write a page: levels, graphs of small scenarios, stories to step through',
    )
    .option('--certificate <file>', 'also write what makes it checkable: `forkcheck verify <file>`')
    .option('--shrink', 'make each story as short as can be, however long that takes')
    .option(
      '--no-shrink',
      'show counterexamples as they were found; default: shorten them if that is quick',
    )
    .option('--full', 'show every step of a story and the whole argument')
    .option('--watch', 'check again whenever a file of it, or a source of the model, has changed')
    .addOption(new Option('--round <file>', 'a round of --watch').hideHelp())
  saving(command, 'each counterexample').action(async (given: string[], options: CheckOptions) => {
    exit(options.watch ? await checkAgain(io, program, options) : await check(io, given, options))
  })
}

/** The same command without --watch, after every change of a file that it reads. */
async function checkAgain(io: Io, program: Command, options: CheckOptions): Promise<number> {
  const { mutant, model, scenario = [], property, json } = options
  if (json) throw new UsageError('--watch: not with --json, which prints one document')
  const files = [...scenario, ...givenProperties(property).files, ...(model ? [model] : [])]
  if (mutant && isFileName(mutant)) files.push(mutant)
  for (const file of files) readText(io, file)
  // Commander keeps the arguments as they were given; its types do not say so.
  const { rawArgs } = program as Command & { readonly rawArgs: readonly string[] }
  const argv = rawArgs.filter((word) => word !== '--watch')
  return runWatching(io, argv, files)
}

async function check(io: Io, given: readonly string[], options: CheckOptions): Promise<number> {
  refuseForEngine(options)
  refuseWithRedis(options, NOT_WITH_REDIS)
  const { junit: junitFile, svg, graph, html, checkpoint: keptIn, resume } = options
  checkOutputs(
    io,
    {
      '--junit': junitFile,
      '--svg': svg,
      '--graph': graph,
      '--html': html,
      '--certificate': options.certificate,
      '--checkpoint': keptIn === resume ? undefined : keptIn,
    },
    [
      ...(options.scenario ?? []),
      ...givenProperties(options.property).files,
      options.model,
      options.mutant,
      resume,
    ],
    options.out,
  )
  const { plans: every, origins } = await choose(io, given, options)
  const { shard, workers } = options
  const dealtPlans = dealt(every, shard)
  const plans = dealtPlans.map(({ item }) => item)
  const quiet = options.quiet || options.json
  const { maxStates, maxMemory, maxDepth, time, digest } = options
  const limits = { maxStates, maxDepth, digest, continue: options.continue }
  const runner = new Runner(io, { ...limits, maxBytes: maxMemory, time, quiet })
  const checkpoint = checkpointOf(io, plans, limits, options)
  const { certificate: file } = options
  const certificate = file === undefined ? undefined : new CertificateFile(io, file, plans)
  const untilViolated = isUntilCaught(every, given, options)
  const headOf = (one: Shard) => checkHead(one, every, { ...limits, maxMemory }, untilViolated)
  const part = firstPart(options, every.length)
  const run = async (some: readonly Plan[]) =>
    options.engine !== 'forkcheck'
      ? checkWithEngine(io, some, await OTHERS[options.engine](), {
          ...{ time, maxBytes: maxMemory, workers, bitstate: options.bitstate, quiet },
        })
      : runner.runAll(some, {
          ...{ workers, checkpoint, certificate },
          // Another shard may find the first violation.
          untilViolated: untilViolated && !shard,
        })
  const print = async (outcomes: readonly Outcome[], others: number) => {
    const wishes = { asked: options.shrink, leads: options.property === undefined, isAsData: false }
    printOutcomes(io, outcomes, await toldOf(io, outcomes, { time, quiet }, wishes), origins)
    io.stdout.write(
      `\nfirst what has failed or was changed: ${outcomes.length}; now the other ${others}\n\n`,
    )
  }
  // Files that all checks are written to are written in the order of the checks.
  const isInOrder = checkpoint !== undefined || certificate !== undefined
  const round = options.round === undefined || isInOrder ? null : new Round(options.round, plans)
  let all: readonly (Outcome | null)[] | null
  try {
    all = part
      ? await checkByWorkers(io, options.redis ?? '', every, {
          head: headOf(part),
          names: [...given],
          options: optionsOf(options),
          quiet,
        })
      : await (round ? round.run(run, { print, untilViolated }) : run(plans))
  } catch (error) {
    certificate?.drop()
    throw error
  }
  if (all === null) return EXIT.interrupted
  certificate?.finish(plans.flatMap((_, i) => (all?.[i] === null ? [i] : [])))
  const outcomes: Outcome[] = []
  // Workers have looked for it already.
  for (const outcome of all)
    if (outcome !== null) outcomes.push(part ? outcome : await withSameGraphRemark(io, outcome))
  // Counterexamples are saved and printed as data as they were found, unless --shrink is given.
  const isAsData = options.json || options.out !== undefined
  const asked = options.shrink ?? (isAsData ? false : undefined)
  const isTold = !options.json || junitFile !== undefined || html !== undefined
  // Who asks for some properties wants to read about these.
  const leads = isTold && options.property === undefined
  const told = await toldOf(io, outcomes, { time, quiet }, { asked, leads, isAsData })
  const saved = outcomes.map((outcome, i) =>
    toSave(options.out, outcome, origins(outcome.setup), isAsData ? told[i].shrunk : null),
  )
  const runs = outcomes.map(({ run }) => run)
  const left = plans.filter((_, i) => all[i] === null).map(({ setup }) => setup)
  const notStarted = left.map(nameOf)
  if (options.json)
    printJson(io, {
      format: 1,
      version: packageVersion(),
      runs: runs.map((run, i) => ({ ...run, ...shrunkData(told[i].shrunk) })),
      ...(left.length > 0 ? { notStarted: left.map(setupParts) } : {}),
      ...shardField(io, shard && headOf(shard), {
        positions: dealtPlans.flatMap(({ at }, i) => (all[i] === null ? [] : [at])),
        found: outcomes.map(foundIn),
      }),
    })
  else {
    printOutcomes(io, outcomes, told, origins, saved, options.full)
    if (digest) printDigests(io, runs)
    for (const outcome of outcomes) printWitnesses(io, outcome, origins(outcome.setup))
    if (certificate) printCertified(io, certificate, plans.length)
    const own = ownSituations().map(({ name }) => name)
    printMissing(io, outcomes, [...(options.property ?? []), ...(options.witness ?? []), ...own])
    if (runner.interrupted) printInterrupted(io, notStarted.length)
    printTotals(io, runs, notStarted.length, untilViolated)
    if (shard) io.stdout.write(shardLine(shard))
  }
  // The results have been printed already: a full disk loses none of them.
  for (const file of saved.flat()) writeCounterexample(io, file)
  if (junitFile !== undefined)
    writeText(
      io,
      junitFile,
      junit(
        outcomes.map((outcome, i) => reported(outcome, told[i])),
        notStarted,
      ),
    )
  if (svg !== undefined) await writePicture(io, svg, stacked(runs.flatMap(levelsOf)))
  if (graph !== undefined)
    await writePicture(io, graph, stacked(await graphsOf(io, runner, outcomes)))
  if (html !== undefined)
    writeText(
      io,
      html,
      resultsPage(
        checkResults(
          outcomes.map((outcome, i) => asTold(outcome, told[i])),
          packageVersion(),
          origins,
        ),
      ),
    )
  return exitCodeOf(runs, runner.interrupted)
}

/** What workers must know of the options. */
function optionsOf(options: CheckOptions): Ask['options'] {
  const { model, mutant, system, scenario, property, witness } = options
  const { maxStates, maxMemory, maxDepth } = options
  const one = (value: string | number | undefined) =>
    value === undefined ? undefined : [String(value)]
  const list = (values: readonly string[] | undefined) => values && [...values]
  const flag = (value: boolean | undefined) => (value ? true : undefined)
  return {
    ...{ model: one(model), mutant: one(mutant), system: list(system), scenario: list(scenario) },
    ...{ property: list(property), witness: list(witness), 'max-states': one(maxStates) },
    'max-memory': one(maxMemory && `${maxMemory / 2 ** 20}MB`),
    'max-depth': one(maxDepth),
    continue: flag(options.continue),
    digest: flag(options.digest),
  }
}

/** A mutant of the user's own that names no scenario is looked for in all, until one catches it. */
function isUntilCaught(
  plans: readonly Plan[],
  given: readonly string[],
  { continue: goesOn, scenario, engine }: CheckOptions,
): boolean {
  const isOwn = plans.length > 1 && plans.every(({ mutantFile }) => mutantFile !== undefined)
  return isOwn && given.length === 0 && !scenario && !goesOn && engine === 'forkcheck'
}

/** @throws UsageError when another engine is asked for what only ours does. */
function refuseForEngine(options: CheckOptions): void {
  const { engine } = options
  if (options.bitstate && engine !== 'spin')
    throw new UsageError('--bitstate: only with --engine spin')
  const other = OWN_ENGINE_ONLY.find((name) => options[name] !== undefined)
  if (engine === 'forkcheck' || other === undefined) return
  const option = other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  throw new UsageError(`--${option}: not with --engine ${engine}, which has no such thing`)
}

/** @throws UsageError when there is none to go on from, or it is of another check. */
function checkpointOf(
  io: Io,
  plans: readonly Plan[],
  limits: object,
  { checkpoint, checkpointEvery = 60, resume }: CheckOptions,
): Checkpoint | undefined {
  if (checkpoint === undefined && resume === undefined) return undefined
  const question = JSON.stringify({ ...limits, checks: plans.map(askedOf) })
  const from = resume === undefined ? null : readCheckpoint(io, resume, question)
  return checkpointIn(io, checkpoint, checkpointEvery, question, from)
}

const nameOf = (setup: Setup): string => suiteName(setupParts(setup))

/** The plot of a run's levels; none of a run that did not begin. */
function levelsOf(run: Run): string[] {
  return run.levels.length > 0 ? [levelPlot(suiteName(run), run.levels)] : []
}

/** The state graphs of the runs that have begun; those that there is time for. */
async function graphsOf(io: Io, runner: Runner, outcomes: readonly Outcome[]): Promise<string[]> {
  const begun = outcomes.filter(({ run }) => run.states > 0)
  const drawn: string[] = []
  for (const { model, run } of begun) {
    if ((await isStopped(io)) || runner.over !== null) break
    drawn.push(statesPicture(model, knownStates(run)))
  }
  if (drawn.length < outcomes.length)
    io.stderr.write(`forkcheck: ${drawn.length} of ${outcomes.length} state graphs are drawn\n`)
  return drawn
}

/** The number of all states of a run that has seen everything. */
function knownStates({ verdict, states, limit }: Run): number | undefined {
  return verdict === 'holds' && limit === null ? states : undefined
}

/** A run with the stories of its violations, that of the first leading with a promise. */
function reported({ run, setup, model, counterexamples }: Outcome, { lead }: Told) {
  const stories = counterexamples.map((found, i) => {
    const told = i === 0 ? (lead ?? found) : found
    return [found.property, storyText(storyOf(setup, model, told.trace, told))] as const
  })
  return { run, stories: new Map(stories) }
}

/** An outcome whose first violation is the one to lead with. */
function asTold(outcome: Outcome, { lead }: Told): Outcome {
  if (!lead) return outcome
  const [, ...others] = outcome.counterexamples
  const rest = others.filter(({ property }) => property !== lead.property)
  return { ...outcome, counterexamples: [lead, ...rest] }
}
