/** A state graph as a picture: a line says what it shows, a second one what was cut. */

import { Graph as Layout, layout } from '@dagrejs/dagre'
import { actorOf } from '../../checker/model.js'
import { xmlText } from '../../runs/escape.js'
import type { Graph, GraphEdge, GraphNode } from '../state-graph.js'
import { COLORS, INK, LETTER, label, rectangle, round, svg } from './svg.js'

const HEIGHT = 20
const TOP = 62
const LEFT = 12
const GAP = 10
/** Room to the left of a run, for the way back of a loop. */
const LOOP = 24
const BAD = '#d1382e'

interface Point {
  readonly x: number
  readonly y: number
}

interface Box extends Point {
  readonly width: number
  readonly height: number
}

/**
 * @param title what is drawn, how many states; the number of steps is added.
 * @param actors in the order of their colours; others follow them.
 */
export function graphPicture(title: string, graph: Graph, actors: readonly string[]): string {
  const { nodes } = graph
  const edges = joined(graph.edges)
  const { boxes, points } = placed(nodes, edges)
  const acting = new Set(graph.edges.map(({ label: step }) => actorOf(step)))
  const all = [...new Set([...actors, ...acting])]
  const colorOf = (actor: string) => COLORS[all.indexOf(actor) % COLORS.length]
  const color = (step: string | null) => (step === null ? INK : colorOf(actorOf(step)))
  const lines = captions(title, graph)
  const names = all.filter((actor) => acting.has(actor))
  const legend = names.map((actor, i) => {
    const before = names.slice(0, i).join('   ').length + (i > 0 ? 3 : 0)
    return label(LEFT + before * LETTER, 50, actor, 'start', colorOf(actor))
  })
  const width = Math.max(
    ...boxes.map((box) => box.x + box.width / 2),
    ...points.flat().map(({ x }) => x),
    ...[...lines, names.join('   ')].map((line) => LEFT + line.length * LETTER),
  )
  const height = Math.max(...boxes.map((box) => box.y + box.height / 2))
  return svg(Math.ceil(width + LEFT), Math.ceil(height + TOP + LEFT), [
    ...lines.map((line, i) => label(LEFT, 16 + 16 * i, line, 'start')),
    ...legend,
    `<g transform="translate(0 ${TOP})">`,
    ...edges.map((edge, i) => arrow(edge, points[i], color(edge.label), hasPath(graph))),
    ...nodes.map((node, i) => nodePicture(node, boxes[i], color(node.by))),
    '</g>',
  ])
}

function hasPath({ nodes }: Graph): boolean {
  return nodes.some(({ onPath }) => onPath)
}

/** Steps between the same states are one arrow. */
function joined(edges: readonly GraphEdge[]): GraphEdge[] {
  const found = new Map<string, GraphEdge>()
  for (const edge of edges) {
    const key = `${edge.from} ${edge.to}`
    const old = found.get(key)
    found.set(key, old ? { ...old, label: `${old.label}, ${edge.label}` } : edge)
  }
  return [...found.values()]
}

/** Where nodes and edges lie: each step leads one row further down, on a run in one column. */
function placed(
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
): { boxes: Box[]; points: Point[][] } {
  const drawing = new Layout({ directed: true })
  const isRun = nodes.some(({ onPath }) => onPath)
  // Somebody who opens the picture sees its upper left corner: there it begins.
  const align: Record<string, string> = isRun ? {} : { align: 'UL' }
  drawing.setGraph({ rankdir: 'TB', nodesep: GAP, ranksep: 24, marginx: LEFT, ...align })
  drawing.setDefaultEdgeLabel(() => ({}))
  for (const [i, node] of nodes.entries())
    drawing.setNode(String(i), { width: nodeText(node).length * LETTER + 16, height: HEIGHT })
  for (const { from, to, onPath } of edges)
    drawing.setEdge(String(from), String(to), { weight: onPath ? 50 : 1 })
  layout(drawing)
  const laid = nodes.map((_, i) => drawing.node(String(i)))
  const boxes = isRun ? inColumn(nodes, laid) : laid
  const points = edges.map(({ from, to }) => {
    if (isRun && boxes[to].y <= boxes[from].y) return [leftOf(boxes[from]), leftOf(boxes[to])]
    const bends = isRun ? [] : drawing.edge(String(from), String(to)).points.slice(1, -1)
    // Between neighbouring rows a line has one bend, in its middle: a curve needs none.
    const inner = bends.length > 1 ? bends : []
    return [leaving(boxes[from], boxes[to]), ...inner, leaving(boxes[to], boxes[from])]
  })
  return { boxes, points }
}

