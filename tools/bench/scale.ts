/**
 * How a long search goes: the rate at each doubling of the number of states, and the memory of the
 * whole process. Safety properties of Async-fork, from a million states on.
 *
 *   node dist/tools/bench/scale.js [WRITES] [THREADS]    of 6 pages; 9 writes are more than 100 million
 *                                                  states (default: 6, 1)
 */
import { performance } from 'node:perf_hooks'
import Table from 'cli-table3'
import { BUILT_IN_PROPERTIES, Search } from '../../checker/index.js'
import { workerThreads } from '../../checker/threads/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { systemNamed } from '../../runs/fork-machine/names.js'
import { longerSave } from './longer.js'

const [writes = 6, threads = 1] = process.argv.slice(2).map(Number)
const model = snapshotModel({ scenario: longerSave(writes, 6), system: systemNamed('async-fork') })
const properties = [...model.properties, ...BUILT_IN_PROPERTIES]
  .filter(({ kind }) => kind !== 'eventually')
  .map(({ name }) => name)
const workers = workerThreads(threads - 1)

const table = new Table({
  head: ['states', 'states/s since', 'MB'],
  style: { head: [], border: [] },
})
const search = new Search(model, { properties, workers })
let last = { states: 0, at: performance.now() }
let next = 1_000_000

function note(states: number): void {
  const at = performance.now()
  const rate = Math.round(((states - last.states) / (at - last.at)) * 1000)
  const megabytes = Math.round(process.memoryUsage.rss() / 2 ** 20)
  table.push([states, rate, megabytes])
  last = { states, at }
}

while (!search.advance(10_000)) {
  const { states } = search.progress()
  if (states < next) continue
  note(states)
  next *= 2
}
const { verdict, states } = search.result()
note(states)
console.log(table.toString())
console.log(`${verdict}: ${states} states`)
await workers.close()
