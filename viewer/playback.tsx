/** Letting a run go by itself. */
import { useEffect, useState } from 'preact/hooks'
import { lastPosition, type ShownRun } from './run.js'

/** Steps a second. */
const SPEEDS = [0.5, 1, 2, 5, 20] as const

interface PlaybackProps {
  readonly run: Pick<ShownRun, 'story'>
  readonly position: number
  readonly go: (position: number) => void
}

export function Playback({ run, position, go }: PlaybackProps) {
  const [isPlaying, setPlaying] = useState(false)
  const [speed, setSpeed] = useState<number>(2)
  const last = lastPosition(run)
  const isOver = position >= last
  useEffect(() => {
    if (!isPlaying) return
    if (isOver) {
      setPlaying(false)
      return
    }
    const timer = setTimeout(() => go(position + 1), 1000 / speed)
    return () => clearTimeout(timer)
  }, [isPlaying, isOver, position, speed, go])
  /** At the end it begins again. */
  const start = () => {
    if (isOver) go(0)
    setPlaying(true)
  }
  return (
    <span class="group">
      <button
        type="button"
        disabled={last === 0}
        title="go on by itself"
        onClick={() => (isPlaying ? setPlaying(false) : start())}
      >
        {isPlaying ? '❚❚ pause' : '▷ play'}
      </button>
      <label>
        speed{' '}
        <select value={speed} onChange={({ currentTarget: { value } }) => setSpeed(Number(value))}>
          {SPEEDS.map((steps) => (
            <option key={steps} value={steps}>
              {steps}/s
            </option>
          ))}
        </select>
      </label>
    </span>
  )
}
