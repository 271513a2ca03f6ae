/**
 * One measured run in a process of its own, for `forkcheck bench`: prints one line of JSON.
 *
 *   node dist/tools/bench/measure.js toy SLOTS | async-fork WRITES [--promela | THREADS]
 *
 * With `--promela` the model's text for SPIN is printed instead. Both look at what must always hold
 * and for deadlocks, not at what must come about in the end.
 */
import { BUILT_IN_PROPERTIES, check, type Model, toPromela } from '../../checker/index.js'
import { threadTeam } from '../../checker/threads/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { systemNamed } from '../../runs/fork-machine/names.js'
import { longerSave } from './longer.js'
import { toyModel } from './toy.js'

const [what, size, as] = process.argv.slice(2)
if (what === 'toy') run(toyModel(Number(size)))
else run(snapshotModel({ scenario: longerSave(Number(size)), system: systemNamed(what) }))

function run<S>(model: Model<S>): void {
  if (as === '--promela') {
    process.stdout.write(toPromela(model))
    return
  }
  const safety = [...model.properties, ...BUILT_IN_PROPERTIES].filter(
    (p) => p.kind !== 'eventually',
  )
  const properties = safety.map(({ name }) => name)
  const threads = Number(as ?? 1)
  const workers = threads > 1 ? threadTeam(threads - 1) : undefined
  const { states, transitions, verdict } = check(model, { properties, workers })
  const megabytes = process.resourceUsage().maxRSS / 1024
  console.log(
    JSON.stringify({ states, transitions, verdict, seconds: process.uptime(), megabytes }),
  )
}
