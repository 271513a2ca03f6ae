/**
 * Why a property fails, as an argument: how things stand, which steps led there and what each of
 * them had found, and who waits for what. All of it is computed from what steps read and write.
 */
import { actorOf, type Model, NO_DEADLOCK, type Trace } from '../../checker/model.js'
import type { AnyState, Narration } from '../../runs/subject.js'
import type { SoundTwin } from '../deviation.js'
import { Causes, type Reason } from './causes.js'
import { type PutOff, putOffIn } from './fair.js'
import { History } from './history.js'
import type { Topic } from './topic.js'

/** A variable in the last state. */
export interface Standing {
  /** See Words. */
  readonly key: string
  readonly name: string
  readonly value: string
  /** The step that wrote it last, from 1; null: it has its initial value. */
  readonly since: number | null
}

/** A step that led there. */
export interface Link {
  /** From 1. */
  readonly step: number
  /** Of the variables that it changed, those it is about: their keys, see Words. */
  readonly changes: readonly string[]
  /** Values without which the step would not have been taken, or would have done something else. */
  readonly reasons: readonly Reason[]
  /** The same of what the sound system does here instead. */
  readonly missed: readonly Reason[]
}

/** A step that cannot be taken, and what stands in its way: nothing, if no single step wrote it. */
export interface Waiting {
  readonly label: string
  readonly obstacles: readonly Reason[]
}

export interface Argument {
  /** The variables it is about, in the last state. */
  readonly standing: readonly Standing[]
  /** The steps that led there, in their order. */
  readonly chain: readonly Link[]
  /** For deadlocks, and runs in which nothing happens any more. */
  readonly waiting: readonly Waiting[]
  /** For runs that go on for ever: who takes no step in the loop, and why that is fair. */
  readonly putOff: readonly PutOff[]
  /** The steps, from 1, that matter for the violation. */
  readonly matter: readonly number[]
}

/** Longer traces are not argued about: that would take seconds. */
const LONGEST = 300
/** More than these make no argument. */
const LINKS = 12
const STANDING = 8

/**
 * The argument for a violation at the end of a trace; null where the trace is too long for one.
 * @param narration the words for the model.
 * @param twin the system without its mutant, if there is one.
 * @param deviations the steps, from 1, that the twin does not take, or takes differently.
 */
export function argumentFor(
  model: Model<AnyState>,
  trace: Trace<AnyState>,
  found: { readonly property: string; readonly explanation: string },
  narration: Narration,
  twin: SoundTwin | null,
  deviations: readonly number[],
): Argument | null {
  const { schedule, states } = trace
  if (schedule.length === 0 || schedule.length > LONGEST) return null
  const history = new History(model, trace, narration)
  const causes = new Causes(model, history)
  const property = model.properties.find(({ name }) => name === found.property)
  const direct = property?.kind === 'always' ? causes.reasonsFor(property) : []
  const isStuck = found.property === NO_DEADLOCK || trace.loopStart === schedule.length
  const waiting = isStuck ? waitingIn(causes, trace, narration) : []
  const putOff = property?.kind === 'eventually' ? putOffIn(model, trace, causes) : []
  const obstacles = [...waiting, ...putOff].flatMap((one) => one.obstacles)
  const loop = trace.loopStart === undefined ? [] : numbersFrom(trace.loopStart, schedule.length)
  const decided = causes.decidedBy(loop)
  const keys = new Set([...direct, ...obstacles, ...decided].map(({ key }) => key))
  const topic = topicOf(history, narration.named(found.explanation, states), keys)
  const isContext = (key: string) => narration.words(key).isContext && !keys.has(key)
  const sound = twin && new Causes(twin.model, history)
  const beginning = narration.beginning(states)
  const links = schedule.map((_, i): Link => {
    const step = i + 1
    const changed = history.changed[step] ?? []
    const missed =
      sound && deviations.includes(step) ? missedBy(sound, twin, trace, step, topic) : []
    return {
      step,
      changes: [...new Set(changed.filter(topic).map((one) => history.wordsFor(one).key))],
      reasons: step < beginning ? [] : causes.reasons(topic, step),
      missed,
    }
  })
  const starts = [
    schedule.length,
    ...deviations,
    ...[...direct, ...obstacles].map(({ since }) => since),
    ...loop.filter((step) => links[step - 1].reasons.some(({ instead }) => instead.length > 0)),
    ...lastDecisions(schedule, links, isContext),
  ]
  const led = closure(links, starts)
  const touched = links.filter(({ changes }) => changes.some((key) => !isContext(key)))
  return {
    standing: standingIn(history, topic, isContext),
    chain: led
      .slice(0, LINKS)
      .sort((x, y) => x - y)
      .map((step) => links[step - 1]),
    waiting,
    putOff,
    matter: [...new Set([...led, ...touched.map(({ step }) => step)])].sort((x, y) => x - y),
  }
}

