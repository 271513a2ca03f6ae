/** The whole state graph of what is explored, drawn when it is asked for. */
import { useState } from 'preact/hooks'
import type { Exploration } from '../../story/exploration.js'
import { Drawing } from '../drawing.js'

export function States({ exploration }: { exploration: Exploration }) {
  const [svg, setSvg] = useState<string | null>(null)
  if (svg !== null) return <Drawing svg={svg} title="state graph" name="states" />
  return (
    <p>
      <button type="button" onClick={() => setSvg(exploration.statesPicture())}>
        draw all states
      </button>{' '}
      <span class="nothing">of a large graph, those that are reached first</span>
    </p>
  )
}
