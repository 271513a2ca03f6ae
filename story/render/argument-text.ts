/** An argument as text: the last state, then the steps that led to it. */
import type { Link } from '../argument/argument.js'
import type { Reason } from '../argument/causes.js'
import type { Story, StoryStep } from '../story.js'
import type { Style } from './style.js'

/** Lines for the end of a story, each with what stands before it. */
export function argumentLines(story: Story, style: Style): [label: string, text: string][] {
  const { argument, steps } = story
  if (!argument) return []
  const { standing, chain, waiting, putOff } = argument
  const width = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => text.length))
  const names = width(standing.map(({ name }) => name))
  const values = width(standing.map(({ value }) => value))
  const since = (step: number | null) => (step === null ? 'as at first' : `since ${step}`)
  const lines: [string, string][] = standing.map(({ name, value, since: step }) => [
    'finally',
    `${name.padEnd(names)}  ${value.padEnd(values)}  ${style.dim(since(step))}`,
  ])
  for (const { label, obstacles } of waiting) {
    const why = obstacles.map(reasonText).join(', ') || 'whatever single step is undone'
    lines.push(['waiting', `${label} is not possible, ${why}`])
  }
  for (const { group, after, obstacles } of putOff) {
    const why = obstacles.map(reasonText).join(', ')
    lines.push(['fair', `${group} takes no step in it and cannot after ${after}, ${why}`])
  }
  const labels = width(chain.map(({ step }) => steps[step - 1].label))
  const numbers = String(steps.length).length
  for (const link of chain) {
    const step = steps[link.step - 1]
    const left = `${String(link.step).padStart(numbers)}  ${step.label.padEnd(labels)}`
    const empty = ' '.repeat(left.length)
    for (const [i, text] of linkTexts(link, step, style).entries())
      lines.push(['why', `${i === 0 ? style.strong(left) : empty}  ${text}`])
  }
  return lines.map(([label, text], i) => [i > 0 && lines[i - 1][0] === label ? '' : label, text])
}

/** The values that a step read, its effect, and the step of the sound system there. */
function linkTexts({ changes, reasons, missed }: Link, step: StoryStep, style: Style): string[] {
  const texts = reasons.map((reason) => reasonText(reason))
  for (const { key, name, from, to } of step.changes)
    if (changes.includes(key)) texts.push(`${name}  ${from} ${style.dim('->')} ${to}`)
  if (step.deviation) texts.push(style.note(`<- ${step.deviation}`))
  for (const reason of missed) texts.push(style.note(`   ${reasonText(reason)}`))
  if (texts.length > 0) return texts
  const [first] = step.changes.filter(({ internal }) => !internal)
  return first ? [`${first.name}  ${first.from} ${style.dim('->')} ${first.to}`] : ['']
}

function reasonText({ name, value, since, instead }: Reason): string {
  const other = instead.length > 0 ? `, else ${instead.join(' or ')}` : ''
  return `as ${name} is ${value} since ${since}${other}`
}
