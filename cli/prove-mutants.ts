/** `forkcheck prove --mutants`: no mutant is proved, unless the bounds exclude what it needs. */
import { mutants } from '../model/index.js'
import type { Mutant } from '../model/mutant.js'
import type { Question } from '../proof/models.js'
import { needsBeyond, questionsFor } from '../proof/mutants.js'
import type { ProofLimits, ProofResult } from '../proof/prove.js'
import { scenarioNamed } from '../runs/fork-machine/names.js'
import { colorsFor, type Io } from './io.js'

/** What is looked at of a mutant that the bounds of a proof cover: it must be refuted. */
const WITHIN: ProofLimits = { maxStates: 300_000, nearStates: 20_000, simulated: 100 }

/** The same for one that has need of more. It may be refuted all the same. */
const BEYOND: ProofLimits = { ...WITHIN, maxStates: 20_000, everyPosition: true }

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
 * @param drive makes one proof, within limits that may be changed.
 * @param isOver is asked before each one.
 * @param report is called with each result.
 */
export async function proveMutants(
  question: Question,
  drive: (question: Question, limits: ProofLimits) => Promise<ProofResult>,
  isOver: () => boolean,
  report: (line: ProvedMutant) => void,
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
  drive: (question: Question, limits: ProofLimits) => Promise<ProofResult>,
  isOver: () => boolean,
): Promise<ProvedMutant | null> {
  const scenario = scenarioNamed(mutant.scenario)
  const needs = needsBeyond(mutant, scenario)
  const limits = needs.length > 0 ? BEYOND : WITHIN
  let line: ProvedMutant | null = null
  for (const asked of questionsFor(question, mutant, scenario)) {
    if (isOver()) return null
    const result = await drive(asked, limits)
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

/** One line on a mutant, as soon as it is known. */
export function printMutant(io: Io, line: ProvedMutant): void {
  const { name, verdict, property, tables, needs, reason } = line
  const colors = colorsFor(io.stdout, io.env)
  const said = isExplained(line) ? verdict : colors.red(`${verdict}, NOT EXPLAINED`)
  const by = tables === null ? property : `${property}, ${tables} ${plural(tables)}`
  const why = verdict === 'refuted' ? by : `needs ${needs.join('; ') || `? (${reason})`}`
  io.stdout.write(`${name.padEnd(30)}  ${said.padEnd(11)}  ${boundsText(line)}  ${why}\n`)
}

const plural = (tables: number) => (tables === 1 ? 'table' : 'tables')

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
function boundsText({ bounds: { operations, threads, pagesPerTable } }: ProvedMutant): string {
  const all = [
    operations.join(' '),
    ...(pagesPerTable > 1 ? [`${pagesPerTable} pages a table`] : []),
    ...(threads > 1 ? [`${threads} threads`] : []),
  ]
  return `(${all.join(', ')})`
}
