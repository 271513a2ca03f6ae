/**
 * A story as a Mermaid sequence diagram, for pull requests: one lane for each actor. Steps that
 * do not matter for the reason are drawn together, so that the others are readable.
 */
import { mermaidText } from '../../runs/escape.js'
import { callOf, groupedSteps, leadingSteps, namesOf } from '../grouping.js'
import type { Story, StoryStep } from '../story.js'

/** Larger diagrams are refused by those who draw them. */
const ARROWS = 60

/** The diagram's text, without the fence around it. */
export function storyMermaid(story: Story): string {
  const lanes = new Map(
    story.actors
      .filter(({ name }) => story.steps.some(({ actor }) => actor === name))
      .map(({ name }, i) => [name, `a${i}`]),
  )
  const groups = groupedSteps(story)
  const shown = groups.slice(-ARROWS)
  const cut = groups.slice(0, -ARROWS).flat().length
  const lines = [...lanes].map(([name, lane]) => `participant ${lane} as ${mermaidText(name)}`)
  const first = lanes.get(story.steps[0]?.actor ?? '')
  if (cut > 0) lines.push(`Note over ${first}: steps 1 to ${cut} are left out here`)
  const leading = leadingSteps(story)
  for (const group of shown) lines.push(...drawn(group, lanes, leading.has(group[0].number)))
  const last = lanes.get(story.steps.at(-1)?.actor ?? '')
  if (story.because !== null && last) lines.push(`Note over ${last}: ${mermaidText(story.because)}`)
  return ['sequenceDiagram', ...lines.map((line) => `  ${line}`), ''].join('\n')
}

function drawn(
  group: readonly StoryStep[],
  lanes: ReadonlyMap<string, string>,
  isLeading: boolean,
): string[] {
  const [first] = group
  const last = group[group.length - 1]
  const lane = lanes.get(first.actor)
  const numbers = first === last ? `${first.number}` : `${first.number} to ${last.number}`
  if (!isLeading) return [`Note over ${lane}: ${numbers} ${mermaidText(namesOf(group))}`]
  const changes = first.changes
    .filter(({ internal }) => !internal)
    .map(({ name, from, to }) => `${name}: ${from} → ${to}`)
  const text = [`${numbers} ${callOf(first)}`, ...changes].map(mermaidText).join('<br/>')
  const arrow = `${lane}->>${lane}: ${text}`
  return first.deviation ? [arrow, `Note over ${lane}: ${mermaidText(first.deviation)}`] : [arrow]
}
