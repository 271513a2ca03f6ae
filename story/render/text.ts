/** A story as text: one lane for each actor, only what changed, the reason last. */

import type { Change } from '../changes.js'
import { callOf, groupedSteps, leadingKeys, leadingSteps, namesOf } from '../grouping.js'
import { paragraphOf } from '../paragraph.js'
import type { Story, StoryStep } from '../story.js'
import { argumentLines } from './argument-text.js'
import { PLAIN, type Style } from './style.js'
import { widthOf, wrapped } from './wrap.js'

export interface TextOptions {
  /** Show all steps and the whole argument, instead of what can be read in a minute. */
  readonly full?: boolean
  /** The same with registers, observations and where each rule comes from. */
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
  const full = options.full === true || options.all === true
  const ends: [string, string][] = [
    ...(full ? causeLines(story, style) : []),
    ...footer.map(([label, text]): [string, string] => [label, text]),
  ]
  const said = (lines: readonly string[]) => lines.flatMap((line) => wrapped(line, width, SAID))
  const lines = [
    ...said(header(story, style, full)),
    ...(full ? [] : paragraphLines(story, Math.min(width, PARAGRAPH))),
    '',
    ...stepLines(story, options, full),
    '',
    ...said(ends.map(([label, text]) => labelled(label, text))),
  ]
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

/** Columns of the paragraph on a wide terminal, and where there is none. */
const PARAGRAPH = 100

/** The cause in plain English. */
function paragraphLines(story: Story, width: number): string[] {
  const text = paragraphOf(story).join(' ')
  return text === '' ? [] : ['', ...wrapped(labelled('', text), width, SAID)]
}

/** The reason, the last state, and the steps that led to it. */
function causeLines(story: Story, style: Style): [string, string][] {
  const because: [string, string][] =
    story.because === null ? [] : [['because', style.bad(story.because)]]
  return [...because, ...argumentLines(story, style)]
}

function header(story: Story, style: Style, full: boolean): string[] {
  const { steps, switches, mutant, actors } = story
  const size = `${plural(steps.length, 'step')}, ${plural(switches, 'switch', 'switches')}`
  const lines = [
    labelled(story.verdict, `${style.bad(story.property)}   ${size}`),
    labelled('', style.dim(story.says)),
    labelled('system', `${story.system}, scenario ${story.scenario}`),
  ]
  lines.splice(2, 0, ...besideLines(story, style))
  if (mutant) lines.push(labelled('mutant', `${mutant.name}: ${mutant.says}`))
  for (const [lane, { name, program }] of actors.entries())
    if (program.length > 0)
      lines.push(style.actor(name, lane) + labelled(name, program.join(', ')).slice(name.length))
  if (full && hasMarks(story))
    lines.push(labelled('*', style.dim('marks the steps that belong to the cause')))
  return lines
}

/** The discipline beside the promise; or that no promise is broken. */
function besideLines({ earlier, outlook }: Story, style: Style): string[] {
  if (outlook !== null) return [labelled('outlook', outlook)]
  if (!earlier) return []
  const { property, says, step } = earlier
  const where =
    step === null
      ? 'in another order of steps'
      : step === 0
        ? 'from the beginning'
        : `since step ${step}`
  return [labelled('also', `${style.bad(property)}, ${where}`), labelled('', style.dim(says))]
}

/** Are there steps that do not matter for the reason? */
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
  /** `7`, `*7` for a step of the cause beside others, `2-6` for a run of steps. */
  readonly number: string
  readonly actor: string
  readonly lane: number
  readonly call: string
  readonly matters: boolean
  readonly changes: readonly Change[]
  /** Lines below the changes, already in their colours. */
  readonly notes: readonly string[]
}

/** The rows of all steps, or of the cause with all other steps in runs. */
function rowsOf(story: Story, { all = false, style = PLAIN }: TextOptions, full: boolean): Row[] {
  const lanes = new Map(story.actors.map(({ name }, i) => [name, i]))
  const lane = ({ actor }: StoryStep) => lanes.get(actor) ?? 0
  const marks = full && hasMarks(story)
  const leading = leadingSteps(story)
  const keys = leadingKeys(story)
  const causes = new Set(story.argument?.chain.map(({ step }) => step) ?? leading)
  const about = (changes: readonly Change[]) => {
    const telling = changes.filter(({ key }) => keys.has(key))
    return full || telling.length === 0 ? changes : telling
  }
  const single = (step: StoryStep): Row => {
    const isLeading = leading.has(step.number)
    const source =
      step.source &&
      (all ? step.source : full || !causes.has(step.number) ? null : functionIn(step.source))
    return {
      number: `${step.matters && marks ? '*' : ''}${step.number}`,
      actor: step.actor,
      lane: lane(step),
      call: callOf(step),
      matters: full ? step.matters : isLeading,
      changes: full || isLeading ? about(shownChanges(step, all)) : [],
      notes: [
        ...(step.deviation ? [style.note(`<- ${step.deviation}`)] : []),
        ...(source ? [style.dim(`(${source})`)] : []),
      ],
    }
  }
  const run = (group: readonly StoryStep[]): Row => ({
    number: `${group[0].number}-${group[group.length - 1].number}`,
    actor: group[0].actor,
    lane: lane(group[0]),
    call: `${group.length} steps: ${namesOf(group)}`,
    matters: false,
    changes: [],
    notes: [],
  })
  const groups = full ? story.steps.map((step) => [step]) : groupedSteps(story)
  return groups.map((group) => (group.length > 1 ? run(group) : single(group[0])))
}

