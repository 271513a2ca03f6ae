/** `forkcheck prove --mutants`: no mutant is proved, unless the bounds exclude what it needs. */
import { mutants } from '../model/index.js'
import type { Mutant } from '../model/mutant.js'
import type { Question } from '../proof/models.js'
import { needsBeyond, questionsFor } from '../proof/mutants.js'
import type { ProofResult } from '../proof/prove.js'
import { scenarioNamed } from '../runs/fork-machine/names.js'
import { colorsFor, type Io } from './io.js'
import { table } from './table.js'

/** The result for one mutant. */
export interface ProvedMutant {
  readonly name: string
  /**
   * `refuted`: the abstract model violates a property. `open`: a limit was hit before that.
   * `not refuted`: it holds in all positions.
   */
  readonly verdict: 'refuted' | 'open' | 'not refuted'
  readonly property: string | null
  /** Page tables of a concrete run that shows it, if one was found near. */
  readonly tables: number | null
  /** The bounds within which it was refuted, or last tried. */
  readonly bounds: Pick<Question, 'operations' | 'threads' | 'pagesPerTable'>
  /** Parts of its scenario that the bounds exclude. */
  readonly needs: readonly string[]
  readonly reason: string | null
  readonly states: number
}

/**
 * Tries to prove every registered mutant of a system.
 * @param drive makes one proof.
 * @param isOver is asked before each one.
 * @param report is called with each result.
 */
export async function proveMutants(
  question: Question,
  drive: (question: Question) => Promise<ProofResult>,
  isOver: () => boolean,
  report: (line: ProvedMutant) => void = () => {},
): Promise<{ readonly done: readonly ProvedMutant[]; readonly left: number }> {
  const chosen = mutants.filter(({ system }) => system === question.system.name)
  const done: ProvedMutant[] = []
  for (const mutant of chosen) {
    const line = await tryMutant(question, mutant, drive, isOver)
    if (line === null) break
    done.push(line)
    report(line)
  }
  return { done, left: chosen.length - done.length }
}

/** Null when time is up before it is decided. */
async function tryMutant(
  question: Question,
  mutant: Mutant,
  drive: (question: Question) => Promise<ProofResult>,
  isOver: () => boolean,
): Promise<ProvedMutant | null> {
  const scenario = scenarioNamed(mutant.scenario)
  const needs = needsBeyond(mutant, scenario)
  let line: ProvedMutant | null = null
  for (const asked of questionsFor(question, mutant, scenario)) {
    if (isOver()) return null
    const result = await drive(asked)
    if (isOver() && !result.counterexample) return null
    line = lineOf(asked, mutant, needs, result)
    if (line.verdict === 'refuted') break
  }
  return line
}

function lineOf(
  { operations, threads, pagesPerTable }: Question,
  { name }: Mutant,
  needs: readonly string[],
  { verdict, counterexample, reason, positions }: ProofResult,
): ProvedMutant {
  return {
    name,
    verdict: counterexample ? 'refuted' : verdict === 'proved' ? 'not refuted' : 'open',
    property: counterexample?.property ?? null,
    tables: counterexample?.near.found?.tables ?? null,
    bounds: { operations, threads, pagesPerTable },
    needs,
    reason: counterexample ? null : reason,
    states: positions.reduce((sum, { states }) => sum + states, 0),
  }
}

/** Is it said of the mutant why it is not proved? */
export function isExplained({ verdict, needs }: ProvedMutant): boolean {
  return verdict === 'refuted' || needs.length > 0
}

export function printMutants(io: Io, done: readonly ProvedMutant[], left: number): void {
  const colors = colorsFor(io.stdout, io.env)
  const rows = done.map((line) => [
    line.name,
    isExplained(line) ? line.verdict : colors.red(`${line.verdict}, NOT EXPLAINED`),
    line.property ?? '-',
    boundsText(line.bounds),
    String(line.tables ?? '-'),
    line.verdict === 'refuted' ? '' : line.needs.join('; ') || (line.reason ?? ''),
  ])
  const head = ['mutant', '', 'by property', 'within', 'tables', 'needs']
  io.stdout.write(table(head, rows, ['tables']))
  io.stdout.write(`\n${summaryOf(done, left)}\n`)
}

/** How many mutants ended how. */
export function summaryOf(done: readonly ProvedMutant[], left: number): string {
  const refuted = done.filter(({ verdict }) => verdict === 'refuted')
  const real = refuted.filter(({ tables }) => tables !== null).length
  const rest = done.filter(({ verdict }) => verdict !== 'refuted')
  const explained = rest.filter(isExplained).length
  return [
    `${refuted.length} of ${done.length} mutants refuted, ${real} of them by a concrete run too`,
    `${explained} need what the bounds exclude`,
    ...(explained < rest.length ? [`${rest.length - explained} NOT EXPLAINED`] : []),
    ...(left > 0 ? [`${left} not tried`] : []),
  ].join(', ')
}

/** Operations, and what differs from one page a table and one thread. */
function boundsText({ operations, threads, pagesPerTable }: ProvedMutant['bounds']): string {
  return [
    operations.join(' '),
    ...(pagesPerTable > 1 ? [`${pagesPerTable} pages a table`] : []),
    ...(threads > 1 ? [`${threads} threads`] : []),
  ].join(', ')
}
