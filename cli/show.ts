/** Output about violations: the story, and the command that shows it again. */
import type { Counterexample, Witness } from '../checker/model.js'
import { checkCommand, type Origins, quoted, replayCommand } from '../runs/commands.js'
import { fileOf } from '../runs/counterexample.js'
import type { Leading } from '../runs/leading.js'
import { failedProperties, type Outcome } from '../runs/run.js'
import { switchesOf } from '../runs/schedule.js'
import type { Shrunk } from '../runs/shrink/shrink.js'
import type { AnyState } from '../runs/subject.js'
import type { Style } from '../story/render/style.js'
import { storyText } from '../story/render/text.js'
import { storyOf } from '../story/story.js'
import { namedIn, type ToSave } from './files.js'
import { colorsFor, type Io } from './io.js'
import { isShorter, shrinkFooter } from './shrink-text.js'

/** The counterexamples of an outcome to save; none without a folder. */
export function toSave(
  directory: string | undefined,
  { setup, model, counterexamples }: Pick<Outcome, 'setup' | 'model' | 'counterexamples'>,
  { mutantFile }: Origins,
  shrunk: Shrunk | null = null,
): ToSave[] {
  if (directory === undefined) return []
  const provenance = { mutantFile: mutantFile && baseName(mutantFile) }
  return counterexamples.map((found, i) => {
    if (i > 0 || !shrunk) return namedIn(directory, fileOf(setup, model, found, provenance))
    const { schedule } = found.trace
    const raw = { rawSteps: schedule.length, rawSwitches: switchesOf(schedule) }
    const { fewestSteps } = shrunk
    const file = fileOf(shrunk.setup, shrunk.model, fewestSteps, { ...provenance, ...raw })
    return namedIn(directory, file)
  })
}

/** The name of a file without the folders it is in. */
export function baseName(path: string): string {
  return path.replace(/^.*[/\\]/, '')
}

interface ShowOptions {
  /** Every step and the whole argument. */
  readonly full?: boolean
  readonly shrunk?: Shrunk | null
  /** The violation to lead with, as it was found and as it is shown. Default: the shortest. */
  readonly lead?: Leading | null
  readonly leading?: Leading | null
}

/** Prints what a violated run found. `files` are those that it will be saved in, if any. */
export function printViolation(
  io: Io,
  outcome: Outcome,
  files: readonly ToSave[],
  origins: Origins,
  { full = false, shrunk = null, lead = null, leading = null }: ShowOptions,
): void {
  const { counterexamples, run } = outcome
  const [shortest, ...others] = counterexamples
  const again = files[0]
    ? replayCommand(files[0].name, origins)
    : checkCommand(outcome.setup, origins)
  const label = files[0] ? 'replay' : 'again'
  const footer: [string, string][] = [[label, again]]
  if (shortest) {
    const told = leading ?? shrunk?.fewestSteps ?? shortest
    const raw = { scenario: outcome.setup.scenario, schedule: (lead ?? shortest).trace.schedule }
    if (shrunk && isShorter(raw, shrunk)) footer.unshift(...shrinkFooter(raw, shrunk).slice(0, 1))
    io.stdout.write(`\n${storyOfFound(io, shrunk ?? outcome, told, footer, full)}`)
  }
  for (const [i, { property, explanation, trace }] of others.entries()) {
    if (property === leading?.property) continue
    const where = files[i + 1] ? `   ${replayCommand(files[i + 1].name, origins)}` : ''
    const steps = trace.schedule.length
    io.stdout.write(`also      ${property} after ${steps} steps: ${explanation}${where}\n`)
  }
  const unreached = failedProperties(run).filter((p) => p.verdict === 'unreached')
  const place = `${run.system}, scenario ${run.scenario}`
  for (const { name, explanation } of unreached)
    io.stdout.write(
      `\nunreached ${name}   ${place}\nbecause   ${explanation}\nagain     ${again}\n`,
    )
}

/** Prints the shortest ways to the situations that were asked for. */
export function printWitnesses(io: Io, outcome: Outcome, origins: Origins): void {
  for (const witness of outcome.witnesses) {
    const again = `${checkCommand(outcome.setup, origins)} --witness ${quoted(witness.property)}`
    io.stdout.write(`\n${storyOfFound(io, outcome, witness, [['again', again]])}`)
  }
}

/** The text of one violation, or of one way to a situation. */
export function storyOfFound(
  io: Io,
  { setup, model }: Pick<Outcome, 'setup' | 'model'>,
  found: Counterexample<AnyState> | Witness<AnyState>,
  footer: readonly (readonly [string, string])[],
  full = false,
): string {
  const story = storyOf(setup, model, found.trace, found)
  return storyText(story, { footer, full, ...dressFor(io) })
}

/** How stories are dressed for where they are printed: on a terminal in its colours and width. */
export function dressFor({ stdout, env }: Io): { style: Style; width?: number } {
  const { red, bold, dim, yellow, blue, magenta, cyan, green } = colorsFor(stdout, env)
  const lanes = [blue, magenta, cyan, green]
  const actor = (text: string, lane: number) => lanes[lane % lanes.length](text)
  const style = { bad: red, strong: bold, dim, note: yellow, actor }
  return stdout.isTTY && stdout.columns ? { style, width: stdout.columns } : { style }
}
