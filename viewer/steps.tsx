/**
 * The steps of a run: a lane for each actor, a row for each step. Only the rows in sight exist, so
 * long runs stay as quick as short ones.
 */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { StoryStep } from '../story/story.js'
import { propertiesAt, type ShownRun } from './run.js'

/** Height of a row, and how many are kept ready above and below those in sight. */
const ROW = 26
const READY = 12
/** Width of a lane. */
const LANE = 46

interface StepsProps {
  readonly run: ShownRun
  readonly position: number
  readonly go: (position: number) => void
  readonly all: boolean
  readonly picked: string | null
  /** Tells two lists on one page apart. */
  readonly id: string
}

export function Steps({ run, position, go, all, picked, id }: StepsProps) {
  const list = useRef<HTMLDivElement>(null)
  const [scroll, setScroll] = useState({ top: 0, height: 400 })
  const { steps } = run.story
  const rows = steps.length + 1
  const hasMarks = steps.some(({ matters }) => !matters)
  const lanes = new Map(run.story.actors.map(({ name }, i) => [name, i]))
  useLayoutEffect(() => {
    const element = list.current
    if (!element) return
    const [top, bottom] = [position * ROW, (position + 1) * ROW]
    if (top < element.scrollTop) element.scrollTop = Math.max(0, top - ROW)
    if (bottom > element.scrollTop + element.clientHeight)
      element.scrollTop = bottom - element.clientHeight + ROW
    setScroll({ top: element.scrollTop, height: element.clientHeight })
  }, [position, rows])
  const from = Math.max(0, Math.floor(scroll.top / ROW) - READY)
  const until = Math.min(rows, Math.ceil((scroll.top + scroll.height) / ROW) + READY)
  const inSight = Array.from({ length: until - from }, (_, i) => from + i)
  return (
    <div class="steps">
      <div class="lanes" aria-hidden="true">
        {run.story.actors.map(({ name, program }, i) => (
          <span key={name} class={`lane a${i % 6}`} title={`${name}: ${program.join(', ')}`}>
            {name}
          </span>
        ))}
      </div>
      <div
        class="rows"
        ref={list}
        role="listbox"
        aria-label="steps"
        tabIndex={0}
        aria-activedescendant={`${id}-${position}`}
        onScroll={({ currentTarget: { scrollTop, clientHeight } }) =>
          setScroll({ top: scrollTop, height: clientHeight })
        }
      >
        <div class="all-rows" role="presentation" style={{ height: `${rows * ROW}px` }}>
          {inSight.map((at) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys move along the list
            <div
              key={at}
              id={`${id}-${at}`}
              class={rowClass(run, at, position, picked)}
              style={{ top: `${at * ROW}px` }}
              role="option"
              tabIndex={-1}
              aria-selected={at === position}
              onClick={() => go(at)}
            >
              <span class="number">
                {at === 0 ? '' : `${hasMarks && steps[at - 1].matters ? '*' : ''}${at}`}
              </span>
              {at === 0 ? (
                <span class="call">at first</span>
              ) : (
                <Row step={steps[at - 1]} lane={lanes.get(steps[at - 1].actor) ?? 0} all={all} />
              )}
              <Flags run={run} at={at} />
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}

function rowClass(
  { story }: ShownRun,
  at: number,
  position: number,
  picked: string | null,
): string {
  const step = story.steps[at - 1]
  return [
    'row',
    at === position && 'current',
    step && !step.matters && 'beside-the-point',
    step?.changes.some(({ key }) => key === picked) && 'changes-picked',
    at > 0 && at === story.steps.length && story.verdict === 'violated' && 'violates',
  ]
    .filter(Boolean)
    .join(' ')
}

function Row({ step, lane, all }: { step: StoryStep; lane: number; all: boolean }) {
  const call = step.label.startsWith(`${step.actor}.`)
    ? step.label.slice(step.actor.length + 1)
    : step.label
  return (
    <>
      <span
        class={`call a${lane % 6}`}
        style={{ marginLeft: `${lane * LANE}px` }}
        title={step.actor}
      >
        {call}
      </span>
      <span class="summary">{summary(step, all)}</span>
    </>
  )
}

/** The most telling changes of a step. */
function summary({ changes, actor }: StoryStep, all: boolean): string {
  const shown = changes.filter(({ internal, name }) => (all || !internal) && name !== `${actor} pc`)
  return shown.map(({ name, from, to }) => `${name}: ${from} → ${to}`).join('; ')
}

/** What is special about a row, in a symbol each. */
function Flags({ run, at }: { run: ShownRun; at: number }) {
  const { story } = run
  const step = story.steps[at - 1]
  const bad = isBad(run, at)
  return (
    <span class="flags">
      {story.loopStart === at && <span title="the loop begins here">↻</span>}
      {at > 0 && at === story.steps.length && story.loopStart !== undefined && (
        <span title={`back to ${story.loopStart}`}>↩</span>
      )}
      {step?.deviation && <span title={step.deviation}>≠</span>}
      {bad && <span title={bad}>✗</span>}
    </span>
  )
}

/** Why a row's state is wrong; null when it is not. */
function isBad(run: ShownRun, at: number): string | null {
  const failing = propertiesAt(run, at).find(({ kind, holds }) => kind === 'always' && !holds)
  if (failing) return `${failing.name}: ${failing.reason}`
  const isEnd = at === run.story.steps.length && run.story.verdict === 'violated'
  return isEnd ? run.story.because : null
}
