/** A story as text: one lane for each actor, only what changed, the reason last. */
import { argumentLines } from './argument-text.js'
import type { Change } from './changes.js'
import type { Story, StoryStep } from './story.js'

/** How parts of the text are set off; each function gets a part and returns it, dressed. */
export interface Style {
  /** The name of the property, and the reason. */
  readonly bad: (text: string) => string
  /** What a step is called. */
  readonly strong: (text: string) => string
  readonly dim: (text: string) => string
  /** Where a mutant does something else than its system. */
  readonly note: (text: string) => string
}

/** No colours. */
export const PLAIN: Style = { bad: (x) => x, strong: (x) => x, dim: (x) => x, note: (x) => x }

export interface TextOptions {
  /** Show registers, observations and where each rule comes from. */
  readonly all?: boolean
  /** Last lines, by what stands before them: `replay` and a command. */
  readonly footer?: readonly (readonly [string, string])[]
  readonly style?: Style
}

/** Columns between two lanes. */
const LANE = 8

/** The story as lines of text, the last one ending in a newline. */
export function storyText(story: Story, options: TextOptions = {}): string {
  const { style = PLAIN, all = false, footer = [] } = options
  const lines = [...header(story, style), '', ...stepLines(story, all, style), '']
  if (story.because !== null) lines.push(labelled('because', style.bad(story.because)))
  for (const [label, text] of argumentLines(story, style)) lines.push(labelled(label, text))
  for (const [label, text] of footer) lines.push(labelled(label, text))
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

function header(story: Story, style: Style): string[] {
  const { steps, switches, mutant, actors } = story
  const size = `${plural(steps.length, 'step')}, ${plural(switches, 'switch', 'switches')}`
  const lines = [
    labelled(story.verdict, `${style.bad(story.property)}   ${size}`),
    labelled('', style.dim(story.says)),
    labelled('system', `${story.system}, scenario ${story.scenario}`),
  ]
  if (mutant) lines.push(labelled('mutant', `${mutant.name}: ${mutant.says}`))
  for (const { name, program } of actors)
    if (program.length > 0) lines.push(labelled(name, program.join(', ')))
  if (hasMarks(story))
    lines.push(labelled('*', style.dim('marks the steps that the reason is about')))
  return lines
}

/** Are there steps that have nothing to do with the reason? */
function hasMarks({ steps }: Story): boolean {
  return steps.some(({ matters }) => !matters)
}

function labelled(label: string, text: string): string {
  return `${label.padEnd(9)} ${text}`
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

interface Row {
  readonly step: StoryStep
  /** Where and who: the lane's indent, the actor and its step. */
  readonly left: string
  readonly indent: string
  readonly call: string
  readonly changes: readonly Change[]
}

function stepLines(story: Story, all: boolean, style: Style): string[] {
  const lanes = new Map(story.actors.map(({ name }, i) => [name, i]))
  const rows = story.steps.map((step): Row => {
    const indent = ' '.repeat((lanes.get(step.actor) ?? 0) * LANE)
    const call = step.label.startsWith(`${step.actor}.`)
      ? step.label.slice(step.actor.length + 1)
      : step.label
    const changes = shownChanges(step, all)
    return { step, left: `${indent}${step.actor}  ${call}`, indent, call, changes }
  })
  const width = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length))
  const columns = {
    number: String(rows.length).length + 3,
    left: width(rows.map((row) => row.left)),
    name: width(rows.flatMap((row) => row.changes.map((change) => change.name))),
    from: width(rows.flatMap((row) => row.changes.map((change) => change.from))),
  }
  const marks = hasMarks(story)
  const lines = rows.map((row) => rowLines(row, columns, { all, marks, style }))
  const { loopStart } = story
  if (loopStart === undefined) return lines.flat()
  const isOver = loopStart === rows.length
  const mark = isOver ? 'nothing happens any more' : 'from here on, again and again:'
  return [...lines.slice(0, loopStart), [style.note(mark)], ...lines.slice(loopStart)].flat()
}

function rowLines(
  { step, left, indent, call, changes }: Row,
  columns: { number: number; left: number; name: number; from: number },
  { all, marks, style }: { all: boolean; marks: boolean; style: Style },
): string[] {
  const texts = changes.map(
    ({ name, from, to }) =>
      `${name.padEnd(columns.name)}  ${from.padEnd(columns.from)} ${style.dim('->')} ${to}`,
  )
  if (step.deviation) texts.push(style.note(`<- ${step.deviation}`))
  if (all && step.source) texts.push(style.dim(`(${step.source})`))
  if (texts.length === 0) texts.push('')
  return texts.map((text, i) => {
    if (i > 0) return `${' '.repeat(columns.number + 2 + columns.left)}  ${text}`
    const fill = ' '.repeat(columns.left - left.length)
    const number = `${step.matters && marks ? '*' : ''}${step.number}`.padStart(columns.number)
    const name = step.matters ? style.strong(call) : style.dim(call)
    return `${number}  ${indent}${style.dim(step.actor)}  ${name}${fill}  ${text}`
  })
}

/**
 * In an actor's own lane its name need not be said again, where it is about its own registers.
 * Where it goes on from is worth a line only if nothing else happens: the next step says it too.
 */
function shownChanges({ changes, actor }: StoryStep, all: boolean): Change[] {
  const seen = changes.filter((change) => all || !change.aside)
  const ownPlace = `${actor} pc`
  const busy = !all && seen.some((change) => change.name !== ownPlace)
  return seen
    .filter((change) => !busy || change.name !== ownPlace)
    .map((change) =>
      change.fields[0].startsWith('thread[') && change.name.startsWith(`${actor} `)
        ? { ...change, name: change.name.slice(actor.length + 1) }
        : change,
    )
}
