/** Output of simulations: coverage, also where no violation was found. */

import type { Counterexample } from '../checker/model.js'
import { type Origins, replayCommand, setupCommand } from '../runs/commands.js'
import type { CounterexampleFile } from '../runs/counterexample.js'
import { leadingOf } from '../runs/leading.js'
import { setupParts } from '../runs/run.js'
import { switchesOf } from '../runs/schedule.js'
import type { Shrunk } from '../runs/shrink/shrink.js'
import type { Simulated, SimulatedRun, SimulationSettings } from '../runs/simulation.js'
import type { Setup } from '../runs/subject.js'
import { type Colors, colorsFor, type Io } from './io.js'
import { storyOfFound } from './show.js'
import { shrinkFooter, shrinkNumbers } from './shrink-text.js'
import { table } from './table.js'

/** More rules than this are not named in a line. */
const NAMED = 12

/** No walk of a standard scenario is as long. */
export const MAX_STEPS = 10_000

/** A simulation, what it found made small, and where that was saved. */
export interface Told {
  readonly simulated: Simulated
  readonly shrunk: Shrunk | null
  readonly file: CounterexampleFile | null
  /** The name of the file it was saved in, or null. */
  readonly saved: string | null
}

/** The document of `simulate --json`. */
export function simulationDocument(
  version: string,
  settings: SimulationSettings,
  done: readonly Told[],
  notStarted: readonly Setup[],
): object {
  const { strategy, depth, preemptions, seed, runs, maxSteps, maxStates } = settings
  const isSearch = strategy === 'fewest-preemptions'
  const limits = isSearch
    ? { preemptions: finite(preemptions), maxStates }
    : { seed: hexadecimal(seed), runs: finite(runs), firstRun: settings.firstRun, maxSteps }
  return {
    format: 1,
    version,
    settings: { strategy, ...(strategy === 'pct' ? { depth } : {}), ...limits },
    simulations: done.map(({ simulated: { run, setup, found }, shrunk, file, saved }) => ({
      ...run,
      counterexample: found && violation(shrunk ? shrunk.fewestSteps : found),
      raw: found && violation(found),
      shrunk: found && shrunk && shrinkNumbers({ ...setup, ...found.trace }, shrunk),
      file,
      saved,
    })),
    ...(notStarted.length > 0 ? { notStarted: notStarted.map(setupParts) } : {}),
  }
}

function violation({ property, explanation, trace: { schedule } }: Counterexample<unknown>) {
  const [steps, switches] = [schedule.length, switchesOf(schedule)]
  return { property, explanation, steps, switches, schedule }
}

/** One table for each system, then what was never seen. */
export function printSimulations(
  io: Io,
  done: readonly Simulated[],
  settings: SimulationSettings,
): void {
  const colors = colorsFor(io.stdout, io.env)
  const titleOf = ({ run }: Simulated) => run.system + (run.mutant ? `, mutant ${run.mutant}` : '')
  for (const title of new Set(done.map(titleOf))) {
    const runs = done.filter((one) => titleOf(one) === title).map(({ run }) => run)
    io.stdout.write(`${colors.bold(title)}   ${howOf(settings)}\n${simulationTable(runs, colors)}`)
    const rules = [...new Set(runs.flatMap(({ fired }) => Object.keys(fired)))]
    const never = rules.filter((rule) => runs.every(({ fired }) => !fired[rule]))
    const named = never.length > NAMED ? `${never.length} rules, named by --json` : never.join(', ')
    io.stdout.write(`${never.length > 0 ? `never taken  ${named}\n` : ''}\n`)
  }
  for (const { run, setup } of done) {
    const missing = (setup.scenario.reaches ?? []).filter((name) => run.reached[name] === 0)
    if (run.verdict !== 'violated' && missing.length > 0)
      io.stdout.write(
        `not reached  ${missing.join(', ')} (${run.system}, scenario ${run.scenario})\n`,
      )
  }
  const isLive = done.some(({ model }) => model.properties.some((p) => p.kind === 'eventually'))
  io.stdout.write(
    footnote(
      done.map(({ run }) => run),
      isLive,
    ),
  )
}

