/**
 * Has the engine become slower? Each measured time is divided by that of a fixed piece of work done
 * in the same process, so that a slow or busy machine does not show, and compared with the committed
 * line.
 *
 *   npm run bench               prints both; exit code 1 if something takes twice as long as it did
 *   npm run bench -- --update   writes the line
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import Table from 'cli-table3'
import { check, compile } from '../../checker/index.js'
import { snapshotModel } from '../../runs/fork-machine/model.js'
import { systemNamed } from '../../runs/fork-machine/names.js'
import { longerSave } from './longer.js'
import { toyModel } from './toy.js'

const LINE = fileURLToPath(new URL('../../../tools/bench/line.json', import.meta.url))
/** The least of so many runs counts. */
const RUNS = 5
/** Slower than this many times the line is a failure: less may be noise. */
const TOO_SLOW = 2

/** The fixed piece of work: what searches do most, looking up numbers all over a large table. */
function kernel(): void {
  const table = new Int32Array(2 ** 22)
  let found = 0
  for (let i = 1; i <= 4_000_000; i++) {
    const key = Math.imul(i, 0x9e3779b1)
    let at = key & (table.length - 1)
    while (table[at] !== 0 && table[at] !== key) at = (at + 1) & (table.length - 1)
    if (table[at] === key) found++
    if (i % 2 === 0) table[at] = key
  }
  if (found > 4_000_000) throw new Error('impossible')
}

const setup = { scenario: longerSave(3), system: systemNamed('async-fork') }
const safety = snapshotModel(setup)
const invariants = safety.properties.filter(({ kind }) => kind === 'always').map((p) => p.name)
const work: Readonly<Record<string, () => void>> = {
  'toy, 10 slots: search': () => void check(toyModel(10)),
  'async-fork, 3 writes: compile': () => void compile(snapshotModel(setup)),
  'async-fork, 3 writes: compile and search': () => void check(safety, { properties: invariants }),
  'async-fork, 3 writes: the same, with liveness': () => void check(safety),
}

function seconds(run: () => void): number {
  const begin = performance.now()
  run()
  return (performance.now() - begin) / 1000
}

const least = new Map<string, number>()
for (let run = 0; run < RUNS; run++)
  for (const [name, measured] of [['kernel', kernel] as const, ...Object.entries(work)])
    least.set(name, Math.min(least.get(name) ?? Number.POSITIVE_INFINITY, seconds(measured)))

const unit = least.get('kernel') ?? 1
const now = Object.fromEntries(
  Object.keys(work).map((name) => [name, Number(((least.get(name) ?? 0) / unit).toFixed(2))]),
)
if (process.argv.includes('--update')) writeFileSync(LINE, `${JSON.stringify(now, null, 2)}\n`)
const line = JSON.parse(readFileSync(LINE, 'utf8')) as Record<string, number>
const table = new Table({
  head: ['', 'seconds', 'kernels', 'the line', 'now / line'],
  style: { head: [], border: [] },
  colAligns: ['left', 'right', 'right', 'right', 'right'],
})
for (const [name, kernels] of Object.entries(now))
  table.push([
    name,
    (least.get(name) ?? 0).toFixed(3),
    kernels.toFixed(2),
    line[name]?.toFixed(2) ?? '-',
    line[name] ? (kernels / line[name]).toFixed(2) : '-',
  ])
console.log(table.toString())
const slower = Object.keys(now).filter((name) => now[name] > TOO_SLOW * line[name])
for (const name of slower) console.log(`slower than it was: ${name}`)
process.exitCode = slower.length > 0 ? 1 : 0