/** The numbers of the steps after `start`, up to `end`. */
function numbersFrom(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i + 1)
}

/** The topic: things that the explanation names, and variables of the property itself. */
function topicOf(
  history: History,
  isNamed: (path: string) => boolean,
  keys: ReadonlySet<string>,
): Topic {
  const known = new Map<number, boolean>()
  return (element) => {
    let is = known.get(element)
    if (is === undefined) {
      const { key, internal } = history.wordsFor(element)
      is = !internal && (keys.has(key) || isNamed(history.elements.path(element)))
      known.set(element, is)
    }
    return is
  }
}

/** The topic in the last state: variables that were written, or that a story always mentions. */
function standingIn(
  history: History,
  topic: Topic,
  isContext: (key: string) => boolean,
): Standing[] {
  const { states } = history.trace
  const last = states[states.length - 1]
  const found = new Map<string, Standing>()
  for (const element of history.elements.all()) {
    if (!topic(element)) continue
    const { key, name, value, isTelling } = history.wordsFor(element)
    const step = history.writerOf(element, states.length) ?? 0
    const since = Math.max(found.get(key)?.since ?? 0, step) || null
    if (isContext(key) || (since === null && !isTelling)) continue
    found.set(key, { key, name: name(last, last), value: value(last), since })
  }
  return [...found.values()].slice(0, STANDING)
}

/**
 * For each actor that can do nothing in the last state: the steps it might take there, and what
 * stands in their way. If no single step has written an obstacle, all its steps are listed.
 */
function waitingIn(
  causes: Causes,
  { states }: Trace<AnyState>,
  { lanes, mayRest }: Narration,
): Waiting[] {
  const last = states.length - 1
  return lanes(states[0]).flatMap(({ name }) => {
    const waiting = causes
      .stepsAtPlace(name, last)
      .map((label) => ({ label, obstacles: causes.obstacles(label, last) }))
    const explained = waiting.filter(({ obstacles }) => obstacles.length > 0)
    return explained.length > 0 || mayRest(states[last], name) ? explained : waiting
  })
}

/** The reasons for which the sound system's steps at this place would have been taken. */
function missedBy(
  sound: Causes,
  twin: SoundTwin,
  { schedule, states }: Trace<AnyState>,
  step: number,
  topic: Topic,
): Reason[] {
  const label = schedule[step - 1]
  const instead = twin.possible(states[step - 1], actorOf(label)).filter((other) => other !== label)
  const reasons = instead.flatMap((other) => sound.reasons(topic, step, other))
  return reasons
    .filter(({ key }, i) => reasons.findIndex((other) => other.key === key) === i)
    .map((reason) => ({ ...reason, instead: [] }))
}

/** For each actor the last step at which it could have gone another way, because of the topic. */
function lastDecisions(
  schedule: readonly string[],
  links: readonly Link[],
  isContext: (key: string) => boolean,
): number[] {
  const last = new Map<string, number>()
  for (const { step, reasons } of links)
    if (reasons.some(({ instead, key }) => instead.length > 0 && !isContext(key)))
      last.set(actorOf(schedule[step - 1]), step)
  return [...last.values()]
}

/** The steps that some steps lead back to by their reasons, the nearest first. */
function closure(links: readonly Link[], starts: readonly number[]): number[] {
  const known = new Set(starts)
  // Iteration over a set includes the elements that are added meanwhile.
  for (const step of known) {
    const { reasons, missed } = links[step - 1]
    for (const { since } of [...missed, ...reasons]) known.add(since)
  }
  return [...known]
}