/** The story of what was found, and how to see it again. */
export function printFound(
  io: Io,
  { simulated, shrunk, saved }: Told,
  settings: SimulationSettings,
  origins: Origins,
): void {
  const { found, run, setup } = simulated
  if (!found) return
  const command = setupCommand('simulate', setup, origins)
  const footer: [string, string][] = [
    ...(shrunk ? shrinkFooter({ ...setup, ...found.trace }, shrunk) : []),
    ['again', `${command} ${strategyWords(settings, run.foundInRun)}`],
    ...(saved ? [['replay', replayCommand(saved, origins)] as [string, string]] : []),
  ]
  const { model } = shrunk ?? simulated
  const violation = shrunk?.fewestSteps ?? found
  // Who asks for some properties wants to read about these.
  const told = origins.properties ? violation : leadingOf(model, [violation])
  io.stdout.write(`\n${storyOfFound(io, shrunk ?? simulated, told, footer)}`)
}

/** The options that choose the same schedules again; of walks one only, if it is known. */
export function strategyWords(
  { strategy, depth, seed, maxSteps }: SimulationSettings,
  run: number | null,
): string {
  const words = [`--strategy ${strategy}`]
  if (strategy === 'pct') words.push(`--depth ${depth}`)
  if (run !== null) words.push(`--seed ${hexadecimal(seed)} --run ${run}`)
  if (run !== null && maxSteps !== MAX_STEPS) words.push(`--max-steps ${maxSteps}`)
  return words.join(' ')
}

function simulationTable(runs: readonly SimulatedRun[], colors: Colors): string {
  const isSearch = runs[0].runs === null
  const [amount, length] = isSearch ? ['preemptions', 'steps'] : ['runs', 'longest']
  const numbers = [amount, length, 'states', 'rules', 'situations', 'seconds']
  const rows = runs.map((run) => [
    run.scenario,
    verdictText(run, colors),
    isSearch ? (run.everything ? 'all' : `below ${run.excludedBelow}`) : count(run.runs),
    count(isSearch ? run.steps : run.longest),
    `${isSearch ? '' : '~'}${count(run.distinctStates.count)}`,
    share(run.fired),
    share(run.reached),
    run.seconds.toFixed(2),
  ])
  return table(['scenario', 'verdict', ...numbers], rows, numbers)
}

function verdictText({ verdict, limit }: SimulatedRun, colors: Colors): string {
  if (verdict === 'violated') return colors.red('violated')
  return verdict === 'incomplete' ? colors.yellow(`incomplete (${limit})`) : 'nothing found'
}

/** How the schedules are chosen, in a few words. */
function howOf({ strategy, depth, preemptions, seed, firstRun, runs }: SimulationSettings): string {
  if (strategy === 'fewest-preemptions')
    return `by preemptions${Number.isFinite(preemptions) ? `, up to ${preemptions}` : ''}`
  const kind = strategy === 'pct' ? `priorities, depth ${depth}` : 'random walks'
  return `${kind}, seed ${hexadecimal(seed)}${runs === 1 ? `, run ${firstRun}` : ''}`
}

/** The meaning of the numbers, and its limits. */
function footnote(runs: readonly SimulatedRun[], isLive: boolean): string {
  const seen = runs.filter(({ distinctStates }) => distinctStates.count > 0)
  const methods = [...new Set(seen.map(({ distinctStates: { method } }) => method))]
  const lines = methods.map((method) => `states: ${method}`)
  const cut = runs.reduce((sum, run) => sum + (run.cut ?? 0), 0)
  if (cut > 0) lines.push(`${count(cut)} walks were cut off at --max-steps`)
  if (runs.some(({ verdict, everything }) => verdict !== 'violated' && !everything))
    lines.push(
      'where nothing was found, nothing is proved: forkcheck check sees every interleaving',
    )
  if (isLive) lines.push('what must come about in the end is not looked at: forkcheck check does')
  return lines.map((line) => `${line}\n`).join('')
}

/** How many of the things counted happened at all. */
function share(counts: Readonly<Record<string, number>>): string {
  const all = Object.values(counts)
  return `${all.filter((n) => n > 0).length}/${all.length}`
}

function count(number: number | null): string {
  return number === null ? '-' : number.toLocaleString('en')
}

function finite(number: number): number | null {
  return Number.isFinite(number) ? number : null
}

function hexadecimal(seed: bigint): string {
  return `0x${seed.toString(16)}`
}
