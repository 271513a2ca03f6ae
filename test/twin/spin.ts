/** Runs SPIN on the Promela twin: translated and compiled once for a scenario, run for each mutant. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Scenario } from '../../model/scenario.js'
import { definitionsOf } from './scenario.js'

const run = promisify(execFile)
const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The numbers of the twin's mutants, by forkcheck's names for them. */
export const mutantNumbers = new Map(
  [...readFileSync(fileOf('mutants.pml'), 'utf8').matchAll(/^#define (\w+) (\d+)$/gm)].map(
    ([, name, number]) => [name.replaceAll('_', '-'), Number(number)],
  ),
)

/** The properties the twin checks, by their numbers; `noDeadlock` is number 0. */
export const propertyNames = new Map([
  [0, 'noDeadlock'],
  ...[...readFileSync(fileOf('properties.pml'), 'utf8').matchAll(/ALWAYS\((\d+), (\w+)\)/g)].map(
    ([, number, name]) => [Number(number), name] as [number, string],
  ),
])

export interface Findings {
  readonly states: number
  readonly transitions: number
  /** In how many states a property does not hold; those that hold everywhere are left out. */
  readonly violated: Readonly<Record<string, number>>
}

export interface Verifier {
  /** Explores all states. @throws Error when SPIN did not see them all. */
  explore(mutant?: string): Promise<Findings>
  remove(): void
}

/** Translates and compiles the twin for a scenario. */
export async function verifierOf(scenario: Scenario): Promise<Verifier> {
  const cwd = mkdtempSync(join(tmpdir(), 'twin-'))
  const text = `${definitionsOf(scenario)}#include "${fileOf('async-fork.pml')}"\n`
  writeFileSync(join(cwd, 'model.pml'), text)
  // With its optimisations SPIN takes variables out of the state that are written and never read.
  await run('spin', ['-o1', '-o2', '-a', 'model.pml'], { cwd })
  const flags = ['-w', '-O0', '-DSAFETY', '-DNOREDUCE', '-DPRINTF']
  await run('gcc', [...flags, '-o', 'pan', 'pan.c'], { cwd })
  return {
    async explore(mutant) {
      const number = mutant === undefined ? 0 : mutantNumbers.get(mutant)
      if (number === undefined) throw new Error(`the twin has no mutant ${mutant}`)
      const env = { ...process.env, MUTANT: String(number) }
      // All errors are counted; the depth is more than there are states.
      const options = ['-c0', '-n', '-m1000000', '-w18']
      const { stdout } = await run('./pan', options, { cwd, env, maxBuffer: 2 ** 26 })
      return findingsIn(stdout)
    },
    remove: () => rmSync(cwd, { recursive: true, force: true }),
  }
}

function findingsIn(output: string): Findings {
  const number = (pattern: RegExp) => {
    const found = output.match(pattern)
    if (!found) throw new Error(`not what SPIN prints at its end: ${output.slice(-2000)}`)
    return Number(found[1])
  }
  if (/depth too small|Search not completed|out of memory/i.test(output))
    throw new Error(`SPIN has not seen everything: ${output.slice(-2000)}`)
  const violated: Record<string, number> = {}
  let violations = 0
  for (const [, which] of output.matchAll(/^violated (\d+)$/gm)) {
    const name = propertyNames.get(Number(which))!
    violated[name] = (violated[name] ?? 0) + 1
    violations++
  }
  if (number(/errors: (\d+)/) !== violations)
    throw new Error(`SPIN's errors are not all accounted for: ${output.slice(-2000)}`)
  return {
    states: number(/(\d+) states, stored/),
    // SPIN counts the initial state as one; the step that reports a violation leads nowhere new.
    transitions: number(/(\d+) transitions/) - 1 - violations,
    violated,
  }
}
