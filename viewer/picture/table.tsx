/** A state without a picture of its own: lanes with the steps so far, and all variables. */
import { markOf, SYMBOLS } from '../marks.js'
import type { ShownRun } from '../run.js'
import { Canvas } from './canvas.js'

interface StateTableProps {
  readonly run: ShownRun
  readonly position: number
  readonly picked: string | null
  readonly pick: (key: string) => void
  readonly subject: ReadonlySet<string>
  readonly title: string
  /** Also what is shown on demand only. */
  readonly all: boolean
}

const ROW = 20
const LANE = 84
const HEAD = 22
const LETTER = 7

export function StateTable({ run, position, all, picked, pick, subject, title }: StateTableProps) {
  const { steps, actors } = run.story
  const rows = valuesAt(run, position).filter(({ internal }) => all || !internal)
  const names = actors.map(({ name }) => name)
  const left = 30 + names.length * LANE
  const nameWidth = Math.max(...rows.map(({ name }) => name.length), 8) * LETTER + 30
  const valueWidth = Math.max(...rows.map(({ text }) => text.length), 8) * LETTER + 20
  const width = left + nameWidth + valueWidth
  const height = HEAD + Math.max(rows.length, steps.length + 1) * ROW
  return (
    <Canvas {...{ width, height, title }}>
      {names.map((name, lane) => (
        <g key={name}>
          <text class="label" x={30 + (lane + 0.5) * LANE} y="14" text-anchor="middle">
            {name}
          </text>
          <line
            class="lane"
            x1={30 + (lane + 0.5) * LANE}
            x2={30 + (lane + 0.5) * LANE}
            y1={HEAD}
            y2={HEAD + (steps.length + 1) * ROW}
            stroke="currentColor"
            stroke-opacity="0.25"
          />
        </g>
      ))}
      {steps.map(({ number, actor, label }) => (
        <circle
          key={String(number)}
          cx={30 + (Math.max(0, names.indexOf(actor)) + 0.5) * LANE}
          cy={HEAD + (number - 0.5) * ROW}
          r={number === position ? 7 : 4}
          fill="currentColor"
          fill-opacity={number <= position ? 0.9 : 0.2}
        >
          <title>{`${number} ${label}`}</title>
        </circle>
      ))}
      {rows.map(({ key, name, text, mark }, i) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: the list of changes does the same by keyboard
        <g
          key={key}
          class={[
            'cell',
            mark && 'marked',
            key === picked && 'picked',
            subject.has(key) && 'subject',
          ]
            .filter(Boolean)
            .join(' ')}
          data-key={key}
          onClick={() => pick(key)}
        >
          <rect x={left} y={HEAD + i * ROW} width={width - left - 2} height={ROW - 2} rx="3" />
          <text x={left + 6} y={HEAD + i * ROW + 13}>
            {name}
          </text>
          <text class={mark ?? undefined} x={left + nameWidth} y={HEAD + i * ROW + 13}>
            {mark ? SYMBOLS[mark] : ''}
            {text}
          </text>
        </g>
      ))}
    </Canvas>
  )
}

/** Every variable after so many steps; a mark says what the last one of them did to it. */
function valuesAt({ variables, story }: ShownRun, position: number) {
  const values = new Map((variables ?? []).map(({ key, value }) => [key, value]))
  for (const { changes } of story.steps.slice(0, position))
    for (const { key, to } of changes) values.set(key, to)
  const last = new Map(
    (story.steps[position - 1]?.changes ?? []).map((change) => [change.key, change]),
  )
  return (variables ?? []).map(({ key, name, value, internal }) => {
    const change = last.get(key)
    return {
      key,
      name,
      internal,
      text: values.get(key) ?? value,
      mark: change ? markOf(change.from, change.to, '-') : null,
    }
  })
}
