/** `forkcheck mutants`: the kill matrix. */
import type { Command } from 'commander'
import type { Verdict } from '../../checker/model.js'
import { named } from '../../runs/names.js'
import type { Outcome, Run } from '../../runs/run.js'
import type { MutantInfo, Setup, Subject } from '../../runs/subject.js'
import { killPlot } from '../../story/render/plots.js'
import { killResults } from '../../story/render/results.js'
import { printInterrupted } from '../check-text.js'
import { EXIT, UsageError } from '../errors.js'
import { type ToSave, writeCounterexample } from '../files.js'
import { colorsFor, type Io, printJson } from '../io.js'
import { MODEL, subjectFrom } from '../model-file.js'
import { duration, positive, saving } from '../options.js'
import { checkOutputs, writeText } from '../output-file.js'
import { packageVersion } from '../package.js'
import { writePicture } from '../picture-file.js'
import { PROPERTY_FILE, takePropertyFiles } from '../property-file.js'
import { askWorkers } from '../queue/ask.js'
import { firstPart, PARTS, type QueueOptions, REDIS, refuseWithRedis } from '../queue/options.js'
import { resultsPage } from '../report-page.js'
import { Runner } from '../runner.js'
import { codeOfMutants, type Killed, killedIn } from '../shards/mutants.js'
import type { Shard, ShardHead } from '../shards/shard.js'
import { dealt, SHARD, shardField, shardHead, shardLine } from '../shards/shard.js'
import { toldOf } from '../shortened.js'
import { printViolation, toSave } from '../show.js'
import { table } from '../table.js'
import { caughtElsewhere } from '../until-caught.js'

interface MutantsOptions extends QueueOptions {
  readonly model?: string
  readonly property?: readonly string[]
  readonly json?: boolean
  readonly svg?: string
  readonly html?: string
  readonly out?: string
  readonly workers?: number
  readonly shard?: Shard
  readonly time?: number
  readonly untilCaught?: boolean
  readonly quiet?: boolean
}

/** Adds the command. `exit` is called with the exit code. */
export function addMutants(program: Command, io: Io, exit: (code: number) => void): void {
  const command = program
    .command('mutants')
    .description('every mutant against the property that must catch it, and its sound twin')
    .argument('[mutant...]', 'names of mutants (default: all)')
    .option(...MODEL)
    .option(...PROPERTY_FILE)
    .option('--workers <n>', 'number of checks at once, each on a thread (default: 1)', positive)
    .option(...SHARD)
    .option(...REDIS)
    .option(...PARTS)
    .option('--until-caught', 'try the other scenarios where a mutant is not caught in its own')
    .option('--time <time>', 'stop after this time in all: 500ms, 60s, 2m, 1h', duration)
    .option('--svg <file>', 'also draw the kill matrix, as SVG or PNG')
    .option('--html <file>', 'also write a page with it')
  saving(command, 'each counterexample').action(
    async (given: string[], options: MutantsOptions) => {
      exit(await killMatrix(io, given, options))
    },
  )
}

async function killMatrix(
  io: Io,
  given: readonly string[],
  options: MutantsOptions,
): Promise<number> {
  refuseWithRedis(options, ['shard', 'time', 'workers', 'out', 'untilCaught'])
  const subject = await subjectFrom(io, options.model)
  const { property: propertyFiles } = options
  await takePropertyFiles(io.cwd, propertyFiles, subject)
  const { mutants } = subject
  const all =
    given.length > 0 ? [...new Set(given)].map((name) => named('mutant', mutants, name)) : mutants
  if (all.length === 0) throw new UsageError(`${subject.name} has no mutants`)
  const { svg, html, shard } = options
  const part = firstPart(options, twinsOf(all, subject).length)
  const read = [options.model, ...(propertyFiles ?? [])]
  checkOutputs(io, { '--svg': svg, '--html': html }, read, options.out)
  const found = part
    ? await killedByWorkers(io, subject, all, given, headOf(part, subject, all), options)
    : await killedHere(io, subject, shard ? shareOf(all, subject, shard) : all, given, options)
  if (found === null) return EXIT.interrupted
  const { lines, notDone, verdicts, files, code, stories } = found
  if (options.json)
    printJson(io, {
      format: 1,
      mutants: lines,
      ...(notDone.length > 0 ? { notDone } : {}),
      ...shardField(io, shard && headOf(shard, subject, all), { verdicts }),
    })
  else {
    printMatrix(io, lines, notDone)
    await printStories(io, stories, { time: options.time, quiet: options.quiet }, propertyFiles)
  }
  if (shard && !options.json) io.stdout.write(shardLine(shard))
  if (io.signal.aborted) printInterrupted(io, notDone.length)
  for (const file of files) writeCounterexample(io, file)
  if (svg !== undefined) await writePicture(io, svg, killPlot(lines))
  if (html !== undefined) writeText(io, html, resultsPage(killResults(lines, packageVersion())))
  return io.signal.aborted ? EXIT.interrupted : code
}

