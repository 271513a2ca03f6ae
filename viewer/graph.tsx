/** What else could have happened on the way of a run: a click leads to a state of it. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { DEPTHS, type Depth } from '../story/render/state-pictures.js'
import { Drawing } from './drawing.js'
import type { ShownRun } from './run.js'

interface GraphViewProps {
  readonly run: ShownRun
  readonly position: number
  readonly go: (at: number) => void
}

export function GraphView({ run, position, go }: GraphViewProps) {
  const [deep, setDeep] = useState<Depth>(1)
  const svg = useMemo(() => run.graph(deep), [run, deep])
  const view = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const frame = view.current?.querySelector('.drawn')
    if (!frame) return
    for (const node of frame.querySelectorAll<SVGGElement>('.node')) {
      const isHere = node.dataset.step === String(position)
      node.classList.toggle('here', isHere)
      if (isHere) showInside(frame, node)
    }
  }, [svg, position])
  return (
    <div class="graph" ref={view}>
      <fieldset class="group">
        <legend class="hidden">how far beside the run</legend>
        {DEPTHS.map((depth) => (
          <button
            key={depth}
            type="button"
            aria-pressed={depth === deep}
            onClick={() => setDeep(depth)}
          >
            {depth === 1 ? 'one step beside' : 'two steps beside'}
          </button>
        ))}
      </fieldset>
      <Drawing
        svg={svg}
        title="state graph around the run"
        name={`${run.story.property}-graph`}
        onClick={({ target }) => {
          const step = (target as Element).closest<SVGGElement>('[data-step]')?.dataset.step
          if (step !== undefined) go(Number(step))
        }}
      />
    </div>
  )
}

/** Scrolls a frame, and nothing around it, so far that a node in it can be seen. */
export function showInside(frame: Element, node: Element): void {
  const [outer, inner] = [frame.getBoundingClientRect(), node.getBoundingClientRect()]
  if (inner.left < outer.left) frame.scrollLeft -= outer.left - inner.left + 20
  if (inner.right > outer.right) frame.scrollLeft += inner.right - outer.right + 20
  if (inner.top < outer.top) frame.scrollTop -= outer.top - inner.top + 20
  if (inner.bottom > outer.bottom) frame.scrollTop += inner.bottom - outer.bottom + 20
}
