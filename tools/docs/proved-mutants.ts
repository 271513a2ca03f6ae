/**
 * Tries to prove every mutant of Async-fork (some minutes), and keeps what came of it for
 * docs/proof.md: `node dist/tools/docs/proved-mutants.js`. With `--check` it writes nothing, and fails
 * where what is kept is not what it finds. With names it tries these only, and keeps the others. It
 * fails, too, where a mutant is not refuted and nothing says why.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isExplained, type ProvedMutant, proveMutants } from '../../cli/prove-mutants.js'
import { mutants } from '../../model/index.js'
import { prove } from '../../proof/prove.js'
import { systemNamed } from '../../runs/fork-machine/names.js'
import { root } from './files.js'

/** What is kept of a mutant. */
export type KeptMutant = Omit<ProvedMutant, 'states' | 'reason'>

const FILE = join(root, 'tools/docs/proved-mutants.json')

/** What is kept. */
export const keptMutants = (): KeptMutant[] => JSON.parse(readFileSync(FILE, 'utf8'))

const driver = { seconds: () => 0, pause: async () => null }

async function look(names: readonly string[]): Promise<KeptMutant[]> {
  const { done } = await proveMutants(
    {
      system: systemNamed('async-fork'),
      threads: 1,
      pagesPerTable: 1,
      operations: ['dontneed'],
      options: {},
    },
    (question, limits) => prove(question, limits, driver),
    () => false,
    (line) => {
      if (!isExplained(line)) process.exitCode = 1
      console.log(`${line.name}: ${line.verdict}${isExplained(line) ? '' : ', NOT EXPLAINED'}`)
    },
    ({ name }) => names.length === 0 || names.includes(name),
  )
  return done.map(({ states, reason, ...kept }) => kept)
}

/** What is kept, with some rows found anew, in the order of the mutants. */
function withFound(found: readonly KeptMutant[]): KeptMutant[] {
  const rows = new Map([...keptMutants(), ...found].map((row) => [row.name, row]))
  return mutants.flatMap(({ name }) => rows.get(name) ?? [])
}

if (process.argv[1]?.endsWith('proved-mutants.js')) {
  const names = process.argv.slice(2).filter((argument) => argument !== '--check')
  const rows = withFound(await look(names)).map((row) => JSON.stringify(row))
  const text = `[\n${rows.join(',\n')}\n]\n`
  if (!process.argv.includes('--check')) writeFileSync(FILE, text)
  else if (readFileSync(FILE, 'utf8') !== text) {
    const known = readFileSync(FILE, 'utf8').split('\n')
    for (const line of text.split('\n')) if (!known.includes(line)) console.error(`now ${line}`)
    console.error(`${FILE} is out of date: node dist/tools/docs/proved-mutants.js`)
    process.exitCode = 1
  }
}
