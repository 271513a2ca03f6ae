/** The output of `prove`. */

import type { AbstractCounterexample, ProofResult } from '../proof/prove.js'
import { NOT_COVERED, operationsText } from '../proof/report.js'
import type { SimulationResult } from '../proof/simulation.js'
import { type Origins, replayCommand } from '../runs/commands.js'
import type { ToSave } from './files.js'
import { colorsFor, type Io } from './io.js'
import { storyOfFound, toSave } from './show.js'
import { table } from './table.js'

/** Prints all but the last line. @param file where a concrete counterexample was saved. */
export function printProof(
  io: Io,
  result: ProofResult,
  file: string | null,
  origins: Origins,
): void {
  const { question, positions, counterexample, simulations, environment } = result
  const out = (text: string) => io.stdout.write(`${text}\n`)
  const colors = colorsFor(io.stdout, io.env)
  const kind = question.mutant?.repairs ? 'repaired:' : 'mutant'
  const mutant = question.mutant ? `, ${kind} ${question.mutant.name}` : ''
  out(colors.bold(`${question.system.name}${mutant}: one page table, all others as environment`))
  const numbers = ['states', 'transitions', 'depth', 'seconds']
  const rows = positions.map(({ position, verdict, limit, ...run }) => [
    position,
    limit === null || verdict === 'violated' ? verdict : `${verdict} (${limit})`,
    run.states.toLocaleString('en'),
    run.transitions.toLocaleString('en'),
    String(run.depth),
    run.seconds.toFixed(2),
  ])
  io.stdout.write(table(['position', 'verdict', ...numbers], rows, numbers))
  out('')
  if (counterexample) printCounterexample(io, counterexample, file, origins)
  if (simulations.length > 0) {
    out(`environment  ${environmentText(environment)}`)
    for (const simulation of simulations) out(`abstraction  ${simulationText(simulation)}`)
    for (const { mismatches } of simulations)
      for (const { tables, slot, step, why } of mismatches)
        out(`  ${step}, seen from table ${slot} of ${tables}: ${why}`)
  }
  out(`operations   ${operationsText(question)}`)
  out(`not covered  ${NOT_COVERED.join('; ')}`)
}

function environmentText(fired: Readonly<Record<string, number>>): string {
  const names = Object.entries(fired)
  const never = names.filter(([, times]) => times === 0).map(([name]) => name)
  const taken = `${names.length - never.length} of ${names.length} rules were taken`
  return never.length > 0 ? `${taken}; never: ${never.join(', ')}` : taken
}

/** One line on a check of the abstraction. */
function simulationText({ tables, whole, seed, ...run }: SimulationResult): string {
  const number = (count: number) => count.toLocaleString('en')
  const how = whole ? 'all' : seed === null ? 'the first' : `random walks, seed ${seed}:`
  const size = `${tables} ${tables === 1 ? 'table' : 'tables'}`
  const steps = `${how} ${number(run.states)} states, ${number(run.steps)} steps`
  const bad = run.mismatches.length
  const fit =
    bad === 0 ? 'each is a path of the abstract model' : `${bad} kinds of steps do not fit`
  return `${size}: ${steps}, seen from every table: ${fit}`
}

function printCounterexample(
  io: Io,
  { position, property, explanation, schedule, environment, near }: AbstractCounterexample,
  file: string | null,
  origins: Origins,
): void {
  const out = (text: string) => io.stdout.write(`${text}\n`)
  out(`abstract counterexample, position ${position}: ${property}: ${explanation}`)
  out(`  ${schedule.join(' ')}`)
  const { found, whole, part } = near
  if (found) {
    out(`it is real: ${found.tables} page ${found.tables === 1 ? 'table is' : 'tables are'} enough`)
    const { setup } = found
    const footer = file ? ([['replay', replayCommand(file, origins)]] as const) : []
    if (setup) {
      io.stdout.write(`\n${storyOfFound(io, { ...found, setup }, found.counterexample, footer)}`)
    } else out(`  ${found.counterexample.trace.schedule.join(' ')}`)
  } else {
    const seen = [
      ...(whole.length > 0 ? [`all states with ${whole.join(', ')} tables`] : []),
      ...(part.length > 0 ? [`a part of the states with ${part.join(', ')}`] : []),
    ]
    out(`it may be spurious: no concrete run does it (${seen.join('; ')} were searched)`)
    const rules = environment.length > 0 ? environment.join(', ') : 'none'
    out(`  environment that it relies on, one of which would have to be stricter: ${rules}`)
  }
  out('')
}

/** The concrete counterexample that is to be saved, if there is one and a folder. */
export function realToSave(
  directory: string | undefined,
  { counterexample }: ProofResult,
  origins: Origins,
): ToSave | null {
  const found = counterexample?.near.found
  if (!found?.setup) return null
  const { setup, model, counterexample: violation } = found
  return toSave(directory, { setup, model, counterexamples: [violation] }, origins)[0] ?? null
}
