/**
 * One measured run in a process of its own, for `forkcheck bench`: prints one line of JSON.
 *
 *   node dist/bench/measure.js toy SLOTS | async-fork SCENARIO [--promela]
 *
 * With `--promela` the model's text for SPIN is printed instead.
 */
import { check, type Model, toPromela } from '../checker/index.js'
import { snapshotModel } from '../core/model.js'
import { scenarioNamed, systemNamed } from '../core/names.js'
import { toyModel } from './toy.js'

const [what, which, as] = process.argv.slice(2)
if (what === 'toy') run(toyModel(Number(which)))
else run(snapshotModel({ scenario: scenarioNamed(which), system: systemNamed(what) }))

function run<S>(model: Model<S>): void {
  if (as === '--promela') {
    process.stdout.write(toPromela(model))
    return
  }
  const { states, transitions, verdict } = check(model)
  const megabytes = process.resourceUsage().maxRSS / 1024
  console.log(
    JSON.stringify({ states, transitions, verdict, seconds: process.uptime(), megabytes }),
  )
}
