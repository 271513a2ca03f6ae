/** The picture that a subject brings of its own states. */
import type { Drawing, Picture, Shape } from '../../runs/drawing.js'
import type { StoryStep } from '../../story/story.js'
import { Canvas } from './canvas.js'

interface DrawnProps {
  readonly picture: Picture
  /** The step that led here. */
  readonly step: StoryStep | undefined
  readonly picked: string | null
  readonly pick: (key: string) => void
  /** Variables that the reason is about. */
  readonly subject: ReadonlySet<string>
  readonly title: string
}

/** Pixels from one line of a text to the next. */
const LINE = 14

export function Drawn({ picture, title, ...scene }: DrawnProps) {
  // As an image: a script in it does not run, and its styles do not reach the page.
  if (typeof picture === 'string')
    return (
      <img
        class="drawn-state"
        alt={title}
        src={`data:image/svg+xml,${encodeURIComponent(picture)}`}
      />
    )
  const { width, height, shapes } = picture
  return (
    <Canvas {...{ width, height, title }}>
      <defs>
        <marker
          id="drawn-head"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path d="M0 0L8 4L0 8z" fill="currentColor" />
        </marker>
      </defs>
      {shapes.map((shape, i) => (
        // Shapes have no names: each stands for itself by its place in the list.
        <Drawable key={i} shape={shape} {...scene} />
      ))}
    </Canvas>
  )
}

type Scene = Pick<DrawnProps, 'step' | 'picked' | 'pick' | 'subject'>

function Drawable({ shape, ...scene }: { readonly shape: Shape } & Scene) {
  const tone = shape.tone ?? 'plain'
  if (shape.kind === 'box') return <Box box={shape} {...scene} />
  if (shape.kind === 'text')
    return (
      <text x={shape.x} y={shape.y}>
        <tspan class={tone}>{shape.text}</tspan>
      </text>
    )
  const [[x1, y1], [x2, y2]] = [shape.from, shape.to]
  return (
    <line
      class={`drawn-arrow ${tone}`}
      {...{ x1, y1, x2, y2 }}
      stroke="currentColor"
      marker-end="url(#drawn-head)"
    />
  )
}

function Box({
  box: { x, y, width, height, text = [], tone = 'plain', of },
  step,
  picked,
  pick,
  subject,
}: { readonly box: Extract<Drawing['shapes'][number], { kind: 'box' }> } & Scene) {
  const isChanged = of !== undefined && step?.changes.some(({ key }) => key === of)
  const classes = [
    'cell',
    `tone-${tone}`,
    isChanged ? 'marked' : '',
    of !== undefined && of === picked ? 'picked' : '',
    of !== undefined && subject.has(of) ? 'subject' : '',
  ]
  const lines = typeof text === 'string' ? [text] : text
  const top = y + height / 2 - ((lines.length - 1) * LINE) / 2 + 4
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the list of changes does the same by keyboard
    <g
      class={classes.filter(Boolean).join(' ')}
      data-key={of}
      onClick={() => of !== undefined && pick(of)}
    >
      <rect {...{ x, y, width, height }} rx="3" />
      {lines.map((line, i) => (
        <text key={line} x={x + width / 2} y={top + i * LINE} text-anchor="middle">
          <tspan class={tone}>{line}</tspan>
        </text>
      ))}
    </g>
  )
}
