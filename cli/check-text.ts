/** What `check` prints: tables, the end line, and what was not looked at. */
import type { Outcome, Run } from '../runs/run.js'
import type { CertificateFile } from './certificate.js'
import type { ToSave } from './files.js'
import { colorsFor, type Io } from './io.js'
import type { Plans } from './plan.js'
import type { Told } from './shortened.js'
import { printViolation } from './show.js'
import { runTable, verdictWord } from './table.js'

/** One table for each system. */
function printTables(io: Io, outcomes: readonly Outcome[]): void {
  const colors = colorsFor(io.stdout, io.env)
  const titleOf = ({ run }: Outcome) => run.system + (run.mutant ? `, mutant ${run.mutant}` : '')
  const titles = [...new Set(outcomes.map(titleOf))]
  for (const [i, title] of titles.entries()) {
    const runs = outcomes.filter((outcome) => titleOf(outcome) === title).map(({ run }) => run)
    io.stdout.write(`${i > 0 ? '\n' : ''}${colors.bold(title)}\n${runTable(runs, colors)}`)
  }
}

/** The end line: what came of all runs, and all that was not looked at. */
export function printTotals(
  io: Io,
  runs: readonly Run[],
  notStarted: number,
  untilViolated: boolean,
): void {
  const words = runs.map(verdictWord)
  const counts = (['holds', 'violated', 'unreached', 'incomplete'] as const).flatMap((word) => {
    const number = words.filter((one) => one === word).length
    return number === 0 ? [] : [`${number} ${word === 'holds' && number > 1 ? 'hold' : word}`]
  })
  if (notStarted > 0) counts.push(`${notStarted} not started`)
  const sum = (number: (run: Run) => number) => runs.reduce((all, run) => all + number(run), 0)
  const states = sum((run) => run.states).toLocaleString('en')
  const seconds = sum((run) => run.seconds).toFixed(2)
  const isPartial = notStarted > 0 || words.includes('incomplete')
  const isViolated = words.includes('violated')
  const how =
    isPartial && untilViolated && isViolated
      ? 'a mutant of your own is caught once, --continue goes on'
      : isPartial
        ? 'NOT everything was seen'
        : isViolated
          ? 'a violation ends a run unless --continue is given'
          : runs.every(({ storage }) => storage === 'exact')
            ? 'every reachable state was seen, no reductions'
            : 'every reachable state was seen that has a fingerprint of its own, no reductions'
  const ends = [how, ...remarksOn(runs)].join('; ')
  io.stdout.write(`\n${counts.join(', ')}: ${states} states in ${seconds} s, ${ends}\n`)
}

/** The remarks on all runs, each once, with the number of its runs where not all have it. */
function remarksOn(runs: readonly Run[]): string[] {
  const all = runs.flatMap(({ remarks }) => remarks)
  return [...new Set(all)].map((remark) => {
    const number = all.filter((one) => one === remark).length
    return number === runs.length ? remark : `${remark} in ${number} of ${runs.length} runs`
  })
}

/** A digest of each run's reachable graph; none when the search was incomplete. */
export function printDigests(io: Io, runs: readonly Run[]): void {
  io.stdout.write('\n')
  for (const { system, scenario, digest } of runs)
    io.stdout.write(
      `digest    ${digest ?? 'not everything was seen'.padEnd(32)}  ${system} ${scenario}\n`,
    )
}

/** Situations the user asked for by name and the scenario does not: not a violation, but news. */
export function printMissing(
  io: Io,
  outcomes: readonly Outcome[],
  wanted: readonly string[],
): void {
  for (const { run } of outcomes)
    for (const { name, verdict, explanation } of run.properties)
      if (wanted.includes(name) && verdict === 'unreached' && !explanation)
        io.stdout.write(`never reached: ${name} (${run.system}, scenario ${run.scenario})\n`)
}

/** Says on stderr that not everything was done. */
export function printInterrupted(io: Io, notStarted: number): void {
  const rest = notStarted > 0 ? `, ${notStarted} checks not started` : ''
  io.stderr.write(`forkcheck: interrupted${rest}\n`)
}

/** The tables of some checks, and the story of each that is violated. */
export function printOutcomes(
  io: Io,
  outcomes: readonly Outcome[],
  told: readonly Told[],
  origins: Plans['origins'],
  saved: readonly (readonly ToSave[])[] = [],
  full = false,
): void {
  printTables(io, outcomes)
  for (const [i, outcome] of outcomes.entries()) {
    const { run, setup } = outcome
    if (run.verdict === 'violated')
      printViolation(io, outcome, saved[i] ?? [], origins(setup), { full, ...told[i] })
  }
}

/** Where the certificates are, and how many runs have none. */
export function printCertified(io: Io, { file, certified }: CertificateFile, runs: number): void {
  const none = certified < runs ? `, none for ${runs - certified}: not everything was seen` : ''
  io.stdout.write(`certificate  ${file}: ${certified} of ${runs} runs${none}\n`)
}