/** The run in a column; in each row what is beside it is close to it, in the order found. */
function inColumn(nodes: readonly GraphNode[], laid: readonly Box[]): Box[] {
  const widest = Math.max(...laid.map(({ width }, i) => (nodes[i].onPath ? width : 0)))
  const column = LEFT + LOOP + widest / 2
  const ends = new Map<number, number>()
  const boxes = [...laid]
  const order = [...nodes.keys()].sort((i, j) => laid[i].x - laid[j].x)
  for (const i of order.filter((node) => nodes[node].onPath)) boxes[i] = { ...laid[i], x: column }
  for (const i of order.filter((node) => !nodes[node].onPath)) {
    const { y, width } = laid[i]
    const left = ends.get(y) ?? column + widest / 2 + 3 * GAP
    boxes[i] = { ...laid[i], x: left + width / 2 }
    ends.set(y, left + width + GAP)
  }
  return boxes
}

function leftOf({ x, y, width }: Box): Point {
  return { x: x - width / 2, y }
}

/** The point of a box's border at which a line to another one begins. */
function leaving(box: Box, other: Box): Point {
  const most = box.width / 2 - 8
  const aside = Math.max(-most, Math.min(most, (other.x - box.x) / 4))
  return { x: box.x + aside, y: box.y + (Math.sign(other.y - box.y) * box.height) / 2 }
}

function captions(title: string, graph: Graph): string[] {
  const { nodes, edges, cut, skipped } = graph
  const marks = [
    ...(hasPath(graph) ? ['solid: the run'] : []),
    ...(nodes.some(({ fails }) => fails !== null) ? ['✗: a property fails'] : []),
    ...(nodes.some(({ more }) => more > 0) ? ['+n: n steps lead on, not drawn'] : []),
  ]
  const missing = [
    ...(skipped > 0 ? [`the first ${skipped} steps`] : []),
    ...(cut > 0 ? [`${cut} steps to further states`] : []),
  ]
  if (missing.length > 0) marks.unshift(`not shown, to be readable: ${missing.join(' and ')}`)
  return [`${title}, ${edges.length} steps`, marks.join(' · ')]
}

function nodeText({ by, step, onPath, fails, more }: GraphNode): string {
  const name = by ?? 'at first'
  const place = onPath && step > 0 ? `${step} ` : ''
  return `${fails === null ? '' : '✗ '}${place}${name}${more > 0 ? ` +${more}` : ''}`
}

function nodePicture(node: GraphNode, { x, y, width, height }: Box, color: string): string {
  const { onPath, step, fails, by } = node
  const kind = ['node', onPath && 'on-path', fails !== null && 'bad'].filter(Boolean).join(' ')
  const said = fails === null ? '' : `: ${fails} fails`
  const title = `${onPath ? `after step ${step}` : (by ?? 'at first')}${said}`
  const line = `stroke="${fails === null ? color : BAD}" stroke-width="${onPath ? 2 : 1}"`
  const box = rectangle(x - width / 2, y - height / 2, width, height)
  return [
    `<g class="${kind}"${onPath ? ` data-step="${step}"` : ''}><title>${xmlText(title)}</title>`,
    `<rect ${box} rx="5" fill="${color}" fill-opacity="${onPath ? 0.16 : 0.05}" ${line}/>`,
    label(x, y + 4, nodeText(node), 'middle', fails === null ? INK : BAD),
    '</g>',
  ].join('')
}

/** A smooth line through points, with a head; back up the run, around its left side. */
function arrow(
  { label: step, onPath }: GraphEdge,
  points: readonly Point[],
  color: string,
  besidePath: boolean,
): string {
  const at = (x: number, y: number) => `${round(x)} ${round(y)}`
  const [first] = points
  const last = points[points.length - 1]
  const isBack = besidePath && last.y <= first.y
  const curves = points.slice(1).map((to, i) => {
    const from = points[i]
    const middle = (from.y + to.y) / 2
    return `C${at(from.x, middle)} ${at(to.x, middle)} ${at(to.x, to.y)}`
  })
  const way = isBack ? `H${LEFT + LOOP / 2} V${round(last.y)} H${round(last.x)}` : curves.join(' ')
  const head = isBack ? 'l-7 -3.5 v7 z' : last.y < first.y ? 'l-3.5 7 h7 z' : 'l-3.5 -7 h7 z'
  const style = onPath ? ' stroke-width="2"' : besidePath ? ' stroke-dasharray="3 3"' : ''
  return [
    `<g class="${onPath ? 'edge on-path' : 'edge'}"><title>${xmlText(step)}</title>`,
    `<path d="M${at(first.x, first.y)} ${way}" fill="none" stroke="${color}"${style}/>`,
    `<path d="M${at(last.x, last.y)} ${head}" fill="${color}"/>`,
    '</g>',
  ].join('')
}