/** The kernel functions in a rule's source, without the numbers of steps behind them. */
function functionIn(source: string): string {
  return source.replace(/ \([^()]*\)$/, '')
}

/** The steps in the widest layout that fits; in the narrowest one lines are broken. */
function stepLines(story: Story, options: TextOptions, full: boolean): string[] {
  const { style = PLAIN, width: most = Number.POSITIVE_INFINITY } = options
  const rows = rowsOf(story, options, full)
  const fits = (lines: readonly string[]) => lines.every((line) => widthOf(line) <= most)
  let lines: string[][] = []
  for (const layout of LAYOUTS) {
    const laid = rowLines(rows, layout, style)
    lines = laid.rows.map((texts) => texts.flatMap((text) => wrapped(text, most, laid.indent)))
    // The last but one may be broken, where what is broken has half of the width.
    const isEnough = layout === LAYOUTS.at(-2) && laid.indent <= most / 2
    if (isEnough || laid.rows.every(fits)) break
  }
  const { loopStart } = story
  if (loopStart === undefined) return lines.flat()
  const isOver = loopStart === story.steps.length
  const mark = isOver ? 'nothing happens any more' : 'from here on, again and again:'
  const before = rows.filter(
    ({ number }) => Number.parseInt(number.replace('*', ''), 10) <= loopStart,
  )
  const at = before.length
  return [...lines.slice(0, at), [style.note(mark)], ...lines.slice(at)].flat()
}

/** For each row its lines, and where all changes begin. */
function rowLines(
  rows: readonly Row[],
  { lane: gap, aligned, beside }: Layout,
  style: Style,
): { rows: string[][]; indent: number } {
  const width = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length))
  const left = ({ actor, lane, call }: Row) => `${' '.repeat(lane * gap)}${actor}  ${call}`
  const single = rows.filter(({ changes, notes }) => changes.length + notes.length > 0)
  const changes = rows.flatMap((row) => row.changes)
  const numbers = width(rows.map(({ number }) => number)) + 2
  const lefts = width(single.map(left))
  const names = aligned ? width(changes.map(({ name }) => name)) : 0
  const values = aligned ? width(changes.map(({ from }) => from)) : 0
  const indent = beside ? numbers + 2 + lefts + 2 : numbers + 4
  const laid = rows.map((row) => {
    const texts = row.changes.map(
      ({ name, from, to }) =>
        `${name.padEnd(names)}  ${from.padEnd(values)} ${style.dim('->')} ${to}`,
    )
    texts.push(...row.notes)
    const number = row.number.padStart(numbers)
    const call = row.matters ? style.strong(row.call) : style.dim(row.call)
    const head = `${number}  ${' '.repeat(row.lane * gap)}${style.actor(row.actor, row.lane)}  ${call}`
    const below = texts.map((text) => `${' '.repeat(indent)}${text}`)
    if (!beside || texts.length === 0) return [head, ...below]
    const fill = ' '.repeat(lefts - left(row).length + 2)
    return [`${head}${fill}${texts[0]}`, ...below.slice(1)]
  })
  return { rows: laid, indent }
}

/**
 * In an actor's own lane its name need not be said again, where it is about its own registers.
 * Where it goes on from is worth a line only if nothing else happens: the next step says it too.
 */
function shownChanges({ changes, actor }: StoryStep, all: boolean): Change[] {
  const seen = changes.filter((change) => all || !change.internal)
  const ownPlace = `${actor} pc`
  const busy = !all && seen.some((change) => change.name !== ownPlace)
  return seen
    .filter((change) => !busy || change.name !== ownPlace)
    .map((change) =>
      change.isRegister && change.name.startsWith(`${actor} `)
        ? { ...change, name: change.name.slice(actor.length + 1) }
        : change,
    )
}
