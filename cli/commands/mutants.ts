/** `forkcheck mutants`: the kill matrix. */
import type { Command } from 'commander'
import type { Verdict } from '../../checker/model.js'
import { named } from '../../runs/names.js'
import type { Outcome, Run } from '../../runs/run.js'
import type { MutantInfo, Setup, Subject } from '../../runs/subject.js'
import { killPlot } from '../../story/render/plots.js'
import { killResults } from '../../story/render/results.js'
import { EXIT, UsageError } from '../errors.js'
import { type ToSave, writeCounterexample } from '../files.js'
import { colorsFor, type Io, printJson } from '../io.js'
import { MODEL, subjectFrom } from '../model-file.js'
import { duration, positive, saving } from '../options.js'
import { checkOutputs, writeText } from '../output-file.js'
import { packageVersion } from '../package.js'
import { resultsPage } from '../report-page.js'
import { Runner } from '../runner.js'
import { codeOfMutants } from '../shards/mutants.js'
import type { Shard, ShardHead } from '../shards/shard.js'
import { dealt, SHARD, shardField, shardHead, shardLine } from '../shards/shard.js'
import { toldOf } from '../shortened.js'
import { printViolation, toSave } from '../show.js'
import { table } from '../table.js'
import { printInterrupted } from './check.js'

interface MutantsOptions {
  readonly model?: string
  readonly json?: boolean
  readonly svg?: string
  readonly html?: string
  readonly out?: string
  readonly workers?: number
  readonly shard?: Shard
  readonly time?: number
  readonly quiet?: boolean
}

/** One line of the kill matrix, as `mutants --json` prints it. */
interface Killed {
  readonly name: string
  readonly system: string
  readonly origin: MutantInfo['origin']
  readonly source: string
  readonly breaks: readonly string[]
  readonly scenario: string
  /** It was violated, by a property the mutant names. */
  readonly caught: boolean
  /** The property that failed, whether it is the right one or not; null if none did. */
  readonly property: string | null
  readonly steps: number | null
  readonly switches: number | null
  readonly seconds: number
  readonly soundTwinHolds: boolean
}

/** Adds the command. `exit` is called with the exit code. */
export function addMutants(program: Command, io: Io, exit: (code: number) => void): void {
  const command = program
    .command('mutants')
    .description('every mutant against the property that must catch it, and its sound twin')
    .argument('[mutant...]', 'names of mutants (default: all)')
    .option(...MODEL)
    .option('--workers <n>', 'number of checks at once, each on a thread (default: 1)', positive)
    .option(...SHARD)
    .option('--time <time>', 'stop after this time in all: 500ms, 60s, 2m, 1h', duration)
    .option('--svg <file>', 'also draw the kill matrix')
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
  const subject = await subjectFrom(io, options.model)
  const { mutants, pairOf } = subject
  const all =
    given.length > 0 ? [...new Set(given)].map((name) => named('mutant', mutants, name)) : mutants
  if (all.length === 0) throw new UsageError(`${subject.name} has no mutants`)
  const { svg, html, shard } = options
  const chosen = shard ? shareOf(all, subject, shard) : all
  checkOutputs(io, { '--svg': svg, '--html': html }, [options.model], options.out)
  const { time, workers } = options
  const runner = new Runner(io, { time, quiet: options.quiet || options.json })
  const pairs = chosen.map(pairOf)
  // Each check once, a mutant and then its twin, which several may share.
  const setups = new Map(pairs.flatMap((pair) => [pair.broken, pair.sound]).map(keyed))
  const outcomes = await runner.runAll(
    [...setups.values()].map((setup) => ({ setup })),
    { workers },
  )
  const names = [...setups.keys()]
  const outcomeOf = (setup: Setup) => outcomes[names.indexOf(keyed(setup)[0])]
  const lines: Killed[] = []
  const verdicts: Verdict[] = []
  const files: ToSave[] = []
  const stories = new Set<Outcome>()
  for (const [i, mutant] of chosen.entries()) {
    const outcome = outcomeOf(pairs[i].broken)
    const twin = outcomeOf(pairs[i].sound)
    if (!outcome || !twin || isInterrupted(outcome) || isInterrupted(twin)) continue
    files.push(...toSave(options.out, outcome, {}))
    lines.push(lineOf(mutant, outcome, twin))
    verdicts.push(verdictOf(mutant, outcome, twin))
    if (given.length > 0 || !lines[lines.length - 1].caught) stories.add(outcome)
    stories.add(twin)
  }
  const left = chosen.filter(({ name }) => !lines.some((line) => line.name === name))
  const notDone = left.map(({ name }) => name)
  if (options.json)
    printJson(io, {
      format: 1,
      mutants: lines,
      ...(notDone.length > 0 ? { notDone } : {}),
      ...shardField(io, shard && headOf(shard, subject, all), { verdicts }),
    })
  else {
    printMatrix(io, lines, notDone)
    await printStories(io, [...stories], { time, quiet: options.quiet })
  }
  if (shard && !options.json) io.stdout.write(shardLine(shard))
  if (runner.interrupted) printInterrupted(io, chosen.length - lines.length)
  for (const file of files) writeCounterexample(io, file)
  if (svg !== undefined) writeText(io, svg, killPlot(lines))
  if (html !== undefined) writeText(io, html, resultsPage(killResults(lines, packageVersion())))
  if (runner.interrupted) return EXIT.interrupted
  return codeOfMutants(verdicts, left.length)
}

/**
 * The stories of mutants that were named, and of what is not as it must be: sound twins that do not
 * hold, and mutants that the wrong property has caught.
 */
async function printStories(
  io: Io,
  outcomes: readonly Outcome[],
  limits: { readonly time?: number; readonly quiet?: boolean },
): Promise<void> {
  const violated = outcomes.filter(({ counterexamples }) => counterexamples.length > 0)
  const wishes = { asked: undefined, leads: true, isAsData: false }
  const told = await toldOf(io, violated, limits, wishes)
  for (const [i, outcome] of violated.entries()) printViolation(io, outcome, [], {}, told[i])
}

/** The mutants of a shard. Those with the same sound twin stay together: it is checked once. */
function shareOf(
  all: readonly MutantInfo[],
  { pairOf }: Subject,
  shard: Shard,
): readonly MutantInfo[] {
  const twinOf = (mutant: MutantInfo) => keyed(pairOf(mutant).sound)[0]
  const twins = dealt([...new Set(all.map(twinOf))], shard).map(({ item }) => item)
  return all.filter((mutant) => twins.includes(twinOf(mutant)))
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

function lineOf(mutant: MutantInfo, { run }: Outcome, twin: Outcome): Killed {
  const { name, system, origin, source, breaks, scenario } = mutant
  const property = caughtBy(run)
  return {
    name,
    system,
    origin,
    source,
    breaks,
    scenario,
    caught: property !== null && breaks.includes(property),
    property,
    steps: run.counterexample?.steps ?? null,
    switches: run.counterexample?.switches ?? null,
    seconds: run.seconds,
    soundTwinHolds: twin.run.verdict === 'holds',
  }
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
