/**
 * One measured run in a process of its own, for `forkcheck bench`: prints one line of JSON.
 *
 *   node dist/tools/bench/measure.js MODEL [--promela | THREADS]
 *
 * MODEL is `toy SLOTS`, `async-fork WRITES`, `two-phase MANAGERS` or `bakery HIGHEST`. With
 * `--promela` the model's text for SPIN is printed instead: the last two are written by hand.
 * Safety properties and deadlocks are checked, not liveness.
 */
import { BUILT_IN_PROPERTIES, check, type Model, toPromela } from '../../checker/index.js'
import { workerThreads } from '../../checker/threads/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { systemNamed } from '../../runs/fork-machine/names.js'
import { bakery, bakeryPromela } from './bakery.js'
import { longerSave } from './longer.js'
import { toyModel } from './toy.js'
import { twoPhase, twoPhasePromela } from './two-phase.js'

const [what, size, as] = process.argv.slice(2)
const n = Number(size)
/** Processes of the bakery. */
const PROCESSES = 3
if (what === 'toy') run(toyModel(n))
else if (what === 'two-phase') run(twoPhase(n), twoPhasePromela(n))
else if (what === 'bakery') run(bakery(PROCESSES, n), bakeryPromela(PROCESSES, n))
else run(snapshotModel({ scenario: longerSave(n), system: systemNamed(what) }))

function run<S>(model: Model<S>, promela?: string): void {
  if (as === '--promela') {
    process.stdout.write(promela ?? toPromela(model))
    return
  }
  const safety = [...model.properties, ...BUILT_IN_PROPERTIES].filter(
    (p) => p.kind !== 'eventually',
  )
  const properties = safety.map(({ name }) => name)
  const threads = Number(as ?? 1)
  const workers = threads > 1 ? workerThreads(threads - 1) : undefined
  const { states, transitions, verdict } = check(model, { properties, workers })
  const megabytes = process.resourceUsage().maxRSS / 1024
  const seconds = process.uptime()
  const { user } = process.cpuUsage()
  const processor = user / 1e6
  console.log(JSON.stringify({ states, transitions, verdict, seconds, processor, megabytes }))
}
