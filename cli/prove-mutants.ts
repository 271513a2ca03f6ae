/** `forkcheck prove --mutants`: no mutant is proved, unless the bounds exclude what it needs. */
import { mutants } from '../model/index.js'
import type { Mutant } from '../model/mutant.js'
import type { Question } from '../proof/models.js'
import { needsBeyond, questionsFor } from '../proof/mutants.js'
import type { ProofLimits, ProofResult } from '../proof/prove.js'
import { scenarioNamed } from '../runs/fork-machine/names.js'
import { colorsFor, type Io } from './io.js'

/** The smallest bounds are searched in full: a search that is not over explains nothing. */
const SMALLEST: ProofLimits = { maxStates: 2_000_000, nearStates: 60_000, simulated: 50 }

/** Larger ones are searched in part. What is not refuted there may need them. */
const LARGER: ProofLimits = { ...SMALLEST, maxStates: 20_000, everyPosition: true }

/** Said of bounds that were not searched in full. */
const IN_PART = '(seen in part)'

/** The result for one mutant. */
export interface ProvedMutant {
  readonly name: string
  /**
   * `refuted`: the abstract model violates a property. `open`: a limit was hit before that.
   * `not refuted`: it holds in all positions, within the smallest bounds.
   */
  readonly verdict: 'refuted' | 'open' | 'not refuted'
  readonly property: string | null
  /** Page tables of a concrete run that shows it, if one was found near. */
  readonly tables: number | null
  /** The bounds within which it was refuted, or last tried. */
  readonly bounds: Pick<Question, 'operations' | 'threads' | 'pagesPerTable'>
  /** Parts of its scenario that the bounds exclude: it shows there, so one of them is needed. */
  readonly needs: readonly string[]
  readonly reason: string | null
  readonly states: number
}

/**
 * Tries to prove every registered mutant of a system.
 * @param drive makes one proof, within limits that may be changed.
 * @param isOver is asked before each one.
 * @param report is called with each result.
 * @param isWanted which mutants; default: all.
 */
export async function proveMutants(
  question: Question,
  drive: (question: Question, limits: ProofLimits) => Promise<ProofResult>,
  isOver: () => boolean,
  report: (line: ProvedMutant) => void,
  isWanted: (mutant: Mutant) => boolean = () => true,
): Promise<{ readonly done: readonly ProvedMutant[]; readonly left: number }> {
  const chosen = mutants.filter(
    (mutant) => mutant.system === question.system.name && isWanted(mutant),
  )
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
  const [smallest, ...larger] = questionsFor(question, mutant, scenario)
  const result = await drive(smallest, SMALLEST)
  if (isOver() && !result.counterexample) return null
  const needs = [...needsBeyond(mutant, scenario)]
  const line = lineOf(smallest, mutant, needs, result)
  if (line.verdict === 'refuted') return line
  for (const asked of larger) {
    const more = await drive(asked, LARGER)
    if (isOver() && !more.counterexample) return null
    if (more.counterexample) return lineOf(asked, mutant, needs, more)
    if (more.verdict !== 'proved') needs.push(`${boundsBeyond(asked).join(', ')} ${IN_PART}`)
  }
  return { ...line, needs }
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
export function isExplained({ verdict, needs }: Pick<ProvedMutant, 'verdict' | 'needs'>): boolean {
  if (verdict === 'refuted') return true
  return verdict === 'not refuted' && needs.some((need) => !need.endsWith(IN_PART))
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
export function summaryOf(
  done: readonly Pick<ProvedMutant, 'verdict' | 'tables' | 'needs'>[],
  left: number,
): string {
  const refuted = done.filter(({ verdict }) => verdict === 'refuted')
  const real = refuted.filter(({ tables }) => tables !== null).length
  const rest = done.filter(({ verdict }) => verdict !== 'refuted')
  const explained = rest.filter((line) => isExplained(line)).length
  return [
    `${refuted.length} of ${done.length} mutants refuted, ${real} of them by a concrete run too`,
    `${explained} need what the bounds exclude`,
    ...(explained < rest.length ? [`${rest.length - explained} NOT EXPLAINED`] : []),
    ...(left > 0 ? [`${left} not tried`] : []),
  ].join(', ')
}

function boundsText({ bounds }: ProvedMutant): string {
  return `(${boundsList(bounds).join(', ')})`
}

/** Operations, and what differs from one page a table and one thread. */
export const boundsList = (bounds: ProvedMutant['bounds']): string[] => [
  bounds.operations.join(' '),
  ...boundsBeyond(bounds),
]

const boundsBeyond = ({ pagesPerTable, threads }: ProvedMutant['bounds']): string[] => [
  ...(pagesPerTable > 1 ? [`${pagesPerTable} pages a table`] : []),
  ...(threads > 1 ? [`${threads} threads`] : []),
]
