/** The routine that somebody is in, as a picture: where they are, and which steps lead where. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { AnyState } from '../../runs/subject.js'
import type { Exploration } from '../../story/exploration.js'
import { Drawing } from '../drawing.js'
import { showInside } from '../graph.js'

interface RoutineViewProps {
  readonly exploration: Exploration
  readonly state: AnyState
  /** Who took the last step: shown until somebody else is chosen. */
  readonly actor: string | undefined
}

export function RoutineView({ exploration, state, actor }: RoutineViewProps) {
  const [chosen, choose] = useState<string | null>(null)
  const all = exploration.whereabouts(state)
  const shown = all.find((one) => one.actor === (chosen ?? actor)) ?? all[0]
  const { place, routine } = shown ?? { place: '', routine: null }
  const svg = routine ? exploration.routinePicture(routine, place) : null
  const view = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const frame = view.current?.querySelector('.drawn')
    const here = frame?.querySelector('.here')
    if (frame && here) showInside(frame, here)
  }, [svg])
  if (!shown) return <p class="nothing">No step of this model is taken at a place.</p>
  return (
    <div class="routine" ref={view}>
      <fieldset class="group">
        <legend class="hidden">whose routine</legend>
        {all.map((one) => (
          <button
            key={one.actor}
            type="button"
            aria-pressed={one === shown}
            onClick={() => choose(one.actor)}
          >
            {one.actor}
          </button>
        ))}
      </fieldset>
      <p>
        {shown.actor} is at <b>{place}</b>
        {routine ? `, in ${routine.name}. ${routine.says}` : '.'}
      </p>
      {routine && svg && (
        <Drawing svg={svg} title={`the steps of ${routine.name}`} name={`${routine.name}-steps`} />
      )}
    </div>
  )
}
