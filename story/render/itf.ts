/**
 * A replayed counterexample in the Informal Trace Format (Apalache, ADR 015), which other tools
 * show: variables by the names rules use, one record a state, the step that led there in the
 * variables that model-based testing tools read. And back: such a file is a counterexample file.
 */
import { actorOf, type Model } from '../../checker/model.js'
import { canonicalJson } from '../../runs/canonical.js'
import { CounterexampleError, type CounterexampleFile } from '../../runs/counterexample.js'
import { Cursor } from '../../runs/cursor.js'
import type { Replay } from '../../runs/replay.js'
import type { AnyState, Narration } from '../../runs/subject.js'

const ACTION = 'mbt::actionTaken'
const PICKS = 'mbt::nondetPicks'

/** The content of a file of the format. */
export interface Itf {
  readonly '#meta': {
    readonly format: 'ITF'
    readonly 'format-description': string
    readonly description: string
    readonly status: Replay<AnyState>['status']
    /** The counterexample file without its schedule, which the states have. */
    readonly forkcheck: Omit<CounterexampleFile, 'schedule'>
    /** The last step where it failed and led nowhere. */
    readonly failingStep?: string
  }
  readonly vars: readonly string[]
  readonly states: readonly ItfState[]
  /** The index of the state at which a loop begins; the last state is that one again. */
  readonly loop?: number
}

interface ItfState {
  readonly '#meta': {
    readonly index: number
    /** The step that led here, as a schedule names it; none in the initial state. */
    readonly step?: string
    readonly actor?: string
    /** Why this state is wrong. */
    readonly reason?: string
  }
  readonly [variable: string]: unknown
}

/** The trace of a replay up to its end. */
export function itfOf(
  file: CounterexampleFile,
  model: Model<AnyState>,
  { status, trace, violation, message }: Replay<AnyState>,
  narration: Narration,
): Itf {
  const { schedule, states, loopStart } = trace
  const { schedule: _, ...claim } = file
  const names = variablesOf(model)
  const cursor = new Cursor(model)
  const failing = schedule.length === states.length ? schedule[schedule.length - 1] : undefined
  return {
    '#meta': {
      format: 'ITF',
      'format-description': 'https://apalache-mc.org/docs/adr/015adr-trace.html',
      description: `${model.name}, ${file.property}: ${violation?.explanation ?? message}`,
      status,
      forkcheck: claim,
      ...(failing === undefined ? {} : { failingStep: failing }),
    },
    vars: [...names, ACTION, PICKS],
    states: states.map((state, i): ItfState => {
      const step = i > 0 ? schedule[i - 1] : undefined
      const reason = violation?.step === i ? violation.explanation : undefined
      return {
        '#meta': {
          index: i,
          ...(step === undefined ? {} : { step, actor: actorOf(step) }),
          ...(reason === undefined ? {} : { reason }),
        },
        ...Object.fromEntries(names.map((name) => [name, written(narration, name, state)])),
        ...actionOf(cursor, step),
      }
    }),
    ...(loopStart === undefined ? {} : { loop: loopStart }),
  }
}

/** The text of a file, one line a state: equal traces, equal text; differences can be read. */
export function printItf({ '#meta': meta, vars, states, loop }: Itf): string {
  const lines = [
    `"#meta": ${JSON.stringify(meta)}`,
    `"vars": ${JSON.stringify(vars)}`,
    `"states": [\n${states.map((state) => JSON.stringify(state)).join(',\n')}\n]`,
    ...(loop === undefined ? [] : [`"loop": ${loop}`]),
  ]
  return `{\n${lines.join(',\n')}\n}\n`
}

/** Is this JSON a trace in this format? */
export function isItf(json: unknown): json is Itf {
  const { vars, states } = (json ?? {}) as Partial<Itf>
  return Array.isArray(vars) && Array.isArray(states)
}

/**
 * The counterexample, as its file would hold it, of a trace that forkcheck wrote; not yet checked.
 * @param source its name, for messages.
 * @throws CounterexampleError when the trace does not say which steps it took in what.
 */
export function claimOfItf({ '#meta': meta, states }: Itf, source: string): object {
  if (typeof meta?.forkcheck !== 'object' || meta.forkcheck === null)
    throw new CounterexampleError(`${source}: this trace was not written by forkcheck explain`)
  const schedule = states.slice(1).map((state, i) => {
    const step = state?.['#meta']?.step
    if (typeof step === 'string') return step
    throw new CounterexampleError(`${source}: state ${i + 1} does not say which step led there`)
  })
  const { failingStep } = meta
  const all = failingStep === undefined ? schedule : [...schedule, failingStep]
  return { ...meta.forkcheck, schedule: all }
}

/**
 * Where the states of a trace differ from those of its replay: the first state's number and the
 * variable; null when they do not, as far as both go.
 */
export function differenceFrom(
  { states }: Itf,
  replayed: readonly AnyState[],
  model: Model<AnyState>,
  narration: Narration,
): { readonly state: number; readonly variable: string } | null {
  const names = variablesOf(model)
  for (const [i, state] of states.slice(0, replayed.length).entries())
    for (const name of names) {
      const same =
        canonicalJson(read(state[name])) ===
        canonicalJson(read(written(narration, name, replayed[i])))
      if (!same) return { state: i, variable: name }
    }
  return null
}

/** The names of what can change. */
function variablesOf({ layout }: Model<AnyState>): string[] {
  const { root } = layout
  if (root.kind !== 'record') return []
  return [...root.fields].filter(([, { kind }]) => kind !== 'constant').map(([name]) => name)
}

/** A list whose elements have names is a map in the file. */
function written({ elementNames }: Narration, name: string, state: AnyState): unknown {
  const names = elementNames(name, state)
  const value = state[name]
  if (names === null) return value
  return { '#map': value.map((element: unknown, i: number) => [names[i], element]) }
}

/** A value of the format without the marks of its kind: maps and tuples become lists. */
function read(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(read)
  if (typeof value !== 'object' || value === null) return value
  const record = value as Record<string, unknown>
  if (typeof record['#bigint'] === 'string') return Number(record['#bigint'])
  if (Array.isArray(record['#map'])) return record['#map'].map((pair) => read(pair?.[1]))
  if (Array.isArray(record['#tup'])) return read(record['#tup'])
  return Object.fromEntries(Object.entries(record).map(([key, field]) => [key, read(field)]))
}

/** The step that led to a state: its rule, and what its parameters were. */
function actionOf(cursor: Cursor<AnyState>, label: string | undefined): object {
  const action = label === undefined ? undefined : cursor.actions.get(label)
  const { rule, parameters = [] } = action ?? {}
  const { ranges = {} } = cursor.model
  const picks = (rule?.for ?? []).map((name, i) => {
    const { labels, values } = ranges[name]
    const value = labels?.[values.indexOf(parameters[i])] ?? parameters[i]
    return [name, { tag: 'Some', value }]
  })
  return { [ACTION]: rule?.name ?? 'init', [PICKS]: Object.fromEntries(picks) }
}
