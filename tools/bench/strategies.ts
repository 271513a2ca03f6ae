/**
 * How many walks each strategy needs to find each mutant: median and most over some seeds, and for
 * the search by preemptions how many nodes. Fails when a mutant is not found within the budget.
 *
 *   node dist/tools/bench/strategies.js [SEEDS] [BUDGET]
 */

import { ShortestPathSearch, Simulation } from '../../checker/index.js'
import { type CompiledModel, compile } from '../../checker/rules/compile.js'
import { type Mutant, mutants, type State } from '../../model/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { propertyNamed, scenarioNamed, systemNamed } from '../../runs/fork-machine/names.js'

const seeds = Number(process.argv[2] ?? 5)
const budget = Number(process.argv[3] ?? 20_000)

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

const missed: string[] = []
const titles = STRATEGIES.map(({ strategy, depth }) => `${strategy} ${depth}`)
print(['mutant', ...titles, 'by preemptions'])
for (const mutant of mutants.filter(isSafety)) {
  const model = compile(modelOf(mutant))
  print([mutant.name, ...walks(mutant, model), preemptions(mutant, model)])
}
console.log(`\nwalks until found: median (most) of ${seeds} seeds, - if not within ${budget}`)
for (const text of missed) console.log(`not found: ${text}`)
process.exitCode = missed.length > 0 ? 1 : 0

/** What must come about in the end is not looked at. */
function isSafety({ breaks }: Mutant): boolean {
  return propertyNamed(breaks[0]).kind === 'always'
}

function walks(mutant: Mutant, model: CompiledModel<State>): string[] {
  return STRATEGIES.map(({ strategy, depth, mustFind }) => {
    const counts = Array.from({ length: seeds }, (_, seed) => {
      const runs = mustFind ? budget : Math.min(budget, 1_000)
      const options = { strategy, depth, seed: BigInt(seed + 1), runs, maxSteps: 1_000 }
      const simulation = new Simulation(model, options)
      while (!simulation.advance(1_000));
      const result = simulation.result()
      return result.found ? result.runs : Number.POSITIVE_INFINITY
    }).sort((x, y) => x - y)
    const most = counts[seeds - 1]
    if (mustFind && most > budget && !RARE.includes(mutant.name))
      missed.push(`${mutant.name} by ${strategy} ${depth}`)
    return `${finite(counts[seeds >> 1])} (${finite(most)})`
  })
}

function preemptions(mutant: Mutant, model: CompiledModel<State>): string {
  const search = new ShortestPathSearch(model, { cost: 'preemptions' })
  while (!search.advance(10_000));
  const { found, nodes } = search.result()
  if (!found) missed.push(`${mutant.name} by preemptions`)
  return found ? `${found.cost} after ${nodes} nodes` : '-'
}

function modelOf(mutant: Mutant) {
  const { scenario, system } = mutant
  return snapshotModel({ scenario: scenarioNamed(scenario), system: systemNamed(system), mutant })
}

function finite(count: number): string {
  return Number.isFinite(count) ? String(count) : '-'
}

function print([name, ...cells]: readonly string[]): void {
  console.log(`${name.padEnd(36)}${cells.map((cell) => cell.padEnd(16)).join('')}`.trimEnd())
}
