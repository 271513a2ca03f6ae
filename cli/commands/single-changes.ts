/** `forkcheck single-changes`: every single change of a system's text, judged by all scenarios. */
import { performance } from 'node:perf_hooks'
import { type Command, InvalidArgumentError } from 'commander'
import { scenarios } from '../../model/index.js'
import type { Scenario } from '../../model/scenario.js'
import type { System } from '../../model/systems/index.js'
import { scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { concerned, judge, type Known, known } from '../../runs/mutation/mutation-verdict.js'
import { type SystematicMutant, systematicMutants } from '../../runs/mutation/systematic.js'
import { EXIT, interrupted, oneLine } from '../errors.js'
import { type Io, isStopped, printJson } from '../io.js'
import { positive } from '../options.js'
import { ProgressLine } from '../progress.js'
import { askWorkers } from '../queue/ask.js'
import { firstPart, PARTS, type QueueOptions, REDIS, refuseWithRedis } from '../queue/options.js'
import {
  dealt,
  SHARD,
  type Shard,
  type ShardHead,
  shardField,
  shardHead,
  shardLine,
} from '../shards/shard.js'
import { changesIn, codeOfChanges, type JudgedChange } from '../shards/single-changes.js'
import { table } from '../table.js'

interface SingleChangesOptions extends QueueOptions {
  readonly system: string
  readonly of: Owner
  readonly every: number
  readonly maxStates: number
  readonly shard?: Shard
  readonly json?: boolean
  readonly quiet?: boolean
}

const OWNERS = ['system', 'kernel'] as const
type Owner = (typeof OWNERS)[number]

/** Scenarios with more states are not asked. */
const MOST_STATES = 300_000

/** Adds the command. `exit` is called with the exit code. */
export function addSingleChanges(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('single-changes')
    .description('every single change of the text of a system, judged by the standard scenarios')
    .argument('[scenario...]', 'names of standard scenarios that judge (default: all)')
    .option('--system <name>', 'of this system', 'async-fork')
    .option('--of <whose>', 'system: its own text; kernel: what all systems share', owner, 'system')
    .option('--every <n>', 'every n-th change only', positive, 1)
    .option('--max-states <n>', 'ask no scenario that has more', positive, MOST_STATES)
    .option(...SHARD)
    .option(...REDIS)
    .option(...PARTS)
    .option('--json', 'print one JSON document')
    .option('--quiet', 'no progress')
    .action(async (given: string[], options: SingleChangesOptions) => {
      exit(await judgeChanges(io, given, options))
    })
}

function owner(value: string): Owner {
  const found = OWNERS.find((one) => one === value)
  if (found) return found
  throw new InvalidArgumentError(`must be one of ${OWNERS.join(', ')}.`)
}

async function judgeChanges(
  io: Io,
  given: readonly string[],
  options: SingleChangesOptions,
): Promise<number> {
  refuseWithRedis(options, ['shard'])
  const judges =
    given.length > 0 ? [...new Set(given)].map((name) => scenarioNamed(name)) : scenarios
  const system = systemNamed(options.system)
  const { shard, every, of } = options
  const changes = systematicMutants(system, of).filter((_, i) => i % every === 0)
  const part = firstPart(options, changes.length)
  const headOf = (one: Shard) => headOfShard(one, system, judges, changes.length, options)
  const done = part
    ? await judgedByWorkers(io, headOf(part), given, options)
    : await judgedHere(io, system, judges, dealt(changes, shard), options)
  if (done === null) return part ? EXIT.interrupted : interrupted(io)
  const judged = done.map(({ change }) => change)
  if (options.json)
    printJson(io, {
      format: 1,
      system: system.name,
      of,
      changes: judged,
      ...shardField(io, shard && headOf(shard), { positions: done.map(({ at }) => at) }),
    })
  else {
    printChanges(io, system, judged)
    if (shard) io.stdout.write(shardLine(shard))
  }
  return codeOfChanges(judged)
}

function headOfShard(
  shard: Shard,
  system: System,
  judges: readonly Scenario[],
  changes: number,
  { of, every, maxStates }: SingleChangesOptions,
): ShardHead {
  const setups = judges.map((scenario) => ({ scenario, system }))
  const by = judges.length === scenarios.length ? null : judges.map(({ name }) => name)
  const question = { system: system.name, of, every, maxStates, changes, by }
  return shardHead('single-changes', shard, setups, question)
}

interface Placed {
  readonly at: number
  readonly change: JudgedChange
}

async function judgedByWorkers(
  io: Io,
  head: ShardHead,
  given: readonly string[],
  { redis = '', system, of, every, maxStates, json, quiet }: SingleChangesOptions,
): Promise<Placed[] | null> {
  const asked = await askWorkers(io, redis, {
    head: { ...head, command: 'single-changes' },
    names: [...given],
    options: {
      ...{ system: [system], of: [of], every: [`${every}`], 'max-states': [`${maxStates}`] },
    },
    quiet: quiet || json,
  })
  return asked && changesIn(asked.document).map((change, at) => ({ at, change }))
}

/** @returns null when the user interrupts. */
async function judgedHere(
  io: Io,
  system: System,
  judges: readonly Scenario[],
  changes: readonly { readonly at: number; readonly item: SystematicMutant }[],
  { maxStates, json, quiet }: SingleChangesOptions,
): Promise<Placed[] | null> {
  const progress = new ProgressLine(io, (quiet || json) ?? false, () => performance.now() / 1000)
  progress.begin(`single changes of ${system.name}`)
  try {
    const sound = await soundRuns(io, system, judges, maxStates)
    if (!sound) return null
    const done: Placed[] = []
    for (const { at, item } of changes) {
      const text = (rate: string) => `${done.length} of ${changes.length} judged (${rate})`
      progress.show({ count: done.length, text })
      const change = await judged(io, system, item, sound)
      if (!change) return null
      done.push({ at, change })
    }
    return done
  } finally {
    progress.end()
  }
}

async function judged(
  io: Io,
  system: System,
  mutant: SystematicMutant,
  sound: readonly Known[],
): Promise<JudgedChange | null> {
  const began = performance.now()
  const among = concerned(system, mutant, sound)
  let found: Awaited<ReturnType<typeof judge>> | { readonly is: 'error'; readonly why: string }
  try {
    found = await judge(system, mutant, among, () => isStopped(io))
  } catch (error) {
    found = { is: 'error', why: oneLine(error) }
  }
  const seconds = Math.round(performance.now() - began) / 1000
  const { name, says } = mutant
  return found && ({ name, says, ...found, among: among.length, seconds } as JudgedChange)
}

/** What the sound runs are known to be; null: too large. A worker does many parts: each is made once. */
const runs = new Map<string, Known | null>()

/** The scenarios with their sound runs; null when the user interrupts. */
async function soundRuns(
  io: Io,
  system: System,
  judges: readonly Scenario[],
  most: number,
): Promise<readonly Known[] | null> {
  const all: Known[] = []
  for (const scenario of judges) {
    if (await isStopped(io)) return null
    const key = JSON.stringify([system.name, scenario.name, most])
    const one = runs.has(key) ? runs.get(key) : known(scenario, system, most)
    runs.set(key, one ?? null)
    if (one) all.push(one)
  }
  return all
}

function printChanges(io: Io, { name }: System, changes: readonly JudgedChange[]): void {
  const open = changes.filter(({ is }) => is === 'survivor' || is === 'error')
  const rows = open.map(({ name, is, scenario, says, why }) => [
    name,
    is,
    scenario ?? '-',
    why ?? says,
  ])
  if (open.length > 0) io.stdout.write(`${table(['change', '', 'scenario', 'says'], rows)}\n`)
  const kinds = ['caught', 'same graph', 'same behaviour', 'survivor', 'error'] as const
  const counts = kinds.flatMap((kind) => {
    const number = changes.filter(({ is }) => is === kind).length
    return number === 0 ? [] : [`${number} ${kind}`]
  })
  io.stdout.write(`${changes.length} single changes of ${name}: ${counts.join(', ')}\n`)
}
