/** Options are looked at before a search begins: what is misspelt or of another kind is refused. */
import type { CompileOptions } from '../rules/model-reader.js'
import type { FindingOptions } from './findings.js'
import type { Workers } from './parallel/workers.js'

export interface SearchOptions extends CompileOptions, FindingOptions {
  /** Stop, incomplete, once this many distinct states are known. */
  readonly maxStates?: number
  /** Stop, incomplete, before states and steps take more bytes than this. */
  readonly maxBytes?: number
  /** Do not expand states at this distance from the initial ones; incomplete if there are any. */
  readonly maxDepth?: number
  /** Keep all steps, for `Search.graph`. They are kept anyway where `eventually` needs them. */
  readonly graph?: boolean
  /** Compute `CheckResult.digest`. */
  readonly digest?: boolean
  /**
   * Threads that help once states are many. The result is the same without them. They do not help
   * with the state graph, with rules that run interpreted, and with a search up to `maxStates`.
   */
  readonly workers?: Workers
  /**
   * Above this number of states their predecessors are no longer stored, if the state graph is not
   * asked for. Default: `TRACED_STATES`.
   */
  readonly tracedStates?: number
}

/** The allowed values of an option. */
interface Allowed {
  readonly is: (value: unknown) => boolean
  readonly says: string
}

const FLAG: Allowed = { is: (value) => typeof value === 'boolean', says: 'true or false' }
const NAMES: Allowed = {
  is: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
  says: 'a list of names',
}
const THREADS: Allowed = {
  is: (value) => typeof value === 'object' || value === undefined,
  says: 'threads of forkcheck/threads',
}
const from = (least: number): Allowed => ({
  is: (value) => typeof value === 'number' && value >= least,
  says: `a number of ${least} or more`,
})
const oneOf = (...words: readonly string[]): Allowed => ({
  is: (value) => words.includes(value as string),
  says: words.join(' or '),
})

const OPTIONS: Readonly<Record<keyof SearchOptions, Allowed>> = {
  properties: NAMES,
  continue: FLAG,
  witnesses: NAMES,
  maxStates: from(1),
  maxBytes: from(1),
  maxDepth: from(0),
  graph: FLAG,
  digest: FLAG,
  workers: THREADS,
  tracedStates: from(0),
  execution: oneOf('compiled', 'interpreted'),
  keepDead: FLAG,
  commonStates: from(0),
}

/** @throws Error on an option that does not exist, or is of another kind: it would be ignored. */
export function refuseWrongOptions(options: SearchOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, name))
      throw new Error(`unknown option ${name}: known are ${Object.keys(OPTIONS).join(', ')}`)
    const { is, says } = OPTIONS[name as keyof SearchOptions]
    if (value !== undefined && !is(value))
      throw new Error(`option ${name} ${shown(value)}: must be ${says}`)
  }
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value)
}
