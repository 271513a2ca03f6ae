/**
 * The content of a report, as plain data: a run with all its states, the properties that hold in
 * each of them, the other steps that were possible, and another run for comparison.
 */
import { BUILT_IN_PROPERTIES, type Model, type Trace } from '../checker/model.js'
import { canonicalJson } from '../runs/canonical.js'
import { Cursor } from '../runs/cursor.js'
import type { Picture } from '../runs/drawing.js'
import { type LeadingReplay, leadingReplay } from '../runs/leading.js'
import { type Replay, replay } from '../runs/replay.js'
import { modelOf, soundSetup, subjectOf } from '../runs/setup-model.js'
import { follow } from '../runs/shrink/follow.js'
import type { AnyState, Setup } from '../runs/subject.js'
import { type Delta, deltasOf, statesFrom } from './deltas.js'
import { DEPTHS, runPicture } from './render/state-pictures.js'
import { type Story, storyOfReplay } from './story.js'
import { type FirstValue, firstValues } from './variables.js'

/** The report format of this version. */
const REPORT_FORMAT = 1

export interface Report {
  readonly format: typeof REPORT_FORMAT
  /** Of forkcheck. */
  readonly version: string
  /** The command that shows the run again. */
  readonly command: string
  readonly main: ReportedRun
  readonly beside: Beside | null
}

/** One run. */
export interface ReportedRun {
  /** Its name where there are two. */
  readonly title: string
  readonly story: Story
  /** The state it starts in, and what changes from each state to the next. */
  readonly first: AnyState
  readonly deltas: readonly Delta[]
  readonly truths: readonly Truth[]
  /** The variables of the first state; null where the viewer has a picture of its own. */
  readonly variables: readonly FirstValue[] | null
  /** The subject's pictures of the states, in the order of the run; null where it has none. */
  readonly pictures: readonly Picture[] | null
  /** Pictures of what else could have happened, one step beside the run, then two. */
  readonly graphs: readonly string[]
}

/** A property along a run. */
export interface Truth {
  readonly name: string
  readonly kind: 'always' | 'sometimes' | 'eventually'
  readonly says: string
  /** One for each change of whether it holds, or of why it does not; the first is at state 0. */
  readonly spans: readonly Span[]
}

interface Span {
  /** The number of the first state. */
  readonly from: number
  readonly holds: boolean
  /** Why it does not hold. */
  readonly reason: string | null
}

/** A run to compare with. */
export interface Beside {
  readonly run: ReportedRun
  /** The number of the last state, from 0, in which both agree. */
  readonly agree: number
}

/** The report of a replay. @param besides a run to lay beside it; default: the sound system's. */
export function reportOf(
  reported: Replayed,
  about: Pick<Report, 'version' | 'command'>,
  besides: Replayed | null,
): Report {
  const replayed = led(reported)
  const other = besides && led(besides)
  const { setup } = replayed
  const titled = runOf(replayed, setup.mutant ? `with ${setup.mutant.name}` : setup.system.name)
  const main = { ...titled, graphs: graphsOf(replayed) }
  const sound = other === null && setup.mutant ? soundRun(replayed) : null
  const name = (one: Replayed) => `${one.replay.trace.schedule.length} steps`
  const second = other ? runOf(other, name(other)) : sound
  const beside = second && { run: second, agree: agreement(replayed, other, second) }
  const title = other ? name(replayed) : main.title
  return { format: REPORT_FORMAT, ...about, main: { ...main, title }, beside }
}

/** The parts of a report. */
export interface Replayed {
  readonly setup: Setup
  readonly model: Model<AnyState>
  readonly property: string
  readonly replay: LeadingReplay
}

/** The same replay, leading with the promise that it breaks or comes to break. */
function led({ replay, ...rest }: Replayed): Replayed {
  const leading = leadingReplay(rest.model, replay)
  return { ...rest, property: leading.violation?.property ?? rest.property, replay: leading }
}

