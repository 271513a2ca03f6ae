/** The cause of a violation in one paragraph of plain English, made from the causal chain. */
import type { Earlier } from '../runs/leading.js'
import type { Link } from './argument/argument.js'
import type { Reason } from './argument/causes.js'
import { changesSentence } from './changes.js'
import { callOf } from './grouping.js'
import type { Story, StoryStep } from './story.js'

/** Sentences about steps: more are not read in a minute. */
const MOST_LINKS = 7

/** The paragraph as sentences, in order; empty where the cause is not known. */
export function paragraphOf(story: Story): readonly string[] {
  const { argument, steps, because, loopStart, earlier } = story
  if (!argument) return because === null ? [] : [sentence(because)]
  const links = shownLinks(argument.chain, steps)
  const isBefore = ({ step }: Link) => earlier?.step == null || step <= earlier.step
  const sentencesOf = (some: readonly Link[]) =>
    rowsOf(some, steps).flatMap((row) => rowSentences(row, steps))
  const causes = [
    ...sentencesOf(links.filter(isBefore)),
    ...(earlier?.step == null || earlier.step === steps.length ? [] : [earlierSentence(earlier)]),
    ...sentencesOf(links.filter((link) => !isBefore(link))),
  ]
  const waiting = argument.waiting.map(
    ({ label, obstacles }) => `${label} can never happen${becauseOf(obstacles)}.`,
  )
  const putOff = argument.putOff.map(
    ({ group, obstacles }) => `Meanwhile ${group} cannot take a step${becauseOf(obstacles)}.`,
  )
  const loop =
    loopStart === undefined
      ? []
      : loopStart === steps.length
        ? ['Then nothing happens any more.']
        : [`From step ${loopStart + 1} on the same steps repeat for ever.`]
  return [
    ...causes,
    ...loop,
    ...waiting,
    ...putOff,
    ...(because === null ? [] : [sentence(because)]),
  ]
}

/** The discipline that is violated on the way. */
function earlierSentence({ property, step, explanation }: Earlier): string {
  return sentence(`now ${property} is violated: ${explanation} (${step})`)
}

/** The links to speak of, in order: where a mutant departs, the end, and what is nearest to it. */
function shownLinks(chain: readonly Link[], steps: readonly StoryStep[]): readonly Link[] {
  if (chain.length <= MOST_LINKS) return chain
  const first = chain.filter(({ step }) => steps[step - 1].deviation !== null)
  const chosen = new Set([...first, ...[...chain].reverse()].slice(0, MOST_LINKS))
  return chain.filter((link) => chosen.has(link))
}

/** Links in a row in which one actor takes the same step, at another page or table. */
function rowsOf(links: readonly Link[], steps: readonly StoryStep[]): Link[][] {
  const rows: Link[][] = []
  for (const link of links) {
    const last = rows.at(-1)
    const isSame = (other: Link) =>
      steps[other.step - 1].actor === steps[link.step - 1].actor &&
      nameOf(steps[other.step - 1]) === nameOf(steps[link.step - 1])
    if (last?.every(isSame)) last.push(link)
    else rows.push([link])
  }
  return rows
}

/** A step without its parameters. */
const nameOf = (step: StoryStep) => callOf(step).replace(/\(.*/, '')

/** What the first of some links did stands for what all of them did. */
function rowSentences(row: readonly Link[], steps: readonly StoryStep[]): string[] {
  const [{ step, changes, reasons }] = row
  const told = steps[step - 1]
  const { deviation, actor } = told
  const about = told.changes.filter(({ key }) => changes.includes(key))
  const visible = about.length > 0 ? about : told.changes.filter(({ internal }) => !internal)
  const moves = visible.every(({ isPlace }) => isPlace)
  const decided = reasons.find(({ instead }) => instead.length > 0)
  const says = moves ? `${actor} takes the step ${callOf(told)}` : changesSentence(visible)
  const others = row.slice(1).map((link) => link.step)
  const numbers = others.length > 0 ? `${step}; likewise ${listed(others)}` : step
  const first = `${says} (${numbers})${decided ? becauseOf([decided]) : ''}`
  // The text is `unmodified SYSTEM: what it does`.
  const sound = deviation === null ? [] : [sentence(`in ${deviation.replace(': ', ', ')}`)]
  return [sentence(first), ...sound]
}

/** `3`, `3 and 4`, `3, 4 and 5`. */
function listed(numbers: readonly number[]): string {
  const last = numbers.at(-1)
  return numbers.length > 1 ? `${numbers.slice(0, -1).join(', ')} and ${last}` : `${last}`
}

function becauseOf(reasons: readonly Reason[]): string {
  const texts = reasons.map(
    ({ name, value, since }) => `${name} is ${value === '-' ? 'nothing' : value} (since ${since})`,
  )
  return texts.length > 0 ? `, because ${texts.join(' and ')}` : ''
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** A text as a sentence of its own. */
function sentence(text: string): string {
  return capital(/[.!?]$/.test(text) ? text : `${text}.`)
}
