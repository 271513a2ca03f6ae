/** `check --engine`: another checker searches, and what it finds is replayed and told as ours. */
import { performance } from 'node:perf_hooks'
import {
  BUILT_IN_PROPERTIES,
  type CheckResult,
  type Counterexample,
  type Model,
  NO_DEADLOCK,
  NondeterminismError,
  type PropertyResult,
} from '../../checker/model.js'
import { Cursor } from '../../runs/cursor.js'
import { confirmReading } from '../../runs/reading.js'
import { replay } from '../../runs/replay.js'
import {
  type EngineName,
  type Outcome,
  outcomeOf,
  type Run,
  runModel,
  setupParts,
} from '../../runs/run.js'
import type { AnyState } from '../../runs/subject.js'
import { UsageError } from '../errors.js'
import { type Io, isStopped } from '../io.js'
import type { Plan } from '../planned-check.js'
import { ProgressLine } from '../progress.js'

/** Another checker. */
export interface Engine {
  readonly name: EngineName
  /** Its name in sentences. */
  readonly title: string
  /** How it stores states. */
  readonly storage: (options: EngineOptions) => Run['storage']
  /**
   * Searches a model for states in which a property of kind `always` does not hold.
   * @throws UsageError when a program is missing; the signal's reason when it is aborted.
   */
  readonly search: (io: Io, model: Model<AnyState>, options: EngineOptions) => Promise<Found>
}

export interface EngineOptions {
  /** Threads or processes that search. */
  readonly workers?: number
  /** Keep a few bits of each state. */
  readonly bitstate?: boolean
  /** The search ends when it takes more. */
  readonly maxBytes?: number
  /** Ends the engine at once. */
  readonly signal: AbortSignal
  /** Called now and then with the number of states. */
  readonly show: (states: number) => void
}

/** What another checker found, in our terms. */
export interface Found {
  readonly version: string
  readonly states: number
  readonly transitions: number
  readonly depth: number
  /** Of all that it takes, or 0 where it does not say. */
  readonly bytes: number
  /** Why it has not seen all states; null if it has, or stopped at an error. */
  readonly limit: string | null
  /** The labels of the steps to an error; null if there is none. */
  readonly schedule: readonly string[] | null
  /** The schedule ends before the step that violates something. */
  readonly lacksLastStep?: boolean
  /** What else a reader of the verdict must know. */
  readonly remarks: readonly string[]
}

interface Limits {
  /** Seconds for everything together. */
  readonly time?: number
  readonly maxBytes?: number
  readonly workers?: number
  readonly bitstate?: boolean
  readonly quiet?: boolean
}

const seconds = () => performance.now() / 1000

/**
 * Checks plans with another checker, one after the other.
 * @returns the outcomes in the order of the plans; null for what an interrupt kept from starting.
 * @throws UsageError when it is missing, or is asked what it cannot do.
 */
export async function checkWithEngine(
  io: Io,
  plans: readonly Plan[],
  engine: Engine,
  { time, quiet, ...own }: Limits,
): Promise<(Outcome | null)[]> {
  for (const plan of plans) refuseOthers(plan, engine)
  const timeUp = new AbortController()
  const timer = time === undefined ? undefined : setTimeout(() => timeUp.abort(), time * 1000)
  const progress = new ProgressLine(io, quiet ?? false, seconds)
  const outcomes: (Outcome | null)[] = []
  try {
    for (const plan of plans) {
      const isOver = await isStopped(io)
      const { system, scenario } = setupParts(plan.setup)
      progress.begin(`${engine.title}: ${system} / ${scenario}`)
      const ended = () => (io.signal.aborted ? 'interrupted' : `--time ${time}s`)
      const signal = AbortSignal.any([io.signal, timeUp.signal])
      const search = { ...own, signal, progress, ended }
      outcomes.push(isOver ? null : await checkOne(io, plan, engine, search))
      progress.end()
    }
    return outcomes
  } finally {
    clearTimeout(timer)
    progress.end()
  }
}

interface Search extends Omit<EngineOptions, 'show'> {
  readonly progress: ProgressLine
  /** Why the signal was aborted. */
  readonly ended: () => string
}

async function checkOne(io: Io, plan: Plan, engine: Engine, search: Search): Promise<Outcome> {
  const { progress, ended, ...options } = search
  const start = seconds()
  const model = runModel(plan.setup, plan)
  confirmReading(plan.setup, model)
  let known = 0
  const show = (states: number) => {
    known = states
    progress.show({
      count: states,
      text: (rate) => `${states.toLocaleString('en')} states (${rate})`,
    })
  }
  let found: Found | null = null
  try {
    found = await engine.search(io, watchedOf(model, plan.properties), { ...options, show })
  } catch (error) {
    if (!options.signal.aborted) throw error
  }
  const violation = found ? told(model, found, plan, engine) : null
  const limit = found ? found.limit : ended()
  const result = resultOf(model, plan, { found, known, violation, limit })
  return outcomeOf(plan.setup, model, result, seconds() - start, {
    engine: engine.name,
    storage: engine.storage({ ...options, show }),
    remarks: found ? remarksOn(model, found, engine) : [],
  })
}

