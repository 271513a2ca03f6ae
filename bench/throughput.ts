/**
 * How fast the engine sees distinct states of Async-fork, all properties watched, one thread, and
 * what a state costs.
 *
 *   node dist/bench/throughput.js [WRITES]
 *
 * The scenario is `bgsave` with more random writes: states as long as the standard ones, only more
 * of them. The toy protocol is run beside it, so that a slow machine shows.
 */
import { type CheckResult, check } from '../checker/index.js'
import { snapshotModel } from '../core/model.js'
import { parseScenario, systems } from '../model/index.js'
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
const scenario = parseScenario({
  format: 1,
  name: 'bgsave-longer',
  pages: 4,
  vmas: [{ from: 0, to: 4 }],
  parent: [[{ do: 'fork' }, ...Array(writes).fill({ do: 'write', page: 'any' })]],
  child: [0, 1, 2, 3].map((page) => ({ do: 'read', page })),
})
const system = systems.find((s) => s.name === 'async-fork')
if (!system) throw new Error('no async-fork')
const model = snapshotModel({ scenario, system })
const toy = toyModel(9)
measure('toy copy protocol, 9 slots', toy.layout.bits, () => check(toy) as CheckResult<never>)
measure(`async-fork, ${writes} writes`, model.layout.bits, () => check(model) as CheckResult<never>)
