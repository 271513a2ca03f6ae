/** Walking through a model by hand: pick steps, undo, fork, ask, load and save. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type Linked, linkOf } from '../../runs/link.js'
import type { Setup } from '../../runs/subject.js'
import { Exploration } from '../../story/exploration.js'
import { operationFrom, toNextChoice } from '../../story/onward.js'
import { Controls, keyTarget } from '../controls.js'
import { Help, type Keys, RUN_KEYS } from '../help.js'
import { Playback } from '../playback.js'
import { ImageControls, useKeys } from '../report-page.js'
import { lastPosition, stateAt } from '../run.js'
import { RunView } from '../run-view.js'
import { ThemeControl } from '../theme.js'
import { Choices } from './choices.js'
import { Files } from './files.js'
import { Questions } from './questions.js'
import { RoutineView } from './routine.js'
import { Seen, useSeen } from './seen.js'
import {
  changed,
  counterexampleText,
  type Session,
  undone,
  withSetup,
  withSteps,
} from './session.js'
import { SetupControls } from './setup.js'
import type { Start } from './start.js'
import { States } from './states.js'

const KEYS: Keys = { ...RUN_KEYS, u: 'undo', c: 'take steps until there is a choice' }

export function Explorer({ start }: { start: Start }) {
  const [session, setSession] = useState<Session>({ now: start.linked, past: [] })
  const [problem, setProblem] = useState(start.problem)
  const [picked, setPicked] = useState<string | null>(null)
  const [all, setAll] = useState(false)
  const { now } = session
  const exploration = useMemo(() => new Exploration(now.setup), [now.setup])
  const { run, stale } = useMemo(() => exploration.run(now.schedule), [exploration, now.schedule])
  const seen = useSeen(exploration, run)
  const position = Math.min(now.position, lastPosition(run))
  const state = stateAt(run, position)
  // Keys may come faster than the page is drawn: what counts is where one is by now.
  const here = useRef(position)
  here.current = position
  const possible = useMemo(() => exploration.possible(state), [exploration, state])
  const blocked = useMemo(() => exploration.blocked(state), [exploration, state])
  const go = (to: number) => {
    here.current = to
    setSession((before) => ({ ...before, now: { ...before.now, position: to } }))
  }
  const change = (next: (before: Linked) => Linked) => {
    setProblem(null)
    setSession((before) => changed(before, next(before.now)))
  }
  const choose = (setup: Setup) => {
    try {
      new Exploration(setup)
      change(() => withSetup(setup))
    } catch (error) {
      setProblem((error as Error).message)
    }
  }
  const undo = () => setSession(undone)
  const [isHelp, setHelp] = useState(false)
  /** Takes steps from where one stands. */
  const takeAll = (steps: readonly string[]) => {
    if (steps.length > 0) change((before) => withSteps({ ...before, position }, steps))
  }
  const onward = () => takeAll(toNextChoice(exploration, state))
  useKeys((key) => {
    const own: Record<string, () => void> = { u: undo, c: onward, '?': () => setHelp(true) }
    own[key]?.()
    const to = keyTarget(key, run, here.current, picked)
    if (to !== null) go(to)
    return to !== null || key in own
  })
  const link = `#${linkOf({ ...now, position })}`
  useEffect(() => history.replaceState(null, '', link), [link])
  useEffect(() => {
    const onLink = () => location.reload()
    addEventListener('hashchange', onLink)
    return () => removeEventListener('hashchange', onLink)
  }, [])
  const place = { position, go, picked, pick: setPicked, all }
  const told = problem ?? stale
  return (
    <>
      <header>
        <h1>
          forkcheck explore{' '}
          {start.stories !== null && (
            <a class="home" href="index.html">
              all flaws, scenarios and stories
            </a>
          )}
        </h1>
        <SetupControls setup={now.setup} choose={choose} outside={start.outside} />
      </header>
      <main>
        {told !== null && (
          <p class="failing" role="alert">
            {told}
          </p>
        )}
        <Controls run={run} {...place} pick={setPicked} setAll={setAll} />
        <div class="controls more">
          <span class="group">
            <button
              type="button"
              disabled={session.past.length === 0}
              onClick={undo}
              title="undo (u)"
            >
              ↶ undo
            </button>
            <button
              type="button"
              disabled={possible.length !== 1}
              onClick={onward}
              title="take steps until there is a choice (c)"
            >
              ⇥ to the next choice
            </button>
            <button
              type="button"
              disabled={now.schedule.length === 0}
              onClick={() => change(({ setup }) => withSetup(setup))}
            >
              start again
            </button>
          </span>
          <Playback run={run} position={position} go={go} />
          <ImageControls name={`${now.setup.scenario.name}-${position}`} />
          <ThemeControl />
          <Help keys={KEYS} isOpen={isHelp} set={setHelp} />
        </div>
        <RunView
          run={run}
          id="main"
          open="Steps"
          {...place}
          tabs={{
            Steps: (
              <Choices
                possible={possible}
                blocked={blocked}
                taken={run.story.steps[position]?.label}
                take={(label) => takeAll([label])}
                finish={(label, actor) => takeAll(operationFrom(exploration, state, label, actor))}
                actors={run.story.actors}
              />
            ),
            Find: (
              <Questions
                key={`${now.setup.system.name} ${now.setup.scenario.name}`}
                setup={now.setup}
                state={state}
                askable={exploration.narration.askable}
                take={takeAll}
              />
            ),
            Routine: (
              <RoutineView
                exploration={exploration}
                state={state}
                actor={run.story.steps[position - 1]?.actor}
              />
            ),
            Seen: <Seen {...seen} />,
            States: <States key={linkOf(withSetup(now.setup))} exploration={exploration} />,
            Files: (
              <Files
                link={location.pathname + link}
                found={
                  position === lastPosition(run)
                    ? counterexampleText(exploration, run, start.outside)
                    : null
                }
                outside={start.outside}
                subject={start.subject}
                isServed={start.stories === null}
                load={(linked) => change(() => linked)}
              />
            ),
          }}
        />
      </main>
    </>
  )
}
