/**
 * A story as a Mermaid sequence diagram, for pull requests: one lane for each actor. Steps that
 * have nothing to do with the reason are drawn together, so that the others can be read.
 */
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
  const groups = grouped(story.steps)
  const shown = groups.slice(-ARROWS)
  const cut = groups.slice(0, -ARROWS).flat().length
  const lines = [...lanes].map(([name, lane]) => `participant ${lane} as ${words(name)}`)
  const first = lanes.get(story.steps[0]?.actor ?? '')
  if (cut > 0) lines.push(`Note over ${first}: steps 1 to ${cut} are left out here`)
  for (const group of shown) lines.push(...drawn(group, lanes))
  const last = lanes.get(story.steps.at(-1)?.actor ?? '')
  if (story.because !== null && last) lines.push(`Note over ${last}: ${words(story.because)}`)
  return ['sequenceDiagram', ...lines.map((line) => `  ${line}`), ''].join('\n')
}

/** Steps that matter, each by itself; the others in runs of one actor. */
function grouped(steps: readonly StoryStep[]): StoryStep[][] {
  const groups: StoryStep[][] = []
  for (const step of steps) {
    const group = groups.at(-1)
    const joins = group && !step.matters && !group[0].matters && group[0].actor === step.actor
    if (joins) group.push(step)
    else groups.push([step])
  }
  return groups
}

function drawn(group: readonly StoryStep[], lanes: ReadonlyMap<string, string>): string[] {
  const [first] = group
  const last = group[group.length - 1]
  const lane = lanes.get(first.actor)
  const numbers = first === last ? `${first.number}` : `${first.number} to ${last.number}`
  const names = group.map((step) => step.label.slice(step.label.indexOf('.') + 1))
  if (!first.matters) return [`Note over ${lane}: ${numbers} ${words(shortened(names))}`]
  const changes = first.changes
    .filter(({ aside }) => !aside)
    .map(({ name, from, to }) => `${name}: ${from} → ${to}`)
  const text = [`${numbers} ${names[0]}`, ...changes].map(words).join('<br/>')
  const arrow = `${lane}->>${lane}: ${text}`
  return first.deviation ? [arrow, `Note over ${lane}: ${words(first.deviation)}`] : [arrow]
}

function shortened(names: readonly string[]): string {
  return names.length <= 3 ? names.join(', ') : `${names[0]}, ..., ${names[names.length - 1]}`
}

/** Without the characters that mean something to Mermaid. */
function words(text: string): string {
  return text.replaceAll(';', ',').replaceAll('#', 'no. ').replaceAll('->', '→')
}