interface Found {
  readonly lines: readonly Killed[]
  readonly code: number
  /** Of each line; empty where workers have found them. */
  readonly verdicts: readonly Verdict[]
  /** The names of mutants that were not looked at. */
  readonly notDone: readonly string[]
  readonly files: readonly ToSave[]
  /** Runs whose violations are told, if they have any. */
  readonly stories: readonly Outcome[]
}

/** Is a mutant told that was violated? */
const isTold = ({ caught }: Killed, given: readonly string[]) => given.length > 0 || !caught

async function killedHere(
  io: Io,
  subject: Subject,
  chosen: readonly MutantInfo[],
  given: readonly string[],
  { time, workers, quiet, json, out, property: propertyFiles, untilCaught }: MutantsOptions,
): Promise<Found> {
  const { pairOf } = subject
  const runner = new Runner(io, { time, quiet: quiet || json })
  const pairs = chosen.map(pairOf)
  // Each check once, a mutant and then its twin, which several may share.
  const setups = new Map(pairs.flatMap((pair) => [pair.broken, pair.sound]).map(keyed))
  const outcomes = await runner.runAll(
    [...setups.values()].map((setup) => ({ setup, propertyFiles })),
    { workers },
  )
  const names = [...setups.keys()]
  const outcomeOf = (setup: Setup) => outcomes[names.indexOf(keyed(setup)[0])]
  const lines: Killed[] = []
  const verdicts: Verdict[] = []
  const files: ToSave[] = []
  const stories = new Set<Outcome>()
  for (const [i, mutant] of chosen.entries()) {
    const own = { outcome: outcomeOf(pairs[i].broken), twin: outcomeOf(pairs[i].sound) }
    const isMissed = own.outcome !== null && !isCaught(mutant, own.outcome)
    const elsewhere =
      untilCaught && isMissed ? await caughtElsewhere(runner, subject, mutant, propertyFiles) : null
    const { outcome, twin } = elsewhere ?? own
    if (!outcome || !twin || isInterrupted(outcome) || isInterrupted(twin)) continue
    files.push(...toSave(out, outcome, {}))
    lines.push(lineOf(mutant, outcome, twin))
    verdicts.push(verdictOf(mutant, outcome, twin))
    if (isTold(lines[lines.length - 1], given)) stories.add(outcome)
    stories.add(twin)
  }
  const left = chosen.filter(({ name }) => !lines.some((line) => line.name === name))
  const code = codeOfMutants(verdicts, left.length)
  const notDone = left.map(({ name }) => name)
  return { lines, verdicts, notDone, files, code, stories: [...stories] }
}

/**
 * What workers have found; null when the user interrupts. A counterexample that will be told as a
 * story is replayed here first.
 */
async function killedByWorkers(
  io: Io,
  { pairOf }: Subject,
  all: readonly MutantInfo[],
  given: readonly string[],
  head: ShardHead,
  { redis = '', model, property, quiet, json }: MutantsOptions,
): Promise<Found | null> {
  const asked = await askWorkers(io, redis, {
    head: { ...head, command: 'mutants' },
    names: all.map(({ name }) => name),
    options: {
      model: model === undefined ? undefined : [model],
      property: property && [...property],
    },
    quiet: quiet || json,
  })
  if (asked === null) return null
  const { lines, notDone } = killedIn(asked.document)
  const told = lines.flatMap((line) => {
    const pair = pairOf(named('mutant', all, line.name))
    const broken = isTold(line, given) && line.property !== null ? [pair.broken] : []
    return line.soundTwinHolds ? broken : [...broken, pair.sound]
  })
  const setups = new Map(json ? [] : told.map(keyed))
  const runner = new Runner(io, { quiet })
  const outcomes = await runner.runAll([...setups.values()].map((setup) => ({ setup })))
  const stories = outcomes.filter((outcome) => outcome !== null)
  return { lines, notDone, code: asked.code, verdicts: [], files: [], stories }
}

/**
 * The stories of mutants that were named, and of what is not as it must be: sound twins that do not
 * hold, and mutants that the wrong property has caught.
 */
