/** The neighbourhood of a run as a picture: its steps down the middle, others to the side. */
import type { Graph } from '../core/neighbourhood.js'
import type { Run } from './run.js'

/** Distances between nodes. */
const DOWN = 22
const ACROSS = 18
const LEFT = 26

interface Placed {
  readonly x: number
  readonly y: number
}

export function GraphView({
  run,
  position,
  go,
}: {
  run: Run
  position: number
  go: (at: number) => void
}) {
  const { graph, story } = run
  const places = placed(graph)
  const width = 480
  const height = (graph.nodes.filter(({ onPath }) => onPath).length + 1) * DOWN
  const bad = story.verdict === 'violated' ? graph.nodes.findLastIndex(({ onPath }) => onPath) : -1
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="graph" tabIndex={0} aria-label="state graph, scrolls">
      <svg
        xmlns="http://www.w3.org/2000/svg"
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${graph.nodes.length} states around the run, ${graph.edges.length} steps`}
      >
        {graph.edges.map(({ from, to, label, onPath }) => (
          <g key={`${from} ${label}`} class={onPath ? 'edge on-path' : 'edge'}>
            <title>{label}</title>
            <path d={curve(places[from], places[to])} />
          </g>
        ))}
        {graph.nodes.map(({ onPath, step }, i) => (
          // biome-ignore lint/a11y/noStaticElementInteractions: the list of steps does the same by keyboard
          <g
            key={String(i)}
            class={nodeClass(onPath, i === bad, onPath && step === position)}
            onClick={() => onPath && go(step)}
          >
            <title>{onPath ? `after step ${step}` : 'beside the run'}</title>
            <circle cx={places[i].x} cy={places[i].y} r={onPath ? 6 : 3.5} />
          </g>
        ))}
        {graph.nodes.map(({ onPath, step }, i) =>
          onPath ? (
            <text key={String(i)} class="label" x={labelX(graph, i)} y={places[i].y + 4}>
              {step === 0 ? 'at first' : story.steps[step - 1]?.label}
            </text>
          ) : null,
        )}
      </svg>
      {graph.cut > 0 && <p class="nothing">{graph.cut} more steps lead away: not drawn.</p>}
    </section>
  )
}

function nodeClass(onPath: boolean, isBad: boolean, isHere: boolean): string {
  return ['node', onPath && 'on-path', isBad && 'bad', isHere && 'here'].filter(Boolean).join(' ')
}

/** Nodes of the run one below the other; others beside the state they were reached from. */
function placed({ nodes }: Graph): Placed[] {
  const besides = new Map<number, number>()
  return nodes.map(({ step, onPath }) => {
    if (onPath) return { x: LEFT, y: (step + 0.7) * DOWN }
    const count = (besides.get(step) ?? 0) + 1
    besides.set(step, count)
    return { x: LEFT + 14 + count * ACROSS, y: (step + 1.2) * DOWN }
  })
}

/** To the right of whatever is drawn beside a node. */
function labelX({ nodes }: Graph, i: number): number {
  const { step } = nodes[i]
  const beside = (at: number) => nodes.filter((node) => !node.onPath && node.step === at).length
  return LEFT + 24 + Math.max(beside(step), beside(step - 1)) * ACROSS
}

function curve(from: Placed, to: Placed): string {
  if (from.x === to.x && to.y > from.y) return `M${from.x} ${from.y} L${to.x} ${to.y}`
  const bend = from.x === to.x ? -22 : 0
  const middle = (from.y + to.y) / 2
  return `M${from.x} ${from.y} C${from.x + bend} ${middle} ${to.x + bend} ${middle} ${to.x} ${to.y}`
}
