/**
 * SPIN (https://spinroot.com) on exported models: it generates a program in C that searches, which
 * is compiled and run. The search is breadth first, so that an error is a nearest one, and states
 * are stored in full. The exported model is one process: partial order reduction has nothing to
 * reduce there, and is off.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from '../child-process.js'
import { UsageError } from '../errors.js'
import type { Io } from '../io.js'

/** What SPIN says of a model, with all that is in its text. */
export interface SpinResult {
  /** SPIN's version, such as 6.5.2. */
  readonly version: string
  readonly states: number
  readonly transitions: number
  readonly depth: number
  /** Of all that SPIN takes. */
  readonly megabytes: number
  /** It has seen all states, or stopped at an error. */
  readonly isComplete: boolean
  /** The lines of the text that the steps to the error stand in; null if there is no error. */
  readonly errorPath: readonly number[] | null
}

interface SpinOptions {
  /** Words of a state, of four bytes. */
  readonly words: number
  /** The search ends when it takes more. */
  readonly maxBytes?: number
  /** Ends SPIN at once. */
  readonly signal: AbortSignal
  /** Called now and then with the number of states. */
  readonly show: (states: number) => void
}

/** Bytes of a state that SPIN allows unless it is told otherwise, and what it adds to each. */
const USUAL_VECTOR = 1024
const ADDED_BYTES = 512

/** The hash table begins with 2^20 slots, and grows. */
const SMALL_TABLE = '-w20'

/**
 * Searches a model, given as text in Promela.
 * @throws UsageError when SPIN or a C compiler is missing; the signal's reason when it is aborted.
 */
export async function spin(io: Io, promela: string, options: SpinOptions): Promise<SpinResult> {
  const cwd = mkdtempSync(join(tmpdir(), 'forkcheck-spin-'))
  try {
    writeFileSync(join(cwd, 'model.pml'), promela)
    await build(io, cwd, options)
    return await search(cwd, options)
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}

async function build(io: Io, cwd: string, { words, maxBytes, signal }: SpinOptions): Promise<void> {
  const compiler = io.env.CC || 'gcc'
  const vector = Math.max(USUAL_VECTOR, 4 * words + ADDED_BYTES)
  const limits = [
    `-DVECTORSZ=${vector}`,
    ...(maxBytes === undefined ? [] : [`-DMEMLIM=${Math.max(1, Math.floor(maxBytes / 2 ** 20))}`]),
  ]
  const flags = ['-w', '-O2', '-fwrapv', '-DSAFETY', '-DNOREDUCE', '-DBFS', ...limits]
  const steps = [
    ['spin', ['-a', 'model.pml'], 'SPIN (https://spinroot.com)'],
    [compiler, [...flags, '-o', 'pan', 'pan.c'], 'a C compiler (CC names another one)'],
  ] as const
  for (const [program, args, what] of steps) {
    const { failed, isMissing, stdout, stderr } = await finished(signal, program, args, { cwd })
    if (isMissing) throw new UsageError(`--engine spin needs ${what}: no program ${program}`)
    if (failed) throw new Error(`${program} on the exported model: ${stderr || stdout}`)
  }
}

async function search(cwd: string, { signal, show }: SpinOptions): Promise<SpinResult> {
  const pan = join(cwd, 'pan')
  const onLine = (line: string) => {
    const states = /^Depth=.* States=\s*([\d.e+]+)/.exec(line)?.[1]
    if (states) show(Number(states))
  }
  const { stdout, stderr } = await finished(signal, pan, ['-n', SMALL_TABLE], { cwd, onLine })
  const number = (pattern: RegExp) => {
    const found = pattern.exec(stdout)?.[1]
    if (found !== undefined) return Number(found)
    throw new Error(`SPIN did not finish: ${(stderr || stdout).slice(-500)}`)
  }
  const isViolated = number(/errors: (\d+)/) > 0
  return {
    version: /\(Spin Version ([\d.]+)/.exec(stdout)?.[1] ?? 'of unknown version',
    states: number(/(\d+) states, stored/),
    transitions: number(/(\d+) transitions/),
    depth: number(/depth reached (\d+)/),
    megabytes: number(/([\d.]+)\s+total actual memory usage/),
    isComplete: isViolated || !/not completed|out of memory|MEMLIM/i.test(stdout),
    errorPath: isViolated ? await errorPath(pan, cwd, signal) : null,
  }
}

/** SPIN runs the path that it wrote down again, and names the line of each step. */
async function errorPath(pan: string, cwd: string, signal: AbortSignal): Promise<number[]> {
  const { stdout } = await finished(signal, pan, ['-C'], { cwd })
  return [...stdout.matchAll(/^\d+: .*\[D_STEP(\d+)\]$/gm)].map(([, line]) => Number(line))
}
