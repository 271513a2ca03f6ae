/** A run on the page: its steps, what is told of the one that is chosen, and the picture. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { GraphView } from './graph.js'
import { Legend } from './legend.js'
import { Changes, Properties, StepHead, Why } from './panels.js'
import { Machine, type Place } from './picture/machine.js'
import { propertiesAt, type ShownRun } from './run.js'
import { Steps } from './steps.js'

interface RunViewProps extends Place {
  readonly run: ShownRun
  readonly id: string
  /** More tabs, and what is shown in them. */
  readonly tabs?: Readonly<Record<string, ComponentChildren>>
  /** The tab that is open at first. */
  readonly open?: string
}

export function RunView({ run, id, tabs = {}, open, ...place }: RunViewProps) {
  const { position, go, picked, pick, all } = place
  const told: Record<string, ComponentChildren> = {
    ...tabs,
    Changes: <Changes run={run} position={position} all={all} picked={picked} pick={pick} />,
    ...(run.story.verdict === 'violated' ? { Why: <Why run={run} go={go} /> } : {}),
    Properties: <Properties run={run} position={position} />,
    Graph: <GraphView run={run} position={position} go={go} />,
  }
  return (
    <div class="run">
      <div class="told">
        <Steps run={run} position={position} go={go} all={all} picked={picked} id={`${id}-step`} />
        <Tabs id={id} tabs={told} open={open ?? 'Changes'} />
      </div>
      <div class="shown">
        <StepHead run={run} position={position} />
        <Failing run={run} position={position} />
        <Machine run={run} {...place} />
        <Legend />
      </div>
    </div>
  )
}

/** What fails in the state that is shown. */
function Failing({ run, position }: { run: ShownRun; position: number }) {
  const failing = propertiesAt(run, position).filter(
    ({ kind, holds }) => kind === 'always' && !holds,
  )
  const { story } = run
  const isEnd = position === story.steps.length && story.verdict === 'violated'
  const told = failing.map(({ name, reason }) => ({ name, reason }))
  if (isEnd && !told.some(({ name }) => name === story.property))
    told.unshift({ name: story.property, reason: story.because })
  if (told.length === 0) return null
  return (
    <div class="failing" role="status">
      {told.map(({ name, reason }) => (
        <p key={name}>
          <b>✗ {name}</b> {reason}
        </p>
      ))}
    </div>
  )
}

interface TabsProps {
  readonly id: string
  readonly tabs: Readonly<Record<string, ComponentChildren>>
  readonly open: string
}

/** One thing at a time is told. Plain buttons, so that the arrow keys keep moving along the run. */
function Tabs({ id, tabs, open }: TabsProps) {
  const [wanted, setWanted] = useState(open)
  const names = Object.keys(tabs)
  const chosen = names.includes(wanted) ? wanted : names[0]
  return (
    <div class="tabs">
      <fieldset class="names">
        <legend class="hidden">what is told</legend>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === chosen}
            aria-controls={`${id}-panel`}
            onClick={() => setWanted(name)}
          >
            {name}
          </button>
        ))}
      </fieldset>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="panel" id={`${id}-panel`} aria-label={chosen} tabIndex={0}>
        {tabs[chosen]}
      </section>
    </div>
  )
}
