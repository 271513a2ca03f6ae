/**
 * What the standard suite is known to give: for each system and scenario the size of its state
 * graph and the digest of all its states and steps. Any change of what the model can do shows
 * here. After a change that is meant, `UPDATE_PINNED=1 npx vitest run test/model/suite.test.ts`
 * writes them anew. Beside it stands where everything is met that must not be there in vain.
 */
import { readFileSync, writeFileSync } from 'node:fs'

export interface Pinned {
  readonly states: number
  readonly steps: number
  readonly depth: number
  readonly digest: string
}

/** A scenario, as `system scenario`, by the name of what is met in it. */
type Where = Readonly<Record<string, string>>

/** Rules and hooks by their system, and `properties`: situations and obligations. */
export type Met = Readonly<Record<string, Where>>

const file = new URL('pinned.json', import.meta.url)
const metFile = new URL('met.json', import.meta.url)

/** By `system scenario`. */
export function pinned(): Readonly<Record<string, Pinned>> {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** Writes them anew. */
export function pin(values: Readonly<Record<string, Pinned>>): void {
  const rows = Object.entries(values).map(
    ([k, v]) => `  ${JSON.stringify(k)}: ${JSON.stringify(v)}`,
  )
  writeFileSync(file, `{\n${rows.join(',\n')}\n}\n`)
}

/** Where everything is met. */
export function pinnedMet(): Met {
  return JSON.parse(readFileSync(metFile, 'utf8'))
}

/** Writes that anew. */
export function pinMet(met: Met): void {
  writeFileSync(metFile, `${JSON.stringify(met, null, 2)}\n`)
}
