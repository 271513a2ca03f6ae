/**
 * SPIN (https://spinroot.com) on exported models: it generates a program in C that searches, which
 * is compiled and run. The exported model is one process: partial order reduction has nothing to
 * reduce there, and is off. See `modeOf` for the ways in which it searches.
 */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toPromela } from '../../checker/rules/print/promela.js'
import type { Run } from '../../runs/run.js'
import { finished } from '../child-process.js'
import { UsageError } from '../errors.js'
import type { Io } from '../io.js'
import type { Engine, EngineOptions } from './engine-check.js'

/** SPIN as an engine of `check`. */
export const spin: Engine = {
  name: 'spin',
  title: 'SPIN',
  storage: (options) => modeOf(options).storage,
  search: async (io, model, options) => {
    const promela = toPromela(model)
    const mode = modeOf(options)
    const cwd = mkdtempSync(join(tmpdir(), 'forkcheck-spin-'))
    try {
      writeFileSync(join(cwd, MODEL), promela)
      await build(io, cwd, mode, model.layout.words, options)
      const { lines, limit, ...found } = await firstOf(cwd, mode, options)
      // See checker/rules/print/promela.ts: the state before the first, the steps into the first ones.
      return {
        ...found,
        states: Math.max(0, found.states - 1),
        transitions: Math.max(0, found.transitions - 1 - model.init.length),
        depth: Math.max(0, found.depth - 1),
        limit: lines ? null : (limit ?? mode.limit),
        schedule: lines && scheduleOf(promela, lines),
        lacksLastStep: mode.lacksLastStep,
        remarks: mode.remarks,
      }
    } finally {
      rmSync(cwd, { recursive: true, force: true })
    }
  },
}

const MODEL = 'model.pml'

/** A way to search. */
interface Mode {
  readonly storage: Run['storage']
  /** What the generated program is compiled with. */
  readonly flags: readonly string[]
  /** The arguments of each process; several search at once. */
  readonly processes: readonly (readonly string[])[]
  /** Why it has not seen all states, where it never can be sure of it. */
  readonly limit: string | null
  /** The path that it writes down ends before the step that violates something. */
  readonly lacksLastStep?: boolean
  readonly remarks: readonly string[]
}

/** Bytes of one slot of the table that several cores share: seen in what SPIN 6.5.2 reports. */
const SLOT_BYTES = 13

/**
 * - one core: breadth first, so that an error is a nearest one, and every state is stored in full;
 * - several cores: the same, but of each state only a hash of 64 bits is stored (`-DBFS_PAR`);
 * - bitstate: depth first, three bits for each state. Several workers are a swarm: each has its own
 *   hash function and its own order of steps.
 */
function modeOf({ workers = 1, bitstate, maxBytes }: EngineOptions): Mode {
  if (bitstate) {
    const bits = powerBelow((8 * (maxBytes ?? 2 ** 26)) / 2 / workers)
    const number = (i: number) => [`-w${bits}`, DEEP, `-h${i + 1}`, `-RS${i + 1}`]
    return {
      storage: 'bitstate',
      flags: ['-DBITSTATE', '-DP_RAND', '-DT_RAND'],
      processes: Array.from({ length: workers }, (_, i) => number(i)),
      limit: 'bitstate',
      remarks: [
        `bitstate: SPIN keeps three bits of a state and may miss states${workers > 1 ? `, in each of ${workers} searches others` : ''}`,
      ],
    }
  }
  if (workers > 1)
    return {
      storage: 'fingerprints',
      flags: ['-DBFS_PAR'],
      processes: [[`-u${workers}`, `-w${powerBelow((maxBytes ?? 2 ** 28) / SLOT_BYTES)}`]],
      limit: null,
      lacksLastStep: true,
      remarks: ['on several cores SPIN keeps hashes and not states'],
    }
  return {
    storage: 'exact',
    flags: ['-DBFS'],
    processes: [[SMALL_TABLE]],
    limit: null,
    remarks: [],
  }
}

/** The largest n with 2^n <= size. */
const powerBelow = (size: number) => Math.max(10, Math.floor(Math.log2(size)))

/** How deep a search that is depth first may go. */
const DEEP = '-m1000000'

/** The labels of the steps that stand in some lines of the text. */
function scheduleOf(promela: string, path: readonly number[]): string[] {
  const lines = promela.split('\n')
  // An option stands below its label. The first step chooses the initial state, and has none.
  return path.flatMap((line) => {
    const label = /^ {2}\/\* (.*) \*\/$/.exec(lines[line - 2])?.[1]
    return label !== undefined && lines[line - 1].startsWith('  :: d_step { c_expr { G')
      ? [label]
      : []
  })
}

