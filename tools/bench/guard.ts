/**
 * Has the engine become slower? Searches are run in turn with SPIN on the same or another model,
 * and the ratio of the processor times is compared with the committed line.
 *
 *   npm run bench               prints both; exit code 1 if something is more than 15 % slower
 *   npm run bench -- --update   writes the line: medians
 *
 * The best ratio of several rounds counts, and more rounds are made while something seems to be
 * slower: other load makes some rounds slower, not all of them. SPIN, gcc and bash are needed.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Table from 'cli-table3'

const LINE = fileURLToPath(new URL('../../../tools/bench/line.json', import.meta.url))
const MEASURE = fileURLToPath(new URL('./measure.js', import.meta.url))
/** Rounds that are always made, and at most, while something seems to be slower. */
const FEWEST_ROUNDS = 5
const MOST_ROUNDS = 25
/** More than this many times slower than the line is a failure. */
const TOO_SLOW = 1.15

/** What is measured, and the model that SPIN searches beside it: its own takes long to compile. */
const WORK: readonly (readonly [ours: string, spin: string])[] = [
  ['toy 10', 'toy 10'],
  ['two-phase 7', 'two-phase 7'],
  ['bakery 2', 'bakery 2'],
  ['async-fork 5', 'two-phase 7'],
]

/** @throws Error when the command fails. */
function output(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status === 0) return stdout
  throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`)
}

/** Compiles SPIN's verifier of a model. */
function build(model: string, cwd: string): void {
  const name = model.replace(' ', '-')
  writeFileSync(
    join(cwd, 'model.pml'),
    output(process.execPath, [MEASURE, ...model.split(' '), '--promela'], cwd),
  )
  output('spin', ['-a', 'model.pml'], cwd)
  output('gcc', ['-w', '-O2', '-fwrapv', '-DSAFETY', '-DNOREDUCE', '-o', name, 'pan.c'], cwd)
}

/** Seconds of processor time, of SPIN and ours. */
function spinSeconds(model: string, cwd: string): number {
  const run = `TIMEFORMAT='%U'; { time ./${model.replace(' ', '-')} -n -m2000000 >/dev/null; } 2>&1`
  return Number(output('bash', ['-c', run], cwd))
}

function ourSeconds(model: string, cwd: string): number {
  return JSON.parse(output(process.execPath, [MEASURE, ...model.split(' ')], cwd)).processor
}

function median(values: readonly number[]): number {
  return [...values].sort((x, y) => x - y)[values.length >> 1]
}

const isUpdate = process.argv.includes('--update')
const line = JSON.parse(readFileSync(LINE, 'utf8')) as Record<string, number>
const ratios = new Map<string, number[]>(WORK.map(([ours]) => [ours, []]))
const best = (name: string) => Math.max(...(ratios.get(name) ?? []))
const isSlower = (name: string) => !(best(name) * TOO_SLOW >= line[name])

const folder = mkdtempSync(join(tmpdir(), 'forkcheck-guard-'))
try {
  for (const model of new Set(WORK.map(([, spin]) => spin))) build(model, folder)
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    for (const [ours, spin] of WORK)
      if (round <= FEWEST_ROUNDS || isSlower(ours))
        ratios.get(ours)?.push(spinSeconds(spin, folder) / ourSeconds(ours, folder))
    if (round >= FEWEST_ROUNDS && (isUpdate || !WORK.some(([ours]) => isSlower(ours)))) break
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
if (isUpdate) {
  const medians = [...ratios].map(([name, all]) => [name, Number(median(all).toFixed(2))])
  writeFileSync(LINE, `${JSON.stringify(Object.fromEntries(medians), null, 2)}\n`)
}
const table = new Table({
  head: ['', 'SPIN / ours, median', 'best', 'the line', 'line / best'],
  style: { head: [], border: [] },
  colAligns: ['left', 'right', 'right', 'right', 'right'],
})
for (const [ours, spin] of WORK)
  table.push([
    ours === spin ? ours : `${ours} (SPIN: ${spin})`,
    median(ratios.get(ours) ?? []).toFixed(2),
    best(ours).toFixed(2),
    line[ours]?.toFixed(2) ?? '-',
    line[ours] ? (line[ours] / best(ours)).toFixed(2) : '-',
  ])
console.log(table.toString())
const slower = isUpdate ? [] : WORK.filter(([ours]) => isSlower(ours))
for (const [ours] of slower) console.log(`slower than it was: ${ours}`)
process.exitCode = slower.length > 0 ? 1 : 0
