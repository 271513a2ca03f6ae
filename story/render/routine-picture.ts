/** A routine as a picture: its places as boxes, its steps as arrows with their names. */
import { Graph as Layout, layout } from '@dagrejs/dagre'
import type { FlowArrow, FlowChart, FlowNode } from '../../runs/control-flow.js'
import { xmlText } from '../../runs/escape.js'
import { COLORS, INK, LETTER, label, rectangle, round, svg } from './svg.js'

const MARGIN = 12
const LINE = 14
const [HERE, , , FAILS] = COLORS

interface Point {
  readonly x: number
  readonly y: number
}

/** @param here the name of a place that is marked. */
export function routinePicture({ nodes, arrows }: FlowChart, here: string): string {
  const drawing = new Layout({ directed: true })
  drawing.setGraph({ rankdir: 'TB', nodesep: 16, ranksep: 20, marginx: MARGIN, marginy: MARGIN })
  drawing.setDefaultEdgeLabel(() => ({}))
  const isDrawn = (i: number) =>
    nodes[i].name === here || arrows.some(({ from, to }) => from === i || to === i)
  const shown = nodes.flatMap((node, i) => (isDrawn(i) ? [{ node, i }] : []))
  for (const { node, i } of shown) drawing.setNode(String(i), sizeOf([node.name, ...node.lines]))
  const joined = joinedArrows(arrows)
  for (const { from, to, labels } of joined)
    drawing.setEdge(String(from), String(to), { ...sizeOf(labels), labelpos: 'c' })
  layout(drawing)
  const boxes = shown.map(({ node, i }) => ({ node, ...drawing.node(String(i)) }))
  const lines = joined.map((arrow) => {
    const [from, to] = [String(arrow.from), String(arrow.to)]
    const { points, ...laid } = drawing.edge(from, to)
    const { x = points[0].x, y = points[0].y } = laid
    const size = sizeOf(arrow.labels)
    const way = from === to ? loopBeside(drawing.node(from), x - size.width / 2) : points
    return { arrow, points: way, x, y, ...size }
  })
  const all = [...boxes, ...lines]
  const width = Math.max(...all.map((one) => one.x + one.width / 2))
  const height = Math.max(...all.map((one) => one.y + one.height / 2))
  return svg(Math.ceil(width + MARGIN), Math.ceil(height + MARGIN), [
    ...lines.map(({ arrow, points, ...at }) => arrowPicture(arrow, points, at)),
    ...boxes.map(({ node, ...box }) => boxPicture(node, box, node.name === here)),
  ])
}

/** Two arrows between the same boxes, of which one is an error path, are one. */
function joinedArrows(arrows: readonly FlowArrow[]): readonly FlowArrow[] {
  const found = new Map<string, FlowArrow>()
  for (const arrow of arrows) {
    const key = `${arrow.from} ${arrow.to}`
    const old = found.get(key)
    const labels = [...(old?.labels ?? []), ...arrow.labels]
    found.set(key, { ...arrow, labels, fails: arrow.fails && (old?.fails ?? true) })
  }
  return [...found.values()]
}

/** Out of the right side of a box and back into it, by way of its name beside the box. */
function loopBeside({ x, y, width }: Point & { width: number }, far: number): readonly Point[] {
  const side = x + width / 2
  const turns = [y - 6, y + 6].map((height) => ({ x: far, y: height }))
  return [{ x: side, y: y - 6 }, ...turns, { x: side, y: y + 6 }]
}

function sizeOf(lines: readonly string[]): { width: number; height: number } {
  const longest = Math.max(...lines.map((line) => line.length))
  return { width: longest * LETTER + 16, height: lines.length * LINE + 8 }
}

/** Lines of text around a point. */
function text(lines: readonly string[], { x, y }: Point, color = INK): string {
  const top = y - ((lines.length - 1) * LINE) / 2 + 4
  return lines.map((line, i) => label(x, top + i * LINE, line, 'middle', color)).join('')
}

function boxPicture(
  { name, isInside, lines }: FlowNode,
  box: Point & { readonly width: number; readonly height: number },
  isHere: boolean,
): string {
  const { x, y, width, height } = box
  const shape = rectangle(x - width / 2, y - height / 2, width, height)
  const [line, fill] = isHere ? [HERE, 0.16] : [INK, 0.04]
  const dashes = isInside ? '' : ' stroke-dasharray="2 3"'
  return [
    `<g class="${isHere ? 'node here' : 'node'}"><title>${xmlText(name)}</title>`,
    `<rect ${shape} rx="${isInside ? 3 : 10}" fill="${line}" fill-opacity="${fill}" stroke="${line}" stroke-width="${isHere ? 2 : 1}"${dashes}/>`,
    text([name, ...lines], box),
    '</g>',
  ].join('')
}

function arrowPicture(
  { labels, fails }: FlowArrow,
  points: readonly Point[],
  at: Point & { readonly width: number; readonly height: number },
): string {
  const color = fails ? FAILS : INK
  const dot = ({ x, y }: Point) => `${round(x)} ${round(y)}`
  const [first, ...others] = points
  const [before, last] = points.slice(-2)
  const angle = (Math.atan2(last.y - before.y, last.x - before.x) * 180) / Math.PI
  const turned = `translate(${dot(last)}) rotate(${round(angle)})`
  const dashes = fails ? ' stroke-dasharray="3 3"' : ''
  return [
    `<g class="edge"><title>${xmlText(labels.join(', '))}</title>`,
    `<path d="M${dot(first)} ${others.map((point) => `L${dot(point)}`).join(' ')}" fill="none" stroke="${color}"${dashes}/>`,
    `<path d="M0 0 l-7 -3.5 v7 z" transform="${turned}" fill="${color}"/>`,
    // The line is not drawn through its name.
    labels.join('') &&
      `<rect ${rectangle(at.x - at.width / 2 + 6, at.y - at.height / 2 + 4, at.width - 12, at.height - 8)} fill="Canvas" fill-opacity="0.85"/>`,
    text(labels, at, color),
    '</g>',
  ].join('')
}
