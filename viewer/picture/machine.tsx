/** The state of a run as a picture: the fork machine's, a subject's own, or a table of variables. */
import { useContext } from 'preact/hooks'
import { firstBad, type ShownRun, stateAt, stepAt, subjectOf } from '../run.js'
import { AloneContext } from './canvas.js'
import { Drawn } from './drawn.js'
import { Picture } from './picture.js'
import { StateTable } from './table.js'

/** Where somebody is in a run, and what they follow. */
export interface Place {
  readonly position: number
  readonly go: (position: number) => void
  readonly picked: string | null
  readonly pick: (key: string) => void
  readonly all: boolean
}

export function Machine({ run, position, picked, pick, all }: { run: ShownRun } & Place) {
  // On a page the table of variables stands below a drawing; a file has room for one of the two.
  const isAlone = useContext(AloneContext) !== null
  const bad = firstBad(run)
  const title = `the machine after ${position} steps, ${run.title}`
  const subject = bad !== null && position >= bad ? subjectOf(run.story) : NOTHING
  if (run.variables !== null) {
    const picture = run.pictures?.[Math.min(position, run.pictures.length - 1)]
    const scene = { picked, pick, subject, title }
    return (
      <>
        {picture !== undefined && (
          <Drawn
            picture={picture}
            step={stepAt(run, position)}
            {...scene}
            title={`drawing: ${title}`}
          />
        )}
        {(picture === undefined || !isAlone) && (
          <StateTable run={run} position={position} all={all} {...scene} />
        )}
      </>
    )
  }
  return (
    <Picture
      states={run.states}
      state={stateAt(run, position)}
      before={position > 0 ? stateAt(run, position - 1) : undefined}
      picked={picked}
      pick={pick}
      subject={subject}
      title={title}
    />
  )
}

const NOTHING: ReadonlySet<string> = new Set()
