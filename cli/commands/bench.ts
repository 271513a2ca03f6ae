/** `forkcheck bench`: how fast, beside SPIN on the same models where it is installed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { finished } from '../child-process.js'
import { EXIT, interrupted } from '../errors.js'
import { type Io, printJson } from '../io.js'
import { positive } from '../options.js'
import { packageVersion } from '../package.js'
import { table } from '../table.js'

interface BenchOptions {
  readonly slots: number
  readonly writes: number
  readonly managers: number
  readonly highest: number
  readonly runs: number
  readonly json?: boolean
}

/** The cost of one run: wall time of the whole process in seconds, and its peak memory. */
interface BenchRun {
  readonly states: number
  readonly transitions: number
  readonly seconds: number
  readonly megabytes: number
}

/** Medians of one model; what has not been measured here is null. */
interface Measured {
  readonly model: string
  /** Slots, writes, resource managers, or the highest number. */
  readonly n: number
  readonly states: number
  readonly transitions: number
  readonly forkcheckSeconds1: number
  /** On two threads. */
  readonly forkcheckSeconds2: number
  readonly spinSeconds: number | null
  /** SPIN's time divided by ours. */
  readonly ratioOneThread: number | null
  readonly ratioTwoWorkers: number | null
  /** SPIN's peak memory divided by ours. */
  readonly memoryRatio: number | null
}

/** Adds the command. `exit` is called with the exit code. */
export function addBench(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('bench')
    .description('states per second and memory, beside SPIN on the same models if it is installed')
    .option('--slots <n>', 'slots of the toy copy protocol', positive, 12)
    .option('--writes <n>', 'random writes during a save, for async-fork', positive, 12)
    .option('--managers <n>', 'resource managers of two-phase commit', positive, 8)
    .option('--highest <n>', 'highest number of the bakery, 3 processes', positive, 3)
    .option('--runs <n>', 'runs of each, of which the median is taken', positive, 3)
    .option('--json', 'print one JSON document')
    .action(async (options: BenchOptions) => {
      exit(await bench(io, options))
    })
}

async function bench(io: Io, options: BenchOptions): Promise<number> {
  const { slots, writes, managers, highest, runs } = options
  try {
    const document = {
      format: 1,
      version: packageVersion(),
      toy: await measure(io, 'toy', 'slots', slots, runs),
      asyncFork: await measure(io, 'async-fork', 'writes', writes, runs),
      twoPhase: await measure(io, 'two-phase', 'managers', managers, runs, BY_HAND),
      bakery: await measure(io, 'bakery', 'as highest number', highest, runs, BY_HAND),
    }
    const { toy, asyncFork, twoPhase, bakery } = document
    if (options.json) printJson(io, document)
    else io.stdout.write(shown([toy, asyncFork, twoPhase, bakery]))
    return EXIT.ok
  } catch (error) {
    if (!io.signal.aborted) throw error
    return interrupted(io, 'nothing was measured to its end')
  }
}

/** States and steps that SPIN counts in addition to those of the model. */
interface Added {
  readonly states: number
  readonly transitions: number
}

/** The export adds a state before the initial one (checker/rules/print/promela.ts). */
const BY_EXPORT: Added = { states: 1, transitions: 2 }
/** SPIN counts the initial state as a step. */
const BY_HAND: Added = { states: 0, transitions: 1 }

