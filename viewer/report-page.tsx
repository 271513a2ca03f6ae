/** A report: what went wrong at the top, the run below it, perhaps another one beside it. */
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Beside, Report } from '../story/report.js'
import type { Story } from '../story/story.js'
import { Controls, keyTarget } from './controls.js'
import { Help, RUN_KEYS } from './help.js'
import { savePng, saveSvg } from './image.js'
import { StepHead } from './panels.js'
import { Machine } from './picture/machine.js'
import { Playback } from './playback.js'
import { lastPosition, type ShownRun, unpacked } from './run.js'
import { RunView } from './run-view.js'
import { Steps } from './steps.js'
import { ThemeControl } from './theme.js'

interface ReportPageProps {
  readonly report: Report
  /** Goes back to the page from which the report was opened, if there is one. */
  readonly leave?: () => void
}

export function ReportPage({ report, leave }: ReportPageProps) {
  const run = useMemo(() => unpacked(report.main), [report])
  const [position, setPosition] = useState(() => positionInLink(run))
  const [picked, setPicked] = useState(() => firstPicked(run.story))
  const [all, setAll] = useState(false)
  const [isBeside, setBeside] = useState(false)
  // Keys may come faster than the page is drawn: what counts is where one is by now.
  const now = useRef(position)
  const go = (to: number) => {
    now.current = to
    setPosition(to)
    history.replaceState(null, '', `#step=${to}`)
  }
  const [isHelp, setHelp] = useState(false)
  useKeys((key) => {
    if (key === '?') setHelp(true)
    const to =
      key === 'd' && report.beside
        ? report.beside.agree + 1
        : keyTarget(key, run, now.current, picked)
    if (to === null) return key === '?'
    go(Math.min(lastPosition(run), to))
    return true
  })
  const place = { position, go, picked, pick: setPicked, all }
  return (
    <>
      <Header report={report} go={go} />
      <main>
        <Controls run={run} {...place} pick={setPicked} setAll={setAll} />
        <div class="controls more">
          {leave && (
            <button type="button" onClick={leave}>
              ← all results
            </button>
          )}
          {report.beside && (
            <BesideControls
              beside={report.beside}
              on={isBeside}
              set={setBeside}
              go={go}
              last={lastPosition(run)}
            />
          )}
          <Playback run={run} position={position} go={go} />
          <ImageControls name={`${run.story.property}-${position}`} />
          <ThemeControl />
          <Help
            keys={report.beside ? { ...RUN_KEYS, d: 'where the two runs part' } : RUN_KEYS}
            isOpen={isHelp}
            set={setHelp}
          />
        </div>
        {isBeside && report.beside ? (
          <SideBySide run={run} beside={report.beside} {...place} />
        ) : (
          <RunView
            run={run}
            id="main"
            open={run.story.verdict === 'violated' ? 'Why' : 'Changes'}
            {...place}
          />
        )}
      </main>
      <footer>
        <code>{report.command}</code> · forkcheck {report.version}
      </footer>
    </>
  )
}

/** What is followed at first: of what the reason is about, the variable that changed last. */
function firstPicked({ argument, steps }: Story): string | null {
  const keys = argument?.standing.map(({ key }) => key) ?? []
  const shown = steps.flatMap(({ changes }) => changes.filter(({ internal }) => !internal))
  return shown.findLast(({ key }) => keys.includes(key))?.key ?? null
}

/** What the link to this page says, else the end: that is what it is about. */
function positionInLink(run: ShownRun): number {
  const match = /^#step=(\d+)$/.exec(location.hash)
  return Math.min(lastPosition(run), match ? Number(match[1]) : lastPosition(run))
}

function Header({ report, go }: { report: Report; go: (position: number) => void }) {
  const { story } = report.main
  return (
    <header>
      <p class={`badge ${story.verdict}`}>{story.verdict}</p>
      <h1>{story.property}</h1>
      <p class="says">{story.says}</p>
      {story.because !== null && (
        <p class="because">
          {forEver(story)}
          {story.because}
        </p>
      )}
      <Broken story={story} go={go} />
      <dl class="about-run">
        <div>
          <dt>system</dt>
          <dd>{story.system}</dd>
        </div>
        <div>
          <dt>scenario</dt>
          <dd>{story.scenario}</dd>
        </div>
        {story.mutant && (
          <div>
            <dt>mutant</dt>
            <dd>
              <b>{story.mutant.name}</b>: {story.mutant.says}
            </dd>
          </div>
        )}
        {story.actors
          .filter(({ program }) => program.length > 0)
          .map(({ name, program }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="program" title={program.join(', ')}>
                {program.join(', ')}
              </dd>
            </div>
          ))}
        <div>
          <dt>size</dt>
          <dd>
            {story.steps.length} steps, {story.switches}{' '}
            {story.switches === 1 ? 'switch' : 'switches'}
          </dd>
        </div>
      </dl>
    </header>
  )
}

