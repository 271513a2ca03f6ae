/** Runs SPIN on exported models. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Model, toPromela } from '../../checker/index.js'

const run = promisify(execFile)

/** Why SPIN cannot be run here, or null. */
export function missingTools(): string | null {
  const isThere = (tool: string, flag: string) => spawnSync(tool, [flag]).status === 0
  const missing = [isThere('spin', '-V') ? '' : 'spin', isThere('gcc', '--version') ? '' : 'gcc']
  const named = missing.filter((tool) => tool !== '')
  return named.length > 0 ? `not installed: ${named.join(', ')}` : null
}

export interface SpinResult {
  readonly errors: number
  /** Of the model, without what the export adds: see checker/promela.ts. */
  readonly states: number
  readonly transitions: number
}

/**
 * Explores an exported model, past all errors.
 * @throws Error when SPIN did not see everything.
 */
export async function spin<S>(model: Model<S>): Promise<SpinResult> {
  const cwd = mkdtempSync(join(tmpdir(), 'forkcheck-spin-'))
  try {
    writeFileSync(join(cwd, 'model.pml'), toPromela(model))
    await run('spin', ['-a', 'model.pml'], { cwd })
    const flags = ['-w', '-O0', '-fwrapv', '-DSAFETY', '-DNOREDUCE']
    await run('gcc', [...flags, '-o', 'pan', 'pan.c'], { cwd })
    const options = ['-c0', '-n', '-m1000000', '-w18']
    const { stdout } = await run('./pan', options, { cwd, maxBuffer: 2 ** 26 })
    const number = (pattern: RegExp) => Number(stdout.match(pattern)?.[1])
    if (/depth too small|Search not completed|out of memory/i.test(stdout))
      throw new Error(`SPIN has not seen everything: ${stdout.slice(-2000)}`)
    return {
      errors: number(/errors: (\d+)/),
      states: number(/(\d+) states, stored/) - 1,
      transitions: number(/(\d+) transitions/) - 1 - model.init.length,
    }
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}
