/**
 * How fast the engine sees distinct states of Async-fork, all properties watched, one thread, and
 * what a state costs.
 *
 *   node dist/tools/bench/throughput.js [WRITES]
 *
 * With liveness, so every step is kept too. The toy protocol is run beside it, so that a slow
 * machine shows.
 */
import { type CheckResult, check } from '../../checker/index.js'
import { systems } from '../../model/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { longerSave } from './longer.js'
import { toyModel } from './toy.js'

function measure(name: string, bits: number, run: () => CheckResult<never>): void {
  const begin = performance.now()
  const { states, transitions, verdict, bytesPerState } = run()
  const seconds = (performance.now() - begin) / 1000
  console.log(
    `${name.padEnd(28)} ${verdict} ${states} states (${bits} bits) ${transitions} steps ` +
      `${seconds.toFixed(2)} s ${Math.round(states / seconds)} states/s ${bytesPerState.toFixed(1)} bytes/state`,
  )
}

const writes = Number(process.argv[2] ?? 10)
const scenario = longerSave(writes)
const system = systems.find((s) => s.name === 'async-fork')
if (!system) throw new Error('no async-fork')
const model = snapshotModel({ scenario, system })
const toy = toyModel(9)
measure('toy copy protocol, 9 slots', toy.layout.bits, () => check(toy) as CheckResult<never>)
measure(`async-fork, ${writes} writes`, model.layout.bits, () => check(model) as CheckResult<never>)