function graphsOf({ model, replay: { trace } }: Replayed): string[] {
  return DEPTHS.map((deep) => runPicture(model, trace, deep))
}

function runOf({ setup, model, property, replay }: Replayed, title: string): ReportedRun {
  const story = storyOfReplay(setup, model, { property }, replay)
  const { states } = replay.trace
  return {
    title,
    story,
    first: states[0],
    deltas: deltasOf(states),
    truths: truthsOf(model, replay),
    variables: variablesOf(setup, model),
    pictures: picturesOf(setup, states),
    graphs: [],
  }
}

/** The variables of the first state, for a subject of which the viewer has no picture. */
export function variablesOf(setup: Setup, model: Model<AnyState>): FirstValue[] | null {
  const { picture, narration } = subjectOf(setup)
  return picture === 'machine' ? null : firstValues(narration(model), model.layout, model.init[0])
}

/** The subject's pictures of the states; null where it has none. */
export function picturesOf(setup: Setup, states: readonly AnyState[]): Picture[] | null {
  const { picture } = subjectOf(setup)
  if (typeof picture !== 'function') return null
  return states.map((state, i) => picture(setup, state, states[i - 1] ?? null))
}

/** The same schedule in the system without its mutant; impossible steps are left out. */
function soundRun({ setup, property, replay: { trace } }: Replayed): ReportedRun {
  const sound = soundSetup(setup)
  const { system } = sound
  const model = modelOf(sound)
  const schedule = follow(new Cursor(model), trace.schedule, null, 'substitute') ?? []
  const followed = replay(model, { property, schedule })
  const message = `the same steps, where ${system.name} can take them: ${property} holds`
  const told = followed.violation ? followed : { ...followed, message }
  return runOf({ setup: sound, model, property, replay: told }, system.name)
}

/** How long two runs go the same way: in states where they can be compared, else in steps. */
function agreement(
  { setup, replay: { trace } }: Replayed,
  other: Replayed | null,
  second: ReportedRun,
) {
  const labels = second.story.steps.map(({ label }) => label)
  let agree = 0
  while (agree < labels.length && labels[agree] === trace.schedule[agree]) agree++
  const sameScenario =
    !other || canonicalJson(other.setup.scenario) === canonicalJson(setup.scenario)
  if (!sameScenario) return agree
  const others = statesFrom(second.first, second.deltas)
  const differs = trace.states
    .slice(0, agree + 1)
    .findIndex((state, i) => canonicalJson(state) !== canonicalJson(others[i]))
  return differs < 0 ? agree : Math.max(0, differs - 1)
}

/** For each property, in which states it holds, and why it fails in the others. */
export function truthsOf(
  { properties }: Model<AnyState>,
  { trace, violation }: Pick<Replay<AnyState>, 'trace' | 'violation'>,
): Truth[] {
  const truths = properties.map(({ name, kind, says, holds, explain }): Truth => {
    const spans: Span[] = []
    for (const [from, state] of trace.states.entries()) {
      const held = holds(state)
      const reason = held || kind === 'sometimes' ? null : (explain?.(state) ?? `not so: ${says}`)
      const last = spans.at(-1)
      if (last?.holds !== held || last.reason !== reason) spans.push({ from, holds: held, reason })
    }
    return { name, kind, says, spans }
  })
  const known = truths.some(({ name }) => name === violation?.property)
  return violation && !known ? [builtIn(violation, trace), ...truths] : truths
}

/** A violation of what the engine itself asks for. */
function builtIn(
  { property, step, explanation }: NonNullable<Replay<AnyState>['violation']>,
  { states }: Trace<AnyState>,
): Truth {
  const { kind, says } = BUILT_IN_PROPERTIES.find(({ name }) => name === property) ?? {
    kind: 'always',
    says: property,
  }
  const from = Math.min(step, states.length - 1)
  const before = from === 0 ? [] : [{ from: 0, holds: true, reason: null }]
  return {
    name: property,
    kind,
    says,
    spans: [...before, { from, holds: false, reason: explanation }],
  }
}
