/** From the name of a counterexample file to its replay. */
import type { Model } from '../checker/model.js'
import type { Mutant, State } from '../model/index.js'
import { type CounterexampleFile, parseCounterexample } from '../runs/counterexample.js'
import { type Setup, snapshotModel } from '../runs/model.js'
import { type Replay, type ReplayStatus, replay } from '../runs/replay.js'
import { setupOf } from '../runs/setup.js'
import { claimOfItf, differenceFrom, type Itf, isItf } from '../story/render/itf.js'
import { oneLine, UsageError } from './errors.js'
import { readText } from './files.js'
import type { Io } from './io.js'

export interface Replayed {
  readonly file: CounterexampleFile
  readonly setup: Setup
  readonly model: Model<State>
  readonly replay: Replay<State>
  /** It did what the file expects of it. */
  readonly asExpected: boolean
}

/**
 * Reads a counterexample, or a trace that `explain --format itf` wrote of one, and replays it.
 * @throws UsageError, CounterexampleError
 */
export function replayFile(io: Io, path: string, outside: readonly Mutant[]): Replayed {
  const text = readText(io, path)
  const itf = itfIn(text)
  if (!itf) return replayCounterexample(parseCounterexample(text, path), path, outside)
  const claim = JSON.stringify(claimOfItf(itf, path))
  const replayed = replayCounterexample(parseCounterexample(claim, path), path, outside)
  const { replay, model } = replayed
  const other = differenceFrom(itf, replay.trace.states, model)
  if (!other) return replayed
  const message = `state ${other.state} of the file has another ${other.variable} than the replay`
  return { ...replayed, replay: { ...replay, status: 'different', message }, asExpected: false }
}

function itfIn(text: string): Itf | null {
  try {
    const json: unknown = JSON.parse(text)
    return isItf(json) ? json : null
  } catch {
    return null
  }
}

/** Replays what a file says. @param path its name. @throws UsageError, CounterexampleError */
export function replayCounterexample(
  file: CounterexampleFile,
  path: string,
  outside: readonly Mutant[],
): Replayed {
  const setup = setupOf(file, path, outside)
  const model = modelOf(setup, path)
  const result = replay(model, file)
  const asExpected = result.status === expectedStatus(file)
  return { file, setup, model, replay: result, asExpected }
}

/** The status a file asks for. */
export function expectedStatus({ expect }: CounterexampleFile): ReplayStatus {
  return expect === 'violates' ? 'reproduces' : 'fixed'
}

function modelOf(setup: Setup, path: string): Model<State> {
  try {
    return snapshotModel(setup)
  } catch (error) {
    // Whatever does not fit together comes from the file: a situation or a rule it names.
    throw new UsageError(`${path}: ${oneLine(error)}`)
  }
}
