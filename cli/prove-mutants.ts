/** `forkcheck prove --mutants`: no mutant is proved, unless the bounds exclude its parts. */
import { mutants } from '../model/index.js'
import type { Mutant } from '../model/mutant.js'
import type { Question } from '../proof/models.js'
import { needsBeyond } from '../proof/mutants.js'
import type { ProofResult } from '../proof/prove.js'
import { scenarioNamed } from '../runs/fork-machine/names.js'
import { colorsFor, type Io } from './io.js'
import { table } from './table.js'

/** The result for one mutant. */
export interface ProvedMutant {
  readonly name: string
  /** `refuted` with a concrete run; `open` with an abstract one only, or where a limit was hit. */
  readonly verdict: 'refuted' | 'open' | 'not refuted'
  readonly property: string | null
  /** Page tables of the concrete run. */
  readonly tables: number | null
  /** Parts of its scenario that the bounds exclude. */
  readonly needs: readonly string[]
  readonly reason: string | null
}

/**
 * Tries to prove every registered mutant of a system.
 * @param drive makes one proof.
 * @param isOver is asked before each one.
 */
export async function proveMutants(
  question: Question,
  drive: (question: Question) => Promise<ProofResult>,
  isOver: () => boolean,
): Promise<{ readonly done: readonly ProvedMutant[]; readonly left: number }> {
  const chosen = mutants.filter(({ system }) => system === question.system.name)
  const done: ProvedMutant[] = []
  for (const mutant of chosen) {
    if (isOver()) break
    const result = await drive({ ...question, mutant })
    if (isOver() && result.verdict === 'incomplete') break
    done.push(lineOf(question, mutant, result))
  }
  return { done, left: chosen.length - done.length }
}

function lineOf(question: Question, mutant: Mutant, result: ProofResult): ProvedMutant {
  const { verdict, counterexample, reason } = result
  return {
    name: mutant.name,
    verdict: verdict === 'violated' ? 'refuted' : verdict === 'proved' ? 'not refuted' : 'open',
    property: counterexample?.property ?? null,
    tables: counterexample?.near.found?.tables ?? null,
    needs: needsBeyond(question, mutant, scenarioNamed(mutant.scenario)),
    reason,
  }
}

/** Is it said of every mutant why it is not proved? */
export function isExplained({ verdict, needs }: ProvedMutant): boolean {
  return verdict === 'refuted' || needs.length > 0
}

export function printMutants(io: Io, done: readonly ProvedMutant[], left: number): void {
  const colors = colorsFor(io.stdout, io.env)
  const rows = done.map((line) => [
    line.name,
    isExplained(line) ? line.verdict : colors.red(`${line.verdict}, NOT EXPLAINED`),
    line.property ?? '-',
    String(line.tables ?? '-'),
    line.verdict === 'refuted' ? '' : line.needs.join('; ') || (line.reason ?? ''),
  ])
  io.stdout.write(table(['mutant', '', 'by property', 'tables', 'needs'], rows, ['tables']))
  const refuted = done.filter(({ verdict }) => verdict === 'refuted').length
  const explained = done.filter(isExplained).length - refuted
  const open = left > 0 ? `, ${left} not tried` : ''
  io.stdout.write(
    `\n${refuted} of ${done.length} mutants refuted, ${explained} need what the bounds exclude${open}\n`,
  )
}
