/**
 * `node dist/tools/mutation/judge-all.js SYSTEM system|kernel FILE [EVERY] [FIRST]`: judges every
 * systematic mutant of a system and writes what became of each to a file, a line each.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { scenarios, systems } from '../../model/index.js'
import { concerned, judge, type Known, known } from './mutation-verdict.js'
import { systematicMutants } from './systematic.js'

const [name, of, file, most = '300000', every = '1', first = '0'] = process.argv.slice(2)
const system = systems.find((one) => one.name === name)
if (!system || (of !== 'system' && of !== 'kernel')) throw new Error('SYSTEM system|kernel FILE')
const done = new Set(
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).name)
    : [],
)
const all: Known[] = scenarios.flatMap((scenario) => known(scenario, system, Number(most)) ?? [])
console.log('known', all.length)
const mutants = systematicMutants(system, of).filter((_, i) => i % Number(every) === Number(first))
for (const mutant of mutants) {
  if (done.has(mutant.name)) continue
  const began = performance.now()
  const among = concerned(system, mutant, all)
  let line: object
  try {
    line = judge(system, mutant, among)
  } catch (error) {
    line = { is: 'error', why: (error as Error).message }
  }
  const seconds = Math.round(performance.now() - began) / 1000
  appendFileSync(
    file,
    `${JSON.stringify({ name: mutant.name, says: mutant.says, ...line, among: among.length, seconds })}\n`,
  )
}
