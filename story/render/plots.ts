/** Results as pictures. */

import type { Comparison } from '../../runs/compare/comparison.js'
import type { Measured } from '../../runs/compare/measures.js'
import { MEASURES, type Measure } from '../../runs/compare/stall.js'
import { xmlText } from '../../runs/escape.js'
import { COLORS, INK, label, rectangle, svg } from './svg.js'

/** Dash patterns: lines differ without colours, too. */
const DASHES = ['', '6 3', '2 3', '8 3 2 3', '1 2', '10 4']

/** How many states are first reached at each depth. @param levels at least one. */
export function levelPlot(title: string, levels: readonly number[]): string {
  const [width, height, left, top] = [640, 260, 60, 30]
  const most = Math.max(...levels)
  const bar = width / levels.length
  const bars = levels.map((count, depth) => {
    const tall = (count / most) * height
    const box = rectangle(left + depth * bar, top + height - tall, Math.max(0.5, bar - 0.5), tall)
    return `<rect ${box} fill="${COLORS[0]}"><title>depth ${depth}: ${count} states</title></rect>`
  })
  const total = levels.reduce((sum, count) => sum + count, 0)
  return svg(left + width + 20, top + height + 40, [
    label(left, 16, `${title}: ${total} states, depth ${levels.length - 1}`, 'start'),
    ...bars,
    ...axes(left, top, width, height, String(most), String(levels.length - 1)),
    label(left + width / 2, top + height + 32, 'depth', 'middle'),
  ])
}

/** Names of lines in one row of a legend. */
const LEGENDS = 4

/** Lines of equal values lie so far above each other that each can be seen. */
const APART = 2.5

/** The worst case of each operation as the number of PMDs grows: a panel each, a line a system. */
export function stallPlot(rows: readonly Comparison[], measure: Measure): string {
  const operations = [...new Set(rows.map(({ operation }) => operation))]
  const systems = [...new Set(rows.map(({ system }) => system))]
  const [width, height, gapX, gapY, across] = [220, 130, 70, 70, 3]
  const top = 60 + Math.ceil(systems.length / LEGENDS) * 16
  const panels = operations.flatMap((operation, i) => {
    const x = 50 + (i % across) * (width + gapX)
    const y = top + Math.floor(i / across) * (height + gapY)
    const shown = rows.filter((row) => row.operation === operation)
    return panel(operation, shown, systems, measure, { x, y, width, height })
  })
  const legend = systems.flatMap((system, i) => {
    const [x, y] = [50 + (i % LEGENDS) * 220, 32 + Math.floor(i / LEGENDS) * 16]
    const style = `stroke="${COLORS[i % 6]}" stroke-dasharray="${DASHES[i % 6]}"`
    const line = `<path d="M${x} ${y} h28" stroke-width="2" ${style}/>`
    return [line, label(x + 34, y + 4, system, 'start')]
  })
  const down = Math.ceil(operations.length / across)
  return svg(50 + across * (width + gapX), top + down * (height + gapY), [
    label(
      50,
      16,
      `worst case by PMDs: ${measure}   (∞: no bound; equal values lie just above each other)`,
      'start',
    ),
    ...legend,
    ...panels,
  ])
}

interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

function panel(
  operation: string,
  rows: readonly Comparison[],
  systems: readonly string[],
  measure: Measure,
  { x, y, width, height }: Area,
): string[] {
  const finite = rows.map((row) => row[measure]).filter(Number.isFinite)
  const most = Math.max(1, ...finite)
  const widest = Math.max(...rows.map(({ pmds }) => pmds))
  const lines = systems.flatMap((system, i) => {
    const shown = rows.filter((row) => row.system === system)
    const points = shown.map(({ pmds, [measure]: value }) => ({
      x: x + (widest > 1 ? (pmds - 1) / (widest - 1) : 0) * width,
      y: y + height - (Math.min(value, most) / most) * height - i * APART,
      value,
    }))
    const style = `fill="none" stroke="${COLORS[i % 6]}" stroke-width="2" stroke-dasharray="${DASHES[i % 6]}"`
    const known = points.filter(({ value }) => Number.isFinite(value))
    const path = known.map((point, k) => `${k === 0 ? 'M' : 'L'}${point.x} ${point.y}`).join(' ')
    const unbounded = points.filter(({ value }) => !Number.isFinite(value))
    return [
      ...(path ? [`<path d="${path}" ${style}><title>${xmlText(system)}</title></path>`] : []),
      ...unbounded.map((point) => label(point.x, y - 3 + i * 10, '∞', 'middle', COLORS[i % 6])),
    ]
  })
  return [
    label(x, y - 12, operation, 'start'),
    ...axes(x, y, width, height, String(most), String(widest)),
    ...(widest > 1 ? [label(x, y + height + 14, '1', 'middle')] : []),
    label(x + width / 2, y + height + 14, 'PMDs', 'middle'),
    ...lines,
  ]
}

