/**
 * How well random finds shrink: for every mutant, finds of many seeds are shrunk, and the length
 * is compared with what an exhaustive search finds in the shrunk scenario. Fails when fewer than
 * 99 % are as short as can be.
 *
 *   node dist/tools/bench/shrink.js [SEEDS] [MUTANT...]
 *
 * Equal finds are shrunk once and counted as often as they were found.
 */

import {
  check,
  ModelError,
  Simulation,
  type SimulationOptions,
  type SimulationResult,
} from '../../checker/index.js'
import { type CompiledModel, compile } from '../../checker/rules/compile.js'
import { type Mutant, mutants, type State } from '../../model/index.js'
import { canonicalJson } from '../../runs/canonical.js'
import { Cursor } from '../../runs/cursor.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { propertyNamed, scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'
import { follow } from '../../runs/shrink/follow.js'
import { type Shrunk, shrinkSetup } from '../../runs/shrink/shrink.js'

const [seedsText = '5', ...names] = process.argv.slice(2)
const seeds = Number(seedsText)
const driver = { seconds: () => performance.now() / 1000 }

interface Line {
  readonly raw: number
  readonly steps: number
  readonly isShortest: boolean
  readonly isTight: boolean
  readonly replays: number
  readonly seconds: number
}

const all: Line[] = []
/** Properties that cannot be evaluated where a walk got to. */
const broken: string[] = []
print(['mutant', 'finds', 'steps', 'shortest', 'tight', 'replays', 'median s', 'most s'])
for (const mutant of mutants.filter(isWanted)) {
  const lines = await shrinkMany(mutant)
  all.push(...lines)
  print([mutant.name, ...summary(lines)])
}
for (const text of broken) console.log(`broken: ${text}`)
print(['all', ...summary(all)])
const share = all.filter(({ isShortest, isTight }) => isShortest && isTight).length / all.length
const middle = median(all, ({ seconds }) => seconds)
console.log(
  `\n${(100 * share).toFixed(2)} % of ${all.length} finds are as short as can be, in ${middle.toFixed(2)} s (median)`,
)
process.exitCode = share < 0.99 || broken.length > 0 ? 1 : 0

/** Walks do not look at what must come about in the end. */
function isWanted({ name, breaks }: Mutant): boolean {
  if (propertyNamed(breaks[0]).kind !== 'always') return false
  return names.length === 0 || names.includes(name)
}

async function shrinkMany(mutant: Mutant): Promise<Line[]> {
  const scenario = scenarioNamed(mutant.scenario)
  const setup = { scenario, system: systemNamed(mutant.system), mutant }
  const model = compile(snapshotModel(setup))
  const known = new Map<string, Line>()
  const shortest = new Map<string, number | undefined>()
  const lines: Line[] = []
  for (let seed = 1; seed <= seeds; seed++) {
    // Alternately: few preemptions at random places, and none but the actors' own waiting.
    const strategy = seed % 2 === 0 ? 'random' : 'pct'
    const options = { strategy, depth: 3, runs: 500, maxSteps: 1_000 } as const
    const found = findWith(model, { ...options, seed: BigInt(seed) })
    if (!found) continue
    const key = JSON.stringify(found.schedule)
    let line = known.get(key)
    if (!line) {
      const before = performance.now()
      const shrunk = await shrinkSetup(setup, found, {}, driver)
      const seconds = (performance.now() - before) / 1000
      line = lineOf(found.schedule.length, shrunk, shortestOf(shrunk, shortest), seconds)
      known.set(key, line)
    }
    lines.push(line)
  }
  return lines
}

function findWith(
  model: CompiledModel<State>,
  options: SimulationOptions,
): SimulationResult['found'] {
  try {
    const simulation = new Simulation(model, options)
    while (!simulation.advance(options.runs));
    return simulation.result().found
  } catch (error) {
    if (!(error instanceof ModelError)) throw error
    broken.push(`${model.model.name}: ${error.message}`)
    return null
  }
}

/** What exhaustive search finds in the shrunk scenario, which is searched once. */
function shortestOf(
  { setup, model, fewestSteps: { property } }: Shrunk,
  known: Map<string, number | undefined>,
): number | undefined {
  const key = canonicalJson([property, setup.scenario])
  if (!known.has(key)) {
    const { counterexamples } = check(model, { properties: [property], continue: true })
    const best = counterexamples.find((found) => found.property === property)
    known.set(key, best?.trace.schedule.length)
  }
  return known.get(key)
}

function lineOf(
  raw: number,
  { model, fewestSteps, replays }: Shrunk,
  shortest: number | undefined,
  seconds: number,
): Line {
  const { property, trace } = fewestSteps
  const { schedule } = trace
  const cursor = new Cursor(model)
  return {
    raw,
    steps: schedule.length,
    isShortest: shortest === schedule.length,
    isTight: schedule.every((_, i) => !follow(cursor, schedule.toSpliced(i, 1), property, 'stop')),
    replays,
    seconds,
  }
}

function summary(lines: readonly Line[]): string[] {
  const count = (pick: (line: Line) => boolean) => String(lines.filter(pick).length)
  return [
    String(lines.length),
    `${median(lines, ({ raw }) => raw)} -> ${median(lines, ({ steps }) => steps)}`,
    count(({ isShortest }) => isShortest),
    count(({ isTight }) => isTight),
    String(median(lines, ({ replays }) => replays)),
    median(lines, ({ seconds }) => seconds).toFixed(2),
    Math.max(0, ...lines.map(({ seconds }) => seconds)).toFixed(2),
  ]
}

function median(lines: readonly Line[], pick: (line: Line) => number): number {
  return lines.map(pick).sort((x, y) => x - y)[lines.length >> 1] ?? 0
}

function print([name, ...cells]: readonly string[]): void {
  console.log(`${name.padEnd(36)}${cells.map((cell) => cell.padEnd(10)).join('')}`.trimEnd())
}
