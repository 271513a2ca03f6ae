/**
 * What reductions save: every standard scenario of the sound systems, and every mutant in its own
 * scenario, all safety properties together, past all violations, with and without. Verdicts must be
 * the same.
 *
 *   node dist/tools/bench/reductions.js [STATES]     those with so many states at most (default 1,000)
 */
import { performance } from 'node:perf_hooks'
import { BUILT_IN_PROPERTIES, type CheckResult, Search } from '../../checker/index.js'
import { ReducedSearch } from '../../checker/search/reduced/reduced-search.js'
import { mutants, type State, scenarios, soundSystems } from '../../model/index.js'
import { type Setup, snapshotModel } from '../../runs/model.js'
import { scenarioNamed, systemNamed } from '../../runs/names.js'

const most = Number(process.argv[2] ?? 1_000)

/** Both ways, with the seconds each took; null for a setup with too many states. */
function bothWays(setup: Setup) {
  const model = snapshotModel(setup)
  const all = [...model.properties, ...BUILT_IN_PROPERTIES]
  const safety = all.filter(({ kind }) => kind !== 'eventually')
  const options = { properties: safety.map(({ name }) => name), continue: true }
  const full = timed(() => new Search(model, { ...options, maxStates: most }))
  if (full.result.limit !== null) return null
  return { full, reduced: timed(() => new ReducedSearch(model, options)) }
}

function timed(begin: () => { advance(count: number): boolean; result(): CheckResult<State> }) {
  const start = performance.now()
  const search = begin()
  while (!search.advance(10_000));
  return { result: search.result(), seconds: (performance.now() - start) / 1000 }
}

const verdicts = ({ properties }: CheckResult<State>) =>
  properties.map(({ name, verdict }) => `${name} ${verdict}`).join()

function compareAll(what: string, setups: readonly Setup[]): void {
  let compared = 0
  const states = { full: 0, reduced: 0 }
  const seconds = { full: 0, reduced: 0 }
  for (const setup of setups) {
    const both = bothWays(setup)
    if (!both) continue
    const { full, reduced } = both
    compared++
    states.full += full.result.states
    states.reduced += reduced.result.states
    seconds.full += full.seconds
    seconds.reduced += reduced.seconds
    if (verdicts(full.result) === verdicts(reduced.result)) continue
    const { system, scenario, mutant } = setup
    console.log(`another verdict: ${system.name} ${scenario.name} ${mutant?.name ?? ''}`)
    process.exitCode = 1
  }
  const fewer = (states.full / states.reduced).toFixed(1)
  console.log(
    `${compared} ${what}: ${states.full} states in ${seconds.full.toFixed(1)} s, with reductions ` +
      `${states.reduced} (${fewer} times fewer) in ${seconds.reduced.toFixed(1)} s`,
  )
}

compareAll(
  'standard scenarios',
  soundSystems.flatMap((system) => scenarios.map((scenario) => ({ system, scenario }))),
)
compareAll(
  'mutants',
  mutants.map((mutant) => ({
    scenario: scenarioNamed(mutant.scenario),
    system: systemNamed(mutant.system),
    mutant,
  })),
)
