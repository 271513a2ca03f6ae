/** The bar to move along a run. */
import { changeFrom, firstBad, lastPosition, type ShownRun, variablesOf } from './run.js'

interface ControlsProps {
  readonly run: ShownRun
  readonly position: number
  readonly go: (position: number) => void
  readonly all: boolean
  readonly setAll: (all: boolean) => void
  readonly picked: string | null
  readonly pick: (key: string | null) => void
}

export function Controls({ run, position, go, all, setAll, picked, pick }: ControlsProps) {
  const last = lastPosition(run)
  const bad = firstBad(run)
  const { loopStart } = run.story
  const next = picked === null ? null : changeFrom(run.story, position, picked, 1)
  const previous = picked === null ? null : changeFrom(run.story, position, picked, -1)
  const variables = variablesOf(run.story, all)
  const hasPicked = picked === null || variables.some(({ key }) => key === picked)
  return (
    <div class="controls" role="toolbar" aria-label="moving along the run">
      <span class="group">
        <Move to={0} here={position} go={go} text="|◀" label="first state (Home)" />
        <Move to={position - 1} here={position} go={go} text="◀" label="one step back (Left)" />
        <output class="position" aria-label="position">
          {position} / {last}
        </output>
        <Move
          to={Math.min(last, position + 1)}
          here={position}
          go={go}
          text="▶"
          label="one step on (Right)"
        />
        <Move to={last} here={position} go={go} text="▶|" label="last state (End)" />
      </span>
      <span class="group">
        <Move to={bad} here={position} go={go} text="✗ first bad" label="first bad state (b)" />
        <Move
          to={loopStart ?? null}
          here={position}
          go={go}
          text="↻ loop"
          label="start of the loop (l)"
        />
      </span>
      <span class="group">
        <label>
          follow{' '}
          <select
            value={picked ?? ''}
            onChange={({ currentTarget: { value } }) => pick(value === '' ? null : value)}
          >
            <option value="">no variable</option>
            {!hasPicked && <option value={picked}>one that does not change</option>}
            {variables.map(({ key, name }) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Move to={previous} here={position} go={go} text="◂ change" label="its change before (p)" />
        <Move to={next} here={position} go={go} text="change ▸" label="its next change (n)" />
      </span>
      <label class="group">
        <input
          type="checkbox"
          checked={all}
          onChange={({ currentTarget }) => setAll(currentTarget.checked)}
        />{' '}
        registers and observations
      </label>
    </div>
  )
}

interface MoveProps {
  /** Null where there is no such place. */
  readonly to: number | null
  readonly here: number
  readonly go: (position: number) => void
  readonly text: string
  readonly label: string
}

function Move({ to, here, go, text, label }: MoveProps) {
  const isPossible = to !== null && to >= 0 && to !== here
  return (
    <button
      type="button"
      disabled={!isPossible}
      aria-label={label}
      title={label}
      onClick={() => to !== null && go(to)}
    >
      {text}
    </button>
  )
}

/** Where a key leads; null for a key that means nothing here. */
export function keyTarget(key: string, run: ShownRun, position: number, picked: string | null) {
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, position - 1)
    case 'ArrowRight':
      return Math.min(lastPosition(run), position + 1)
    case 'Home':
      return 0
    case 'End':
      return lastPosition(run)
    case 'b':
      return firstBad(run)
    case 'l':
      return run.story.loopStart ?? null
    case 'n':
      return picked === null ? null : changeFrom(run.story, position, picked, 1)
    case 'p':
      return picked === null ? null : changeFrom(run.story, position, picked, -1)
    default:
      return null
  }
}