/** Bytes of a state that SPIN allows unless it is told otherwise, and what it adds to each. */
const USUAL_VECTOR = 1024
const ADDED_BYTES = 512

/** The hash table begins with 2^20 slots, and grows. */
const SMALL_TABLE = '-w20'

async function build(
  io: Io,
  cwd: string,
  mode: Mode,
  words: number,
  { maxBytes, signal }: EngineOptions,
): Promise<void> {
  const compiler = io.env.CC || 'gcc'
  const vector = Math.max(USUAL_VECTOR, 4 * words + ADDED_BYTES)
  const limits = [
    `-DVECTORSZ=${vector}`,
    ...(maxBytes === undefined ? [] : [`-DMEMLIM=${Math.max(1, Math.floor(maxBytes / 2 ** 20))}`]),
  ]
  const flags = ['-w', '-O2', '-fwrapv', '-DSAFETY', '-DNOREDUCE', ...mode.flags, ...limits]
  const steps = [
    ['spin', ['-a', MODEL], 'SPIN (https://spinroot.com)'],
    [compiler, [...flags, '-o', 'pan', 'pan.c'], 'a C compiler (CC names another one)'],
  ] as const
  for (const [program, args, what] of steps) {
    const { failed, isMissing, stdout, stderr } = await finished(signal, program, args, { cwd })
    if (isMissing) throw new UsageError(`--engine spin needs ${what}: no program ${program}`)
    if (failed) throw new Error(`${program} on the exported model: ${stderr || stdout}`)
  }
}

/** Runs all processes of a search: the first one that finds an error ends the others. */
async function firstOf(cwd: string, { processes }: Mode, options: EngineOptions) {
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const searches = processes.map(async (args, i) => {
    const own = join(cwd, `${i}`)
    mkdirSync(own)
    const found = await search(own, join(cwd, 'pan'), args, { ...options, signal })
    if (found.lines) stop.abort()
    return found
  })
  const ends = await Promise.allSettled(searches)
  options.signal.throwIfAborted()
  const found = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
  const failed = ends.find((end) => end.status === 'rejected')
  const best = found.find(({ lines }) => lines) ?? found.sort((x, y) => y.states - x.states)[0]
  if (failed && !best?.lines) throw failed.reason
  return best
}

/** What one process says, and the lines of the text that the steps to an error stand in. */
async function search(
  cwd: string,
  pan: string,
  args: readonly string[],
  { signal, show }: EngineOptions,
) {
  const onLine = (line: string) => {
    const states = /^Depth=.* States=\s*([\d.e+]+)/.exec(line)?.[1]
    if (states) show(Number(states))
  }
  const { stdout, stderr } = await finished(signal, pan, ['-n', ...args], { cwd, onLine })
  const number = (pattern: RegExp) => {
    const found = pattern.exec(stdout)?.[1]
    if (found !== undefined) return Number(found)
    throw new Error(`SPIN did not finish: ${(stderr || stdout).slice(-500)}`)
  }
  const isViolated = number(/errors: (\d+)/) > 0
  const isCut = /not completed|incomplete|is full|states lost|out of memory|MEMLIM/i.test(stdout)
  return {
    version: /\(Spin Version ([\d.]+)/.exec(stdout)?.[1] ?? 'of unknown version',
    states: number(/(\d+) states, stored/),
    transitions: number(/(\d+) transitions/),
    depth: number(/depth reached (\d+)/),
    bytes: number(/([\d.]+)\s+total (?:actual|shared) memory usage/) * 2 ** 20,
    limit: isCut ? '--max-memory' : null,
    lines: isViolated ? await errorPath(pan, cwd, signal) : null,
  }
}

/** SPIN runs the path that it wrote down again, and names the line of each step. */
async function errorPath(pan: string, cwd: string, signal: AbortSignal): Promise<number[]> {
  const [trail] = readdirSync(cwd).filter((name) => name.endsWith('.trail'))
  // On several cores its name has the number of the process.
  if (trail) renameSync(join(cwd, trail), join(cwd, `${MODEL}.trail`))
  const { stdout } = await finished(signal, pan, ['-C'], { cwd })
  return [...stdout.matchAll(/^\d+: .*\[D_STEP(\d+)\]$/gm)].map(([, line]) => Number(line))
}
