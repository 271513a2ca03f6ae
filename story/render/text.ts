/** A story as text: one lane for each actor, only what changed, the reason last. */

import type { Change } from '../changes.js'
import type { Story, StoryStep } from '../story.js'
import { argumentLines } from './argument-text.js'
import { PLAIN, type Style } from './style.js'
import { widthOf, wrapped } from './wrap.js'

export interface TextOptions {
  /** Show registers, observations and where each rule comes from. */
  readonly all?: boolean
  /** Last lines, by what stands before them: `replay` and a command. */
  readonly footer?: readonly (readonly [string, string])[]
  readonly style?: Style
  /** Columns of the terminal: lines that are longer are broken. Default: as long as they are. */
  readonly width?: number
}

/** How steps are laid out: from the widest to the narrowest. */
interface Layout {
  /** Columns between two lanes. */
  readonly lane: number
  /** Are names and values below each other? */
  readonly aligned: boolean
  /** Do changes stand beside the step, or below it? */
  readonly beside: boolean
}

const LAYOUTS: readonly Layout[] = [
  { lane: 8, aligned: true, beside: true },
  { lane: 8, aligned: false, beside: true },
  { lane: 2, aligned: false, beside: true },
  { lane: 2, aligned: false, beside: false },
]

/** Where what is said begins, behind its label. */
const SAID = 10

/** The story as lines of text, the last one ending in a newline. */
export function storyText(story: Story, options: TextOptions = {}): string {
  const { style = PLAIN, footer = [], width = Number.POSITIVE_INFINITY } = options
  const ends: [string, string][] = [
    ...(story.because === null ? [] : [['because', style.bad(story.because)] as [string, string]]),
    ...argumentLines(story, style),
    ...footer.map(([label, text]): [string, string] => [label, text]),
  ]
  const said = (lines: readonly string[]) => lines.flatMap((line) => wrapped(line, width, SAID))
  const lines = [
    ...said(header(story, style)),
    '',
    ...stepLines(story, options),
    '',
    ...said(ends.map(([label, text]) => labelled(label, text))),
  ]
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
  for (const [lane, { name, program }] of actors.entries())
    if (program.length > 0)
      lines.push(style.actor(name, lane) + labelled(name, program.join(', ')).slice(name.length))
  if (hasMarks(story))
    lines.push(labelled('*', style.dim('marks the steps that the reason is about')))
  return lines
}

/** Are there steps that have nothing to do with the reason? */
function hasMarks({ steps }: Story): boolean {
  return steps.some(({ matters }) => !matters)
}

function labelled(label: string, text: string): string {
  return `${label.padEnd(SAID - 1)} ${text}`
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

interface Row {
  readonly step: StoryStep
  readonly lane: number
  readonly call: string
  readonly changes: readonly Change[]
}

/** The steps in the widest layout that fits; in the narrowest one lines are broken. */
function stepLines(story: Story, { all = false, style = PLAIN, width }: TextOptions): string[] {
  const lanes = new Map(story.actors.map(({ name }, i) => [name, i]))
  const rows = story.steps.map((step): Row => {
    const call = step.label.startsWith(`${step.actor}.`)
      ? step.label.slice(step.actor.length + 1)
      : step.label
    return { step, lane: lanes.get(step.actor) ?? 0, call, changes: shownChanges(step, all) }
  })
  const most = width ?? Number.POSITIVE_INFINITY
  const fits = (lines: readonly string[]) => lines.every((line) => widthOf(line) <= most)
  let lines: string[][] = []
  for (const layout of LAYOUTS) {
    const laid = rowLines(rows, layout, { all, marks: hasMarks(story), style })
    lines = laid.rows.map((texts) => texts.flatMap((text) => wrapped(text, most, laid.indent)))
    // The last but one may be broken, where what is broken has half of the width.
    const isEnough = layout === LAYOUTS.at(-2) && laid.indent <= most / 2
    if (isEnough || laid.rows.every(fits)) break
  }
  const { loopStart } = story
  if (loopStart === undefined) return lines.flat()
  const isOver = loopStart === rows.length
  const mark = isOver ? 'nothing happens any more' : 'from here on, again and again:'
  return [...lines.slice(0, loopStart), [style.note(mark)], ...lines.slice(loopStart)].flat()
}

/** For each row its lines, and where all changes begin. */
function rowLines(
  rows: readonly Row[],
  { lane: gap, aligned, beside }: Layout,
  { all, marks, style }: { all: boolean; marks: boolean; style: Style },
): { rows: string[][]; indent: number } {
  const width = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length))
  const left = ({ step, lane, call }: Row) => `${' '.repeat(lane * gap)}${step.actor}  ${call}`
  const changes = rows.flatMap((row) => row.changes)
  const numbers = String(rows.length).length + 3
  const lefts = width(rows.map(left))
  const names = aligned ? width(changes.map(({ name }) => name)) : 0
  const values = aligned ? width(changes.map(({ from }) => from)) : 0
  const indent = beside ? numbers + 2 + lefts + 2 : numbers + 4
  const laid = rows.map((row) => {
    const { step, lane, call } = row
    const texts = row.changes.map(
      ({ name, from, to }) =>
        `${name.padEnd(names)}  ${from.padEnd(values)} ${style.dim('->')} ${to}`,
    )
    if (step.deviation) texts.push(style.note(`<- ${step.deviation}`))
    if (all && step.source) texts.push(style.dim(`(${step.source})`))
    const number = `${step.matters && marks ? '*' : ''}${step.number}`.padStart(numbers)
    const name = step.matters ? style.strong(call) : style.dim(call)
    const head = `${number}  ${' '.repeat(lane * gap)}${style.actor(step.actor, lane)}  ${name}`
    const below = texts.map((text) => `${' '.repeat(indent)}${text}`)
    if (!beside) return [head, ...below]
    const fill = ' '.repeat(lefts - left(row).length + 2)
    return [`${head}${fill}${texts[0] ?? ''}`, ...below.slice(1)]
  })
  return { rows: laid, indent }
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
