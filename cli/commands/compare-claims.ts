/** `forkcheck compare --claims`: what articles say about snapshots, asked of the model. */
import { setImmediate } from 'node:timers/promises'
import { systems } from '../../model/index.js'
import { type ClaimRow, claimRow, claims, systemsOf, totalText } from '../../runs/compare/claims.js'
import { TOTALS } from '../../runs/compare/totals.js'
import { systemNamed } from '../../runs/fork-machine/names.js'
import { EXIT, UsageError } from '../errors.js'
import { type Io, printJson } from '../io.js'
import { packageVersion } from '../package.js'
import { table } from '../table.js'
import { type CompareOwnOptions, interruptedBeforeEnd } from './compare-own.js'

/** Options of `compare` that say nothing about claims. */
const OTHERS = ['operation', 'pmds', 'properties', 'scenario', 'maxStates', 'svg', 'html'] as const

export interface ClaimsOptions extends CompareOwnOptions {
  readonly pmds?: number
  readonly properties?: boolean
}

export async function compareClaims(io: Io, options: ClaimsOptions): Promise<number> {
  for (const other of OTHERS)
    if (options[other] !== undefined)
      throw new UsageError(
        `--claims: beside it --system and --json are allowed, not --${other === 'maxStates' ? 'max-states' : other}`,
      )
  const chosen = options.system?.map(systemNamed) ?? systems
  const rows: ClaimRow[] = []
  for (const claim of claims) {
    const own: ClaimRow[] = []
    for (const { name } of systemsOf(claim, chosen)) {
      // An interrupt is noticed between two rows.
      await setImmediate()
      if (io.signal.aborted) return interruptedBeforeEnd(io)
      own.push(claimRow(claim, name))
    }
    rows.push(...own)
    if (own.length === 0 || options.json) continue
    const values = claim.values.map(String)
    const lines = own.map((row) => [row.system, ...row.values.map(totalText)])
    io.stdout.write(
      `${claim.name}: ${claim.says}\n${TOTALS[claim.total]}, at worst; across: ${claim.along}\n` +
        `${table(['system', ...values], lines, values)}${claim.answer}\n\n`,
    )
  }
  if (options.json) {
    const finite = rows.map((row) => ({
      ...row,
      values: row.values.map((value) => (Number.isFinite(value) ? value : null)),
    }))
    printJson(io, { format: 1, version: packageVersion(), claims, rows: finite })
  }
  return EXIT.ok
}
