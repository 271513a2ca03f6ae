/** Runs SPIN on exported models. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Model, toPromela } from '../../checker/index.js'

const run = promisify(execFile)

const isThere = (tool: string, flag: string) => spawnSync(tool, [flag]).status === 0

/** Compiles in a tenth of the time: what SPIN generates is long, and runs for a moment. */
export const compiler = isThere('tcc', '-v') ? ['tcc'] : ['gcc', '-O0', '-fwrapv']

/** Why SPIN cannot be run here, or null. */
export function missingTools(): string | null {
  const missing = [isThere('spin', '-V') ? '' : 'spin', isThere(compiler[0], '-v') ? '' : 'gcc']
  const named = missing.filter((tool) => tool !== '')
  return named.length > 0 ? `not installed: ${named.join(', ')}` : null
}

export interface SpinResult {
  readonly errors: number
  /** Of the model, without what the export adds: see checker/rules/print/promela.ts. */
  readonly states: number
  readonly transitions: number
}

/**
 * Explores an exported model depth first, past all errors.
 * @param states how many it has, or more.
 * @throws Error when SPIN did not see everything.
 */
export async function spin<S>(model: Model<S>, states: number): Promise<SpinResult> {
  const found = await spinOn(toPromela(model), states)
  const added = 1 + model.init.length
  return { ...found, states: found.states - 1, transitions: found.transitions - added }
}

/** The same for a text in Promela, with all that is in it. */
export async function spinOn(promela: string, states: number): Promise<SpinResult> {
  const said = await explore(promela, [], ['-c0', `-m${states + 10}`])
  refuseUnlessAllSeen(said)
  const number = (pattern: RegExp) => Number(said.match(pattern)?.[1])
  return {
    errors: number(/errors: (\d+)/),
    states: number(/(\d+) states, stored/),
    transitions: number(/(\d+) transitions/),
  }
}

/**
 * Explores an exported model breadth first, up to the first error.
 * @returns how many steps lead to the error; the one that notices a deadlock is a step too. Null
 *   where there is none.
 */
export async function spinToFirstError<S>(model: Model<S>): Promise<number | null> {
  const said = await explore(toPromela(model), ['-DBFS'], [])
  const depth = said.match(/^pan:1: .*\(at depth (\d+)\)/m)?.[1]
  if (depth !== undefined) return Number(depth)
  refuseUnlessAllSeen(said)
  return null
}

/** What SPIN says of a model. */
async function explore(
  promela: string,
  flags: readonly string[],
  options: readonly string[],
): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), 'forkcheck-spin-'))
  try {
    writeFileSync(join(cwd, 'model.pml'), promela)
    await run('spin', ['-a', 'model.pml'], { cwd })
    const [command, ...asIs] = compiler
    const all = [...asIs, '-w', '-DSAFETY', '-DNOREDUCE', ...flags, '-o', 'pan', 'pan.c']
    await run(command, all, { cwd })
    const { stdout } = await run('./pan', ['-n', '-w18', ...options], { cwd, maxBuffer: 2 ** 26 })
    return stdout
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}

function refuseUnlessAllSeen(said: string): void {
  if (/depth too small|Search not completed|out of memory/i.test(said))
    throw new Error(`SPIN has not seen everything: ${said.slice(-2000)}`)
}
