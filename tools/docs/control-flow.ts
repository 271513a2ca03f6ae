/** The control flow of a routine as a picture (Mermaid) and as a table (Markdown). */
import { type PlaceTable, placeFactSays } from '../../model/places.js'
import {
  type Flow,
  lockInWords,
  locksChanged,
  locksHeld,
  type RoutineFlow,
  type Target,
  targetsOf,
  WAITING,
} from '../../runs/fork-machine/control-flow.js'
import { markdownTable } from './block.js'

/** So many steps that lead into one place are drawn; more are only counted. */
const MOST_ENTRIES = 4
/** A routine with more steps than this has no picture: user mode, where all begins. */
const MOST_STEPS = 60
const CALLER = 'where the caller said'

/** An arrow: from one node to another, with the steps that it stands for. */
interface Arrow {
  readonly from: string
  readonly to: string
  readonly labels: string[]
  readonly fails: boolean
}

/** The picture; null where the routine is too large for one. @param places those of the system. */
export function picture(flow: RoutineFlow, places: PlaceTable): string | null {
  const { routine, steps, entries } = flow
  if (steps.length > MOST_STEPS) return null
  const isHere = (place: string) => place in routine.places
  const nodes = new Map<string, string>()
  const node = (key: string, text: string) => {
    if (!nodes.has(key)) nodes.set(key, text)
    return `n${[...nodes.keys()].indexOf(key)}`
  }
  const arrows = new Map<string, Arrow>()
  const arrow = (from: string, to: string, label: string, fails: boolean) => {
    const key = `${from} ${to} ${fails}`
    const known = arrows.get(key) ?? { from, to, labels: [], fails }
    known.labels.push(label)
    arrows.set(key, known)
  }
  const inside = (place: string) => {
    const locks = locksHeld(places[place] ?? [])
      .map(lockInWords)
      .join('<br/>')
    return node(place, `["<b>${place}</b>${locks && '<br/>'}${locks}"]`)
  }
  const outside = (place: string) => node(place, `(["${place}"])`)
  for (const place of Object.keys(routine.places)) inside(place)
  const leadingHere = entries.flatMap((entry) =>
    targetsOf(entry).map((target) => ({ entry, target })),
  )
  for (const place of Object.keys(routine.places)) {
    const leading = leadingHere.filter(({ target }) => target.place === place)
    const few = leading.length <= MOST_ENTRIES
    for (const { entry, target } of few ? leading : [])
      arrow(outside(entry.at ?? 'anywhere'), inside(place), entry.rule + way(target), entry.fails)
    const others = `(["${leading.length} steps of others"])`
    if (!few) arrow(node(`into ${place}`, others), inside(place), 'see the table', false)
  }
  for (const step of steps) {
    const at = inside(step.at as string)
    const targets = targetsOf(step)
    if (targets.length === 0) arrow(at, at, step.rule, step.fails)
    for (const target of targets) {
      const place = target.place ?? CALLER
      arrow(at, isHere(place) ? inside(place) : outside(place), step.rule + way(target), step.fails)
    }
  }
  const lines = [...arrows.values()].map(
    ({ from, to, labels, fails }) =>
      `${from} ${fails ? '-.->' : '-->'}|"${labels.join('<br/>')}"| ${to}`,
  )
  const shapes = [...nodes.values()].map((text, i) => `n${i}${text}`)
  return [
    '```mermaid',
    'flowchart TD',
    ...[...shapes, ...lines].map((line) => `  ${line}`),
    '```',
  ].join('\n')
}

/** What stands behind the name of a step: by way of which routines it leads somewhere. */
function way({ through }: Target): string {
  return through.length > 0 ? ` (by way of ${through.join(', ')})` : ''
}

/** Steps, with the locks that each takes and drops. @param places those of the system. */
export function stepTable(steps: readonly Flow[], places: PlaceTable): string {
  const row = (step: Flow) => [
    step.at === null ? 'anywhere' : `\`${step.at}\``,
    `\`${step.rule}\`${step.fails ? ' (no memory)' : ''}`,
    leadsTo(step, places),
    step.source,
  ]
  return markdownTable(['place', 'step', 'leads to', 'source'], steps.map(row))
}

function leadsTo(step: Flow, places: PlaceTable): string {
  const targets = targetsOf(step).map((target) =>
    target.place === null
      ? CALLER
      : `\`${target.place}\`${way(target)}${changes(step, target, places)}`,
  )
  return targets.join('; ') || 'the same place'
}

/** Which locks are taken and dropped on the way. Nothing is said of another routine on the way. */
function changes({ at }: Flow, { place, through }: Target, places: PlaceTable): string {
  const isKnown = through.every((one) => WAITING.includes(one))
  if (at === null || place === null || !isKnown) return ''
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