/** Worst cases as bars, one for each measure, system and scenario; those without a bound go on. */
export function measuresPlot(rows: readonly Measured[]): string {
  const [left, top, row, width] = [420, 30, 18, 300]
  const most = Math.max(1, ...rows.map(({ worst }) => worst).filter(Number.isFinite))
  const systems = [...new Set(rows.map(({ system }) => system))]
  const bars = rows.flatMap(({ measure, system, scenario, worst }, i) => {
    const y = top + i * row
    const isBound = Number.isFinite(worst)
    const long = Math.max(1, (isBound ? worst / most : 1) * width)
    const color = COLORS[systems.indexOf(system) % COLORS.length]
    return [
      label(left - 6, y + 12, `${measure}, ${system}, ${scenario}`, 'end'),
      `<rect ${rectangle(left, y + 2, long, row - 4)} fill="${color}"/>`,
      label(left + long + 6, y + 12, isBound ? String(worst) : '∞', 'start'),
    ]
  })
  return svg(left + width + 80, top + rows.length * row + 10, [
    label(10, 16, 'worst cases over all interleavings   (∞: no bound)', 'start'),
    ...bars,
  ])
}

/** A mutant, and what caught it. */
export interface Kill {
  readonly name: string
  readonly property: string | null
  readonly steps: number | null
  readonly caught: boolean
}

/** The kill matrix: mutants down, properties across; the longer the story, the darker. */
export function killPlot(kills: readonly Kill[]): string {
  const properties = [...new Set(kills.map(({ property }) => property ?? 'nothing'))].sort()
  const [left, top, cell, row] = [290, 190, 26, 15]
  const longest = Math.max(1, ...kills.map(({ steps }) => steps ?? 0))
  const heads = properties.map((name, i) => {
    const x = left + (i + 0.5) * cell
    const turn = `transform="rotate(-60 ${x} ${top - 8})"`
    return `<g ${turn}>${label(x, top - 8, name, 'start')}</g>`
  })
  const rows = kills.flatMap(({ name, property, steps, caught }, i) => {
    const y = top + i * row
    const x = left + properties.indexOf(property ?? 'nothing') * cell
    const fill = shade(caught ? COLORS[2] : COLORS[1], 0.25 + 0.75 * ((steps ?? 0) / longest))
    const said = `${name}: ${caught ? 'caught' : 'NOT CAUGHT'} by ${property ?? 'nothing'}, ${steps ?? 'no'} steps`
    const box = rectangle(x + 1, y + 1, cell - 2, row - 2)
    return [
      label(left - 6, y + 11, name, 'end'),
      `<rect ${box} fill="${fill}"><title>${xmlText(said)}</title></rect>`,
      label(x + cell / 2, y + 11, caught ? String(steps ?? '') : '✗', 'middle', '#000000'),
    ]
  })
  const caught = kills.filter((kill) => kill.caught).length
  const title = `${caught} of ${kills.length} mutants caught; numbers are steps of the shortest story`
  return svg(left + properties.length * cell + 120, top + kills.length * row + 10, [
    label(10, 16, title, 'start'),
    ...heads,
    ...rows,
  ])
}

/** A colour mixed with white, so that black can be read on it: 1 is the colour itself. */
function shade(color: string, part: number): string {
  const channels = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
  return `rgb(${channels.map((channel) => Math.round(255 - part * (255 - channel))).join(' ')})`
}

/** All measures of a comparison. */
export function comparisonPlots(rows: readonly Comparison[]): string {
  return stacked(MEASURES.map((measure) => stallPlot(rows, measure)))
}

/** Plots one below the other. */
export function stacked(plots: readonly string[]): string {
  let y = 0
  let widest = 0
  const parts = plots.map((plot) => {
    const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(plot)?.map(Number) ?? []
    const part = `<g transform="translate(0 ${y})">${plot}</g>`
    y += height
    widest = Math.max(widest, width)
    return part
  })
  return svg(widest, y, parts)
}

function axes(
  x: number,
  y: number,
  width: number,
  height: number,
  most: string,
  widest: string,
): string[] {
  return [
    `<path d="M${x} ${y} V${y + height} H${x + width}" fill="none" stroke="${INK}"/>`,
    label(x - 5, y + 8, most, 'end'),
    label(x - 5, y + height, '0', 'end'),
    label(x + width, y + height + 14, widest, 'end'),
  ]
}
