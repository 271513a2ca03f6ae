/**
 * Looks at every property in every standard scenario of every system (some minutes), and keeps the
 * verdicts for the comparison: `node dist/tools/docs/verdicts.js`. With `--check` it writes
 * nothing, and fails where the kept ones are not those that it finds.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Scenario, scenarios, systems } from '../../model/index.js'
import { type Verdict, Verdicts } from '../../runs/compare/verdicts.js'
import { root } from './files.js'

/** States of one scenario: all standard ones have fewer. */
const MOST_STATES = 5_000_000

/** The verdicts on all properties, looked at in some scenarios. */
export function verdictsIn(among: readonly Scenario[]): Verdict[] {
  return systems.flatMap((system) => {
    const verdicts = new Verdicts(system)
    for (const scenario of among) verdicts.look(scenario, MOST_STATES)
    return verdicts.rows()
  })
}

if (process.argv[1]?.endsWith('verdicts.js')) {
  const rows = verdictsIn(scenarios).map((row) => JSON.stringify(row))
  const text = `[\n${rows.join(',\n')}\n]\n`
  const file = join(root, 'tools/docs/verdicts.json')
  if (process.argv[2] !== '--check') writeFileSync(file, text)
  else if (readFileSync(file, 'utf8') !== text) {
    const known = readFileSync(file, 'utf8').split('\n')
    for (const line of text.split('\n')) if (!known.includes(line)) console.error(`now ${line}`)
    console.error('tools/docs/verdicts.json is out of date: node dist/tools/docs/verdicts.js')
    process.exitCode = 1
  }
}