/** Both checkers, ours on one thread and on two, in turn, so that all see the same noise. */
async function measure(
  io: Io,
  name: string,
  unit: string,
  n: number,
  runs: number,
  added: Added = BY_EXPORT,
): Promise<Measured> {
  const which = [name, String(n)]
  const folder = mkdtempSync(join(tmpdir(), 'forkcheck-bench-'))
  try {
    const hasSpin = await buildVerifier(io, which, folder)
    const ours: BenchRun[] = []
    const onTwo: BenchRun[] = []
    const theirs: BenchRun[] = []
    for (let run = 0; run < runs; run++) {
      ours.push(JSON.parse(await node(io, which)) as BenchRun)
      onTwo.push(JSON.parse(await node(io, [...which, '2'])) as BenchRun)
      if (hasSpin) theirs.push(await verify(io, folder, added))
    }
    const [{ states, transitions }] = ours
    const other = [...onTwo, ...theirs].find(
      (run) => run.states !== states || run.transitions !== transitions,
    )
    if (other)
      throw new Error(
        `${other.states} states and ${other.transitions} transitions in one run, ` +
          `${states} and ${transitions} in another`,
      )
    const seconds = median(ours.map((run) => run.seconds))
    const secondsOnTwo = median(onTwo.map((run) => run.seconds))
    const spinSeconds = hasSpin ? median(theirs.map((run) => run.seconds)) : null
    const memory = median(ours.map((run) => run.megabytes))
    return {
      model: `${name}, ${n} ${unit}`,
      n,
      states,
      transitions,
      forkcheckSeconds1: seconds,
      forkcheckSeconds2: secondsOnTwo,
      spinSeconds,
      ratioOneThread: spinSeconds === null ? null : spinSeconds / seconds,
      ratioTwoWorkers: spinSeconds === null ? null : spinSeconds / secondsOnTwo,
      memoryRatio: hasSpin ? median(theirs.map((run) => run.megabytes)) / memory : null,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function node(io: Io, args: readonly string[]): Promise<string> {
  const script = fileURLToPath(new URL('../../tools/bench/measure.js', import.meta.url))
  const { failed, stdout, stderr } = await finished(io.signal, process.execPath, [script, ...args])
  if (!failed) return stdout
  throw new Error(`a measured run failed: ${stderr}`)
}

/** @returns false where there is no SPIN or no C compiler. */
async function buildVerifier(io: Io, which: readonly string[], cwd: string): Promise<boolean> {
  writeFileSync(join(cwd, 'model.pml'), await node(io, [...which, '--promela']))
  const flags = ['-w', '-O2', '-fwrapv', '-DSAFETY', '-DNOREDUCE', '-o', 'pan', 'pan.c']
  const spin = await finished(io.signal, 'spin', ['-a', 'model.pml'], { cwd })
  return !spin.failed && !(await finished(io.signal, 'gcc', flags, { cwd })).failed
}

/** One run of SPIN, without what it counts beside the model. */
async function verify(io: Io, cwd: string, added: Added): Promise<BenchRun> {
  const begin = performance.now()
  const { stdout } = await finished(io.signal, join(cwd, 'pan'), ['-n', '-m2000000'], { cwd })
  const seconds = (performance.now() - begin) / 1000
  if (!/errors: 0/.test(stdout) || /depth too small|not completed/i.test(stdout))
    throw new Error(`SPIN has not seen everything: ${stdout.slice(-500)}`)
  const number = (pattern: RegExp) => Number(stdout.match(pattern)?.[1])
  return {
    states: number(/(\d+) states, stored/) - added.states,
    transitions: number(/(\d+) transitions/) - added.transitions,
    seconds,
    megabytes: number(/([\d.]+)\s+total actual memory usage/),
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((x, y) => x - y)[values.length >> 1]
}

function shown(rows: readonly Measured[]): string {
  const text = (value: number | null, unit: string) =>
    value === null ? '-' : `${value.toFixed(2)}${unit}`
  return table(
    [
      'model',
      'states',
      'transitions',
      'states/s',
      '1 thread',
      '2 threads',
      'SPIN',
      'SPIN / 1',
      'SPIN / 2',
      'memory',
    ],
    rows.map((row) => [
      row.model,
      String(row.states),
      String(row.transitions),
      String(Math.round(row.states / row.forkcheckSeconds1)),
      text(row.forkcheckSeconds1, ' s'),
      text(row.forkcheckSeconds2, ' s'),
      text(row.spinSeconds, ' s'),
      text(row.ratioOneThread, 'x'),
      text(row.ratioTwoWorkers, 'x'),
      text(row.memoryRatio, 'x'),
    ]),
  )
}
