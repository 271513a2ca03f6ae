/**
 * A whole BGSAVE: a heap of some page tables, two threads that write, two copiers by table,
 * reclaim, a child that reads and exits, and one allocation failure anywhere. How far does a search
 * come?
 *
 *   node dist/tools/bench/whole-save.js [PMDS] [OPERATIONS] [MINUTES] [GB] [THREADS]
 *
 * (default: 4 4 15 12 2, the whole save). Each point of failure is a search of its own: a run with
 * at most one failure is a run of the search of its point, so together they keep every behaviour.
 * Searches share the time: each may use what the earlier ones left over, divided by those to come.
 */
import { performance } from 'node:perf_hooks'
import Table from 'cli-table3'
import { BUILT_IN_PROPERTIES, compile, Search } from '../../checker/index.js'
import { workerThreads } from '../../checker/threads/index.js'
import { parseScenario, type ScenarioInput } from '../../model/index.js'
import { ALLOCATION_POINTS, type AllocationPoint } from '../../model/shape.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { systemNamed } from '../../runs/fork-machine/names.js'

const [pmds = 4, operations = 4, minutes = 15, gigabytes = 12, threads = 2] = process.argv
  .slice(2)
  .map(Number)

/** What each thread does after fork, the first OPERATIONS of them. */
const FIRST_THREAD = [1, 4, 3, 6]
const SECOND_THREAD = [2, 5, 0, 7]

/** The save with one failure at a point; null: no failure. */
function scenario(at: AllocationPoint | null) {
  const pages = 2 * pmds
  const writes = (of: readonly number[]) =>
    of.slice(0, operations).map((page) => ({ do: 'write' as const, page: page % pages }))
  const input: ScenarioInput = {
    format: 1,
    name: 'whole-save',
    says: 'A whole BGSAVE.',
    pages,
    vmas: [{ from: 0, to: pages }],
    parent: [[{ do: 'fork' }, ...writes(FIRST_THREAD)], writes(SECOND_THREAD)],
    child: [
      ...Array.from({ length: pmds }, (_, i) => ({ do: 'read' as const, page: 2 * i })),
      { do: 'exit' },
    ],
    kernel: [[{ do: 'swapOut', page: 'any' }]],
    options: { copiers: 2, copierSplit: 'table' },
    ...(at === null ? {} : { failures: { budget: 1, at: [at] } }),
  }
  return parseScenario(input)
}

const system = systemNamed('async-fork')
/** Actions that can be taken. A point that adds none is one at which this save never allocates. */
function liveActions(at: AllocationPoint | null): number {
  const { actions, dead } = compile(snapshotModel({ scenario: scenario(at), system }))
  return actions.length - dead.length
}

const withoutFailure = liveActions(null)
const all = Object.keys(ALLOCATION_POINTS) as AllocationPoint[]
const points = [null, ...all.filter((at) => liveActions(at) !== withoutFailure)]
const table = new Table({
  head: ['failure', 'verdict', 'states', 'steps', 'depth', 's', 'states/s', 'bytes/state', 'limit'],
  style: { head: [], border: [] },
})
const ends = performance.now() + minutes * 60_000
for (const [i, point] of points.entries()) {
  const model = snapshotModel({ scenario: scenario(point), system })
  const safety = [...model.properties, ...BUILT_IN_PROPERTIES].filter(
    ({ kind }) => kind !== 'eventually',
  )
  const workers = workerThreads(threads - 1)
  const search = new Search(model, {
    properties: safety.map(({ name }) => name),
    workers,
    maxBytes: gigabytes * 2 ** 30,
  })
  const start = performance.now()
  const until = start + (ends - start) / (points.length - i)
  while (!search.advance(10_000)) if (performance.now() > until) search.stop('out of time')
  const seconds = (performance.now() - start) / 1000
  const { verdict, states, transitions, depth, bytesPerState, limit } = search.result()
  table.push([
    point ?? 'none',
    verdict,
    states,
    transitions,
    depth,
    seconds.toFixed(1),
    Math.round(states / seconds),
    bytesPerState.toFixed(1),
    limit ?? '',
  ])
  await workers.close()
}
console.log(table.toString())
