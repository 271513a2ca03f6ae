/** The machine as a picture, in one state, with what the step before it has changed. */
import { useContext, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { frame } from '../../model/state/frame.js'
import type { State } from '../../model/state.js'
import { markOf } from '../marks.js'
import { Pointers, Translations } from './arrows.js'
import { AloneContext, Canvas } from './canvas.js'
import { Bits, Cell, type Scene, SceneContext, useScene } from './cell.js'
import { labels, variablesIn } from './labels.js'
import { type Plan, planOf } from './plan.js'
import { Label, Space, threadBits } from './space.js'
import { contentName } from './values.js'

interface PictureProps extends Scene {
  /** All states of the run: what is never used is not drawn. */
  readonly states: readonly State[]
  /** What the picture shows, for those who cannot see it. */
  readonly title: string
}

export function Picture({ states, title, ...scene }: PictureProps) {
  const section = useRef<HTMLElement>(null)
  // A file has all the room there is; on a page it is measured.
  const isAlone = useContext(AloneContext) !== null
  const [available, setAvailable] = useState(isAlone ? Number.POSITIVE_INFINITY : 720)
  useLayoutEffect(() => {
    const element = section.current
    if (!element) return
    const measure = () => setAvailable(Math.max(320, element.clientWidth))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const plan = useMemo(() => planOf(states, available), [states, available])
  const { width, height, narrow } = plan
  return (
    <Canvas {...{ width, height, title, narrow, section }}>
      <SceneContext.Provider value={{ ...scene, narrow }}>
        <Patterns />
        <Columns plan={plan} />
        <Pointers plan={plan} />
        <Translations plan={plan} />
        {plan.spaces.map((rows) => (
          <Space key={rows.m} plan={plan} rows={rows} />
        ))}
        <Frames plan={plan} />
        {plan.kernel.map(({ t, y }) => (
          <Bits key={t} bits={threadBits(scene.state, scene.before, t)} x={2} y={y + 13} left />
        ))}
      </SceneContext.Provider>
    </Canvas>
  )
}

/** The hatching of what is marked, and heads of arrows. */
function Patterns() {
  const head = (id: string) => (
    <marker
      id={id}
      viewBox="0 0 8 8"
      refX="7"
      refY="4"
      markerWidth="8"
      markerHeight="8"
      markerUnits="userSpaceOnUse"
      orient="auto"
    >
      <path class={id} d="M0 0 L8 4 L0 8 z" />
    </marker>
  )
  return (
    <defs>
      <pattern
        id="hatch"
        width="7"
        height="7"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <rect class="hatch-back" width="7" height="7" />
        <rect class="hatch-line" width="2.5" height="7" />
      </pattern>
      {head('head')}
      {head('pointer-head')}
    </defs>
  )
}

function Columns({ plan }: { plan: Plan }) {
  const { state } = useScene()
  return (
    <g class="columns">
      {Array.from({ length: state.geometry.pages }, (_, page) => (
        <text
          key={String(page)}
          class="label"
          x={plan.left + (page + 0.5) * plan.column}
          y="13"
          text-anchor="middle"
        >
          {plan.narrow ? `p.${page}` : `page ${page}`}
        </text>
      ))}
    </g>
  )
}

function Frames({ plan }: { plan: Plan }) {
  const { state, before } = useScene()
  const { frames } = state.geometry
  const first = plan.frames.find((box) => box !== null)
  const slot = plan.frames.slice(frames).find((box) => box !== null)
  return (
    <g class="frames">
      {first && <Label y={first.y} text="frames" />}
      {slot && <Label y={slot.y} text="swap" />}
      {plan.frames.map((box, f) => {
        if (!box) return null
        const { value, refs, maps } = state.frame[f]
        const old = before?.frame[f]
        const isFree = refs === 0 && maps === 0
        const name = f < frames ? `f${f}` : `slot ${f - frames}`
        const held = state.device.frame === f || state.pipe.frame === f
        const lines = [
          [
            { text: name, tone: isFree ? ('dim' as const) : ('strong' as const) },
            {
              text: contentName(state, value),
              content: value || undefined,
              mark: markOf(old?.value, value, 0),
              was: before && old?.value && value ? contentName(before, old.value) : undefined,
              tone: isFree ? ('dim' as const) : undefined,
            },
          ],
          isFree && !(old && (old.refs > 0 || old.maps > 0))
            ? [{ text: 'free', tone: 'dim' as const }]
            : [
                {
                  text: plan.narrow ? `${refs}r` : `${refs} ref${refs === 1 ? '' : 's'}`,
                  mark: markOf(old?.refs, refs, 0),
                  was: old && old.refs > 0 && refs > 0 ? String(old.refs) : undefined,
                },
                ...labels(frame, state.frame[f], old),
                { text: held ? (state.device.frame === f ? 'dev' : 'pipe') : '' },
              ],
        ]
        return (
          <Cell
            key={String(f)}
            box={box}
            paths={variablesIn(frame, `frame[${f}]`, state.frame[f], old)}
            lines={lines}
            kind={isFree ? 'frame none' : 'frame'}
          />
        )
      })}
    </g>
  )
}
