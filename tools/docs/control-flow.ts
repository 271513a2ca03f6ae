/** The control flow of a routine as a picture (Mermaid) and as a table (Markdown). */
import { type PlaceTable, placeFactSays } from '../../model/places.js'
import {
  CALLER,
  chartOf,
  type Destination,
  destinationsOf,
  type Flow,
  type RoutineInfo,
  type Routines,
  stepsOf,
  wayOf,
} from '../../runs/control-flow.js'
import { lockInWords, locksChanged } from '../../runs/fork-machine/routines.js'
import { markdownTable } from './block.js'

/** A routine with more steps than this has no picture: user mode, where all begins. */
const MOST_STEPS = 60

/** The picture; null where the routine is too large for one. */
export function picture(
  routine: RoutineInfo,
  flows: readonly Flow[],
  all: Routines,
): string | null {
  if (stepsOf(routine, flows).steps.length > MOST_STEPS) return null
  const { nodes, arrows } = chartOf(routine, flows, all)
  const shapes = nodes.map(({ name, isInside, lines }, i) =>
    isInside ? `n${i}["${[`<b>${name}</b>`, ...lines].join('<br/>')}"]` : `n${i}(["${name}"])`,
  )
  const lines = arrows.map(({ from, to, labels, fails }) => {
    const text = labels.join('<br/>')
    return `n${from} ${fails ? '-.->' : '-->'}${text && `|"${text}"|`} n${to}`
  })
  const drawn = [...shapes, ...lines].map((line) => `  ${line}`)
  return ['```mermaid', 'flowchart TD', ...drawn, '```'].join('\n')
}

/** Steps, with the locks that each takes and drops. @param places those of the system. */
export function stepTable(
  steps: readonly Flow[],
  places: PlaceTable,
  { waiting, failures }: Routines,
): string {
  const row = (step: Flow) => [
    step.at === null ? 'anywhere' : `\`${step.at}\``,
    `\`${step.rule}\`${failures && step.changes.has(failures) ? ' (no memory)' : ''}`,
    leadsTo(step, places, waiting),
    step.source,
  ]
  return markdownTable(['place', 'step', 'leads to', 'source'], steps.map(row))
}

function leadsTo(step: Flow, places: PlaceTable, waiting: readonly string[]): string {
  const targets = destinationsOf(step, waiting).map((to) => {
    if (to.place === null) return CALLER
    const changed = to.through.every((one) => waiting.includes(one))
      ? changes(step, to, places)
      : ''
    return `\`${to.place}\`${wayOf(to.through)}${changed}`
  })
  return targets.join('; ') || 'the same place'
}

/** Which locks are taken and dropped on the way. */
function changes({ at }: Flow, { place }: Destination, places: PlaceTable): string {
  if (at === null || place === null) return ''
  const { dropped, taken } = locksChanged(places[at] ?? [], places[place] ?? [])
  const parts = [
    ...(dropped.length > 0 ? [`drops ${dropped.map(lockInWords).join(', ')}`] : []),
    ...(taken.length > 0 ? [`takes ${taken.map(lockInWords).join(', ')}`] : []),
  ]
  return parts.length > 0 ? ` (${parts.join('; ')})` : ''
}

/** What is true at the places of a routine. */
export function placeList(places: PlaceTable): string {
  return markdownTable(
    ['place', 'what is true there'],
    Object.entries(places).map(([place, facts]) => [
      `\`${place}\``,
      facts.map((fact) => `\`${fact}\``).join(', ') || '-',
    ]),
  )
}

/** All facts, as sentences. */
export function factTable(): string {
  return markdownTable(
    ['fact', 'meaning'],
    Object.entries(placeFactSays).map(([fact, says]) => [`\`${fact}\``, says]),
  )
}