/** @throws UsageError for what other checkers are not asked. */
function refuseOthers({ setup, properties = [], witnesses = [] }: Plan, { name }: Engine): void {
  const model = runModel(setup, { properties, witnesses })
  for (const property of model.properties)
    if (property.kind !== 'always' && [...properties, ...witnesses].includes(property.name))
      throw new UsageError(
        `--engine ${name}: ${property.name} is not about single states that may never be; leave --engine out`,
      )
}

/** The model with those properties only that are watched and that other checkers are asked for. */
function watchedOf(model: Model<AnyState>, names?: readonly string[]): Model<AnyState> {
  if (!names) return model
  const properties = model.properties.filter(({ name }) => names.includes(name))
  return { ...model, properties, ...(names.includes(NO_DEADLOCK) ? {} : { final: () => true }) }
}

/**
 * The violation that another checker found, by our names: its path is replayed, step by step.
 * @returns null when it found none.
 * @throws NondeterminismError when the replay does not end in a violation.
 */
function told(
  model: Model<AnyState>,
  { schedule, lacksLastStep }: Found,
  plan: Plan,
  { title }: Engine,
): Counterexample<AnyState> | null {
  if (!schedule) return null
  const ends = lacksLastStep ? [[], ...stepsAfter(model, schedule).map((label) => [label])] : [[]]
  for (const end of ends) {
    const violation = violationOf(model, [...schedule, ...end], plan)
    if (violation) return violation
  }
  throw new NondeterminismError(
    `${model.name}: the ${schedule.length} steps that ${title} found do not end in a violation`,
  )
}

/** The steps that are possible after a schedule. */
function stepsAfter(model: Model<AnyState>, schedule: readonly string[]): string[] {
  const cursor = new Cursor(model)
  for (const label of schedule) {
    const action = cursor.actions.get(label)
    if (!action || !cursor.isEnabled(action)) return []
    cursor.take(action)
  }
  return cursor.enabledLabels()
}

/** What is violated at the end of a schedule; null if nothing is, or something before it. */
function violationOf(
  model: Model<AnyState>,
  schedule: readonly string[],
  { properties }: Plan,
): Counterexample<AnyState> | null {
  const names = [
    ...model.properties.filter(({ kind }) => kind === 'always'),
    ...BUILT_IN_PROPERTIES,
  ]
    .map(({ name }) => name)
    .filter((name) => properties?.includes(name) ?? true)
  for (const property of names) {
    const alsoViolated = model.properties
      .map(({ name }) => name)
      .filter((name) => name !== property)
    const { status, violation, trace } = replay(model, { property, schedule, alsoViolated })
    if (status === 'reproduces' && violation)
      return { property, explanation: violation.explanation, trace }
  }
  return null
}

interface Seen {
  readonly found: Found | null
  /** States of a search that was broken off, about. */
  readonly known: number
  readonly violation: Counterexample<AnyState> | null
  readonly limit: string | null
}

function resultOf(
  model: Model<AnyState>,
  { properties }: Plan,
  { found, known, violation, limit }: Seen,
): CheckResult<AnyState> {
  const sawAll = limit === null && violation === null
  const verdictOn = (name: string, kind: PropertyResult['kind']): PropertyResult['verdict'] => {
    if (name === violation?.property) return 'violated'
    const isAsked = kind === 'always' && (properties?.includes(name) ?? true)
    return sawAll && isAsked ? 'holds' : 'unchecked'
  }
  const states = found?.states ?? known
  return {
    verdict: violation ? 'violated' : sawAll ? 'holds' : 'incomplete',
    limit: violation ? null : limit,
    properties: [...model.properties, ...BUILT_IN_PROPERTIES].map(({ name, kind }) => ({
      name,
      kind,
      verdict: verdictOn(name, kind),
    })),
    counterexamples: violation ? [violation] : [],
    witnesses: [],
    states,
    transitions: found?.transitions ?? 0,
    depth: found?.depth ?? 0,
    deadlocks: violation?.property === NO_DEADLOCK ? 1 : 0,
    levels: [],
    fired: {},
    successors: null,
    digest: null,
    bytesPerState: found && states > 0 ? found.bytes / states : 0,
    hashLoad: null,
    interpreted: [],
  }
}

/** What another checker has not looked at. */
function remarksOn(
  { properties }: Model<AnyState>,
  { version, remarks }: Found,
  { title }: Engine,
): string[] {
  const number = (kind: PropertyResult['kind']) => properties.filter((p) => p.kind === kind).length
  const [live, situations] = [number('eventually'), number('sometimes')]
  return [
    `searched by ${title} ${version}`,
    ...remarks,
    ...(live > 0 ? [`${title} did not look at what must come about in the end (${live})`] : []),
    ...(situations > 0 ? [`${title} did not look for situations (${situations})`] : []),
    'states at each depth and counts of rules are not known',
  ]
}