/** The discipline that was broken first; or, where no promise is broken, what follows. */
function Broken({ story, go }: { story: Story; go: (position: number) => void }) {
  const { earlier, outlook } = story
  if (outlook !== null) return <p class="broken">outlook: {outlook}</p>
  if (!earlier) return null
  const { property, says, step } = earlier
  return (
    <p class="broken">
      also <b>{property}</b>,{' '}
      {step === null ? (
        'in another order of steps'
      ) : (
        <>
          since step{' '}
          <button type="button" class="step-link" onClick={() => go(step)}>
            {step}
          </button>
        </>
      )}
      : {says}
    </p>
  )
}

/** What goes on without end, in a run that does. */
function forEver({ loopStart, steps }: Story): string {
  if (loopStart === undefined) return ''
  if (loopStart === steps.length) return 'For ever, as nothing happens any more: '
  const first = loopStart + 1
  const which = first === steps.length ? `step ${first}` : `steps ${first} to ${steps.length}`
  return `For ever, as ${which} may be repeated without end: `
}

/** Calls a function for each key that is not meant for a field; true: the key was used. */
export function useKeys(use: (key: string) => boolean): void {
  const latest = useRef(use)
  latest.current = use
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target, key } = event
      const isField =
        target instanceof Element && target.closest('select, input, textarea') !== null
      if (isField || event.ctrlKey || event.metaKey || event.altKey) return
      if (latest.current(key)) event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}

interface BesideControlsProps {
  readonly beside: Beside
  readonly on: boolean
  readonly set: (on: boolean) => void
  readonly go: (position: number) => void
  readonly last: number
}

function BesideControls({ beside, on, set, go, last }: BesideControlsProps) {
  const first = beside.agree + 1
  return (
    <span class="group">
      <button type="button" aria-pressed={on} onClick={() => set(!on)}>
        ⇆ beside {beside.run.title}
      </button>
      <button
        type="button"
        disabled={first > last}
        title="first divergence (d)"
        onClick={() => go(first)}
      >
        ≠ first divergence
      </button>
    </span>
  )
}

export function ImageControls({ name }: { name: string }) {
  const picture = () => document.querySelector<SVGSVGElement>('svg.machine')
  const saveIt = (how: (picture: SVGSVGElement, name: string) => unknown) => () => {
    const found = picture()
    if (found) how(found, name)
  }
  return (
    <span class="group">
      <button type="button" onClick={saveIt(saveSvg)} title="save the picture as SVG">
        ⤓ SVG
      </button>
      <button type="button" onClick={saveIt(savePng)} title="save the picture as PNG">
        ⤓ PNG
      </button>
    </span>
  )
}

interface SideBySideProps {
  readonly run: ShownRun
  readonly beside: Beside
  readonly position: number
  readonly go: (position: number) => void
  readonly picked: string | null
  readonly pick: (key: string) => void
  readonly all: boolean
}

/** Two runs that go along together: this one on the left. */
function SideBySide({ run, beside, position, ...place }: SideBySideProps) {
  const other = useMemo(() => unpacked(beside.run), [beside])
  const panes = [
    { title: run.title, run, at: position },
    { title: other.title, run: other, at: Math.min(position, lastPosition(other)) },
  ]
  return (
    <div class="beside">
      {panes.map(({ title, run: one, at }, i) => (
        <section key={title} aria-label={title}>
          <h2 class="pane-title">{title}</h2>
          <p class={position <= beside.agree ? 'agree' : 'differ'}>
            {position <= beside.agree
              ? `both the same up to step ${beside.agree}`
              : `≠ they part at step ${beside.agree + 1}`}
            {at < position && `; this one has ended after ${lastPosition(one)}`}
          </p>
          <Steps run={one} position={at} {...place} id={`pane${i}-step`} />
          <StepHead run={one} position={at} />
          <Machine run={one} position={at} {...place} />
        </section>
      ))}
    </div>
  )
}
