/** Runs TLC on exported models: TLA2TOOLS is the path of tla2tools.jar. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TlaModule } from '../../checker/index.js'

export const tla2tools = process.env.TLA2TOOLS ?? null

export interface TlcResult {
  readonly states: number
  readonly generated: number
  readonly depth: number
  /** The invariant or property that TLC stopped at, the text of an `Assert`, or null. */
  readonly error: string | null
}

/** @throws Error when TLC ends in another way than with a verdict. */
export function tlc({
  name,
  module,
  config,
}: Pick<TlaModule, 'name' | 'module' | 'config'>): TlcResult {
  const cwd = mkdtempSync(join(tmpdir(), 'forkcheck-tlc-'))
  try {
    writeFileSync(join(cwd, `${name}.tla`), module)
    writeFileSync(join(cwd, `${name}.cfg`), config)
    const java = ['-Xss64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', tla2tools ?? '']
    const options = ['tlc2.TLC', '-nowarning', `${name}.tla`]
    const { stdout } = spawnSync('java', [...java, ...options], { cwd, encoding: 'utf8' })
    const number = (pattern: RegExp) => Number(stdout.match(pattern)?.[1].replaceAll(',', ''))
    const error =
      stdout.match(/Error: Invariant (\S+) is violated/)?.[1] ??
      stdout.match(/first argument of Assert[^"]*"(.*)"/)?.[1] ??
      stdout.match(/Error: Temporal propert(.*) violated/)?.[1] ??
      null
    if (error === null && !stdout.includes('No error has been found')) throw new Error(stdout)
    return {
      states: number(/([\d,]+) distinct states found, 0 states left/),
      generated: number(/([\d,]+) states generated, [\d,]+ distinct states found, 0 states left/),
      depth: number(/depth of the complete state graph search is (\d+)/),
      error,
    }
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}
