/**
 * Keeps what became of single changes, for docs/single-changes.md:
 * `node dist/tools/docs/single-changes.js FILE...` reads what `forkcheck single-changes --json` has
 * printed, whole or for shards. Reasons why survivors cannot matter stand in explained-changes.json.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { singleChangesPart } from '../../cli/shards/single-changes.js'
import { parsed } from '../../runs/parsed.js'
import { readText, root } from './files.js'

const FILE = 'tools/docs/single-changes.json'
const EXPLAINED = 'tools/docs/explained-changes.json'

export const OWNERS = ['system', 'kernel'] as const
export type Owner = (typeof OWNERS)[number]

/** What is kept of a change. */
export interface KeptChange {
  readonly of: Owner
  readonly name: string
  readonly is: 'caught' | 'same graph' | 'same behaviour' | 'survivor' | 'error'
  /** Where it is caught, or does something else than its original. */
  readonly scenario?: string
}

/** What is kept, by owner and name. */
export const keptChanges = (): readonly KeptChange[] => JSON.parse(readText(FILE))

/** Why a survivor cannot matter, by its name. */
export const explained = (): Readonly<Record<string, string>> => JSON.parse(readText(EXPLAINED))

/** The changes of one document. */
function changesOf(file: string): KeptChange[] {
  const json = JSON.parse(readFileSync(file, 'utf8'))
  const of = OWNERS.find((owner) => owner === json.of)
  if (json.system !== 'async-fork' || !of) throw new Error(`${file}: not of async-fork`)
  const shard = json.shard ?? { positions: [] }
  const { changes } = parsed(singleChangesPart, { ...json, shard }, file, {
    whole: 'is no document of single-changes',
    unknown: (field) => `${field}: is not known`,
    error: Error,
  })
  return changes.map(({ name, is, scenario }) => ({ of, name, is, scenario }))
}

if (process.argv[1]?.endsWith('single-changes.js')) {
  const rows = process.argv.slice(2).flatMap(changesOf)
  const keyOf = ({ of, name }: KeptChange) => `${OWNERS.indexOf(of)} ${name}`
  rows.sort((x, y) => (keyOf(x) < keyOf(y) ? -1 : 1))
  const text = rows.map((row) => JSON.stringify(row)).join(',\n')
  writeFileSync(join(root, FILE), `[\n${text}\n]\n`)
}
