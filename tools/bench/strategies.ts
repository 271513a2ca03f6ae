/**
 * What each strategy needs to find each mutant: walks (median and most over some seeds) and
 * processor time (median), and the nodes and time of the search by preemptions; beside them the
 * states and the time of the exhaustive search, up to the violation. The model is compiled before.
 * Fails when a mutant is not found within the budget.
 *
 *   node dist/tools/bench/strategies.js [SEEDS] [BUDGET] [MUTANT...]
 */

import { BUILT_IN_PROPERTIES, Search, ShortestPathSearch, Simulation } from '../../checker/index.js'
import { type CompiledModel, compile } from '../../checker/rules/compile.js'
import { type Mutant, mutants, type State } from '../../model/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { propertyNamed, scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'

const seeds = Number(process.argv[2] ?? 5)
const budget = Number(process.argv[3] ?? 20_000)
const chosen = process.argv.slice(4)

/** Too rare for walks: priorities need not find it, the search by preemptions must. */
const RARE = ['anolis-first-copier-ends-sequence']

/**
 * The last must find everything that is not too rare, the search by preemptions everything; the
 * others, with fewer walks, are compared. Uniform choice misses some mutants even in twenty times
 * as many walks.
 */
const STRATEGIES = [
  { strategy: 'random', depth: 1, mustFind: false },
  { strategy: 'pct', depth: 1, mustFind: false },
  { strategy: 'pct', depth: 2, mustFind: false },
  { strategy: 'pct', depth: 3, mustFind: true },
] as const

const BUILT_IN = BUILT_IN_PROPERTIES.map(({ name }) => name)
const missed: string[] = []
const titles = STRATEGIES.map(({ strategy, depth }) => `${strategy} ${depth}`)
print(['mutant', 'exhaustive', ...titles, 'by preemptions'])
for (const mutant of mutants.filter(isSafety)) {
  if (chosen.length > 0 && !chosen.includes(mutant.name)) continue
  const model = compile(modelOf(mutant))
  print([
    mutant.name,
    exhaustive(mutant, model),
    ...walks(mutant, model),
    preemptions(mutant, model),
  ])
}
console.log(
  `\nexhaustive: states known when found; walks until found: median (most) of ${seeds} seeds, ` +
    `- if not within ${budget}; times are of the processor`,
)
for (const text of missed) console.log(`not found: ${text}`)
process.exitCode = missed.length > 0 ? 1 : 0

/** What must come about in the end is not looked at. */
function isSafety({ breaks }: Mutant): boolean {
  return propertyNamed(breaks[0]).kind === 'always'
}

function walks(mutant: Mutant, model: CompiledModel<State>): string[] {
  return STRATEGIES.map(({ strategy, depth, mustFind }) => {
    const found = Array.from({ length: seeds }, (_, seed) => {
      const began = process.cpuUsage()
      const runs = mustFind ? budget : Math.min(budget, 1_000)
      const options = { strategy, depth, seed: BigInt(seed + 1), runs, maxSteps: 1_000 }
      const simulation = new Simulation(model, options)
      while (!simulation.advance(1_000));
      const result = simulation.result()
      const count = result.found ? result.runs : Number.POSITIVE_INFINITY
      return { count, milliseconds: millisecondsSince(began) }
    }).sort((x, y) => x.count - y.count)
    const { count: most } = found[seeds - 1]
    const { count: median, milliseconds } = found[seeds >> 1]
    if (mustFind && most > budget && !RARE.includes(mutant.name))
      missed.push(`${mutant.name} by ${strategy} ${depth}`)
    return `${finite(median)} (${finite(most)}) ${milliseconds} ms`
  })
}

function preemptions(mutant: Mutant, model: CompiledModel<State>): string {
  const began = process.cpuUsage()
  const search = new ShortestPathSearch(model, { cost: 'preemptions' })
  while (!search.advance(10_000));
  const { found, nodes } = search.result()
  if (!found) missed.push(`${mutant.name} by preemptions`)
  return found ? `${found.cost}: ${nodes} nodes ${millisecondsSince(began)} ms` : '-'
}

function exhaustive({ name, breaks }: Mutant, { model }: CompiledModel<State>): string {
  const safety = model.properties.filter(({ kind }) => kind !== 'eventually')
  const properties = [...safety.map((property) => property.name), ...BUILT_IN]
  const search = new Search(model, { properties })
  const began = process.cpuUsage()
  while (!search.advance(10_000));
  const { counterexamples, states } = search.result()
  if (counterexamples.length === 0) missed.push(`${name} (${breaks[0]}) by exhaustive search`)
  return `${states} states ${millisecondsSince(began)} ms`
}

function millisecondsSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began)
  return Math.round((user + system) / 1000)
}

function modelOf(mutant: Mutant) {
  const { scenario, system } = mutant
  return snapshotModel({ scenario: scenarioNamed(scenario), system: systemNamed(system), mutant })
}

function finite(count: number): string {
  return Number.isFinite(count) ? String(count) : '-'
}

function print([name, ...cells]: readonly string[]): void {
  console.log(`${name.padEnd(36)}${cells.map((cell) => cell.padEnd(23)).join('')}`.trimEnd())
}
