/** `check --engine spin`: SPIN searches, and what it finds is replayed and told as ours. */
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
import { toPromela } from '../../checker/rules/print/promela.js'
import { confirmReading } from '../../runs/reading.js'
import { replay } from '../../runs/replay.js'
import { type Outcome, outcomeOf, runModel, setupParts } from '../../runs/run.js'
import type { AnyState } from '../../runs/subject.js'
import { UsageError } from '../errors.js'
import { type Io, isStopped } from '../io.js'
import type { Plan } from '../planned-check.js'
import { ProgressLine } from '../progress.js'
import { type SpinResult, spin } from './spin.js'

interface SpinLimits {
  /** Seconds for everything together. */
  readonly time?: number
  readonly maxBytes?: number
  readonly quiet?: boolean
}

const seconds = () => performance.now() / 1000

/**
 * Checks plans with SPIN, one after the other.
 * @returns the outcomes in the order of the plans; null for what an interrupt kept from starting.
 * @throws UsageError when SPIN is missing, or is asked what it cannot do.
 */
export async function checkWithSpin(
  io: Io,
  plans: readonly Plan[],
  { time, maxBytes, quiet }: SpinLimits,
): Promise<(Outcome | null)[]> {
  for (const plan of plans) refuseOthers(plan)
  const timeUp = new AbortController()
  const timer = time === undefined ? undefined : setTimeout(() => timeUp.abort(), time * 1000)
  const progress = new ProgressLine(io, quiet ?? false, seconds)
  const outcomes: (Outcome | null)[] = []
  try {
    for (const plan of plans) {
      const isOver = await isStopped(io)
      const { system, scenario } = setupParts(plan.setup)
      progress.begin(`SPIN: ${system} / ${scenario}`)
      const ended = () => (io.signal.aborted ? 'interrupted' : `--time ${time}s`)
      const signal = AbortSignal.any([io.signal, timeUp.signal])
      outcomes.push(isOver ? null : await checkOne(io, plan, { maxBytes, signal, progress, ended }))
      progress.end()
    }
    return outcomes
  } finally {
    clearTimeout(timer)
    progress.end()
  }
}

interface Search {
  readonly maxBytes?: number
  readonly signal: AbortSignal
  readonly progress: ProgressLine
  /** Why the signal was aborted. */
  readonly ended: () => string
}

async function checkOne(io: Io, plan: Plan, search: Search): Promise<Outcome> {
  const { maxBytes, signal, progress } = search
  const start = seconds()
  const model = runModel(plan.setup, plan)
  confirmReading(plan.setup, model)
  const promela = toPromela(watchedOf(model, plan.properties))
  let known = 0
  const show = (states: number) => {
    known = states
    progress.show({
      count: states,
      text: (rate) => `${states.toLocaleString('en')} states (${rate})`,
    })
  }
  const { words } = model.layout
  let found: SpinResult | null = null
  try {
    found = await spin(io, promela, { words, maxBytes, signal, show })
  } catch (error) {
    if (!signal.aborted) throw error
  }
  const violation = found?.errorPath ? told(model, promela, found.errorPath, plan) : null
  const limit = found ? (found.isComplete ? null : '--max-memory') : search.ended()
  const result = resultOf(model, plan, { found, known, violation, limit })
  return outcomeOf(plan.setup, model, result, seconds() - start, {
    engine: 'spin',
    remarks: found ? remarksOn(model, found) : [],
  })
}

/** @throws UsageError for what SPIN is not asked. */
function refuseOthers({ setup, properties = [], witnesses = [] }: Plan): void {
  const model = runModel(setup, { properties, witnesses })
  for (const { name, kind } of model.properties)
    if (kind !== 'always' && [...properties, ...witnesses].includes(name))
      throw new UsageError(
        `--engine spin: ${name} is not about single states that may never be; leave --engine out`,
      )
}

/** The model with the properties that are watched only. */
function watchedOf(model: Model<AnyState>, names?: readonly string[]): Model<AnyState> {
  if (!names) return model
  const properties = model.properties.filter(({ name }) => names.includes(name))
  return { ...model, properties, ...(names.includes(NO_DEADLOCK) ? {} : { final: () => true }) }
}

/**
 * The violation that SPIN found, by our names: its path is replayed, step by step.
 * @throws NondeterminismError when the replay does not end in a violation.
 */
function told(
  model: Model<AnyState>,
  promela: string,
  path: readonly number[],
  { properties }: Plan,
): Counterexample<AnyState> {
  const lines = promela.split('\n')
  // An option stands below its label. The first step chooses the initial state, and has none.
  const schedule = path.flatMap((line) => {
    const label = /^ {2}\/\* (.*) \*\/$/.exec(lines[line - 2])?.[1]
    return label !== undefined && lines[line - 1].startsWith('  :: d_step { c_expr { G')
      ? [label]
      : []
  })
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
  throw new NondeterminismError(
    `${model.name}: the ${schedule.length} steps that SPIN found do not end in a violation`,
  )
}

interface Seen {
  readonly found: SpinResult | null
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
  // See checker/rules/print/promela.ts: the state before the first, the steps into the first ones.
  const states = found ? Math.max(0, found.states - 1) : known
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
    transitions: found ? Math.max(0, found.transitions - 1 - model.init.length) : 0,
    depth: found ? Math.max(0, found.depth - 1) : 0,
    deadlocks: violation?.property === NO_DEADLOCK ? 1 : 0,
    levels: [],
    fired: {},
    successors: null,
    digest: null,
    bytesPerState: found && states > 0 ? (found.megabytes * 2 ** 20) / states : 0,
    hashLoad: null,
    interpreted: [],
  }
}

/** What SPIN has not looked at. */
function remarksOn({ properties }: Model<AnyState>, { version }: SpinResult): string[] {
  const number = (kind: PropertyResult['kind']) => properties.filter((p) => p.kind === kind).length
  const [live, situations] = [number('eventually'), number('sometimes')]
  return [
    `searched by SPIN ${version}`,
    ...(live > 0 ? [`SPIN did not look at what must come about in the end (${live})`] : []),
    ...(situations > 0 ? [`SPIN did not look for situations (${situations})`] : []),
    'states at each depth and counts of rules are not known',
  ]
}