async function printStories(
  io: Io,
  outcomes: readonly Outcome[],
  limits: { readonly time?: number; readonly quiet?: boolean },
  propertyFiles?: readonly string[],
): Promise<void> {
  const violated = outcomes.filter(({ counterexamples }) => counterexamples.length > 0)
  const wishes = { asked: undefined, leads: true, isAsData: false }
  const told = await toldOf(io, violated, limits, wishes)
  for (const [i, outcome] of violated.entries())
    printViolation(io, outcome, [], { propertyFiles }, told[i])
}

/** The mutants of a shard. Those with the same sound twin stay together: it is checked once. */
function shareOf(
  all: readonly MutantInfo[],
  subject: Subject,
  shard: Shard,
): readonly MutantInfo[] {
  const twins = dealt(twinsOf(all, subject), shard).map(({ item }) => item)
  return all.filter((mutant) => twins.includes(twinOf(mutant, subject)))
}

const twinOf = (mutant: MutantInfo, { pairOf }: Subject) => keyed(pairOf(mutant).sound)[0]

/** The sound twins of some mutants, each once. */
function twinsOf(all: readonly MutantInfo[], subject: Subject): string[] {
  return [...new Set(all.map((mutant) => twinOf(mutant, subject)))]
}

function headOf(shard: Shard, { file, pairOf }: Subject, all: readonly MutantInfo[]): ShardHead {
  const setups = all.map(pairOf).flatMap(({ broken, sound }) => [broken, sound])
  return shardHead('mutants', shard, setups, {
    model: file?.file ?? null,
    mutants: all.map(({ name }) => name),
  })
}

/** A setup with a name that no other one has. */
function keyed(setup: Setup): [string, Setup] {
  const { system, scenario, mutant } = setup
  return [JSON.stringify([system.name, scenario.name, mutant?.name]), setup]
}

function isInterrupted({ run }: Outcome): boolean {
  return run.limit === 'interrupted'
}

function lineOf(mutant: MutantInfo, outcome: Outcome, twin: Outcome): Killed {
  const { run } = outcome
  const { name, system, origin, source, breaks } = mutant
  const property = caughtBy(run)
  return {
    name,
    system,
    origin,
    source,
    breaks,
    scenario: run.scenario,
    caught: isCaught(mutant, outcome),
    property,
    steps: run.counterexample?.steps ?? null,
    switches: run.counterexample?.switches ?? null,
    seconds: run.seconds,
    soundTwinHolds: twin.run.verdict === 'holds',
  }
}

/** Is it caught by a property that must catch it? */
function isCaught({ breaks }: MutantInfo, { run }: Outcome): boolean {
  const property = caughtBy(run)
  return property !== null && breaks.includes(property)
}

/** Is the mutant caught, and does its twin hold? A run that was cut short proves neither. */
function verdictOf(mutant: MutantInfo, { run }: Outcome, twin: Outcome): Verdict {
  const property = caughtBy(run)
  const missed =
    property === null ? run.verdict !== 'incomplete' : !mutant.breaks.includes(property)
  if (missed || twin.run.verdict === 'violated') return 'violated'
  return [run, twin.run].some(({ verdict }) => verdict === 'incomplete') ? 'incomplete' : 'holds'
}

/** The property that is violated first; null if none is. A missing situation catches nothing. */
function caughtBy(run: Run): string | null {
  return run.counterexample?.property ?? null
}

function printMatrix(io: Io, lines: readonly Killed[], notDone: readonly string[]): void {
  const colors = colorsFor(io.stdout, io.env)
  const yes = (good: boolean, text: string) => (good ? colors.green(text) : colors.red(text))
  const rows = lines.map((line) => [
    line.name,
    line.system,
    line.scenario,
    yes(line.caught, line.caught ? 'caught' : 'NOT CAUGHT'),
    line.property ?? '-',
    String(line.steps ?? '-'),
    String(line.switches ?? '-'),
    line.seconds.toFixed(2),
    yes(line.soundTwinHolds, line.soundTwinHolds ? 'holds' : 'DOES NOT HOLD'),
  ])
  const numbers = ['steps', 'switches', 'seconds']
  const head = ['mutant', 'system', 'scenario', '', 'by property', ...numbers, 'sound twin']
  io.stdout.write(table(head, rows, numbers))
  const caught = lines.filter((line) => line.caught).length
  const sound = lines.filter((line) => line.soundTwinHolds).length
  for (const { name, breaks, caught } of lines)
    if (!caught) io.stdout.write(`${name} must be caught by ${breaks.join(' or ')}\n`)
  const rest = notDone.length > 0 ? `; ${notDone.length} not looked at` : ''
  const [mutants, twins] = [`${caught} of ${lines.length} mutants`, `${sound} of ${lines.length}`]
  io.stdout.write(`\n${mutants} caught, ${twins} sound twins hold${rest}\n`)
}
