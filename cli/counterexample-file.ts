/** From the name of a counterexample file to its replay. */
import type { Model } from '../checker/model.js'
import { type CounterexampleFile, parseCounterexample } from '../core/counterexample.js'
import { type Setup, snapshotModel } from '../core/model.js'
import { type Replay, type ReplayStatus, replay } from '../core/replay.js'
import { setupOf } from '../core/setup.js'
import type { Mutant, State } from '../model/index.js'
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

/** Reads a counterexample and replays it. @throws UsageError, CounterexampleError */
export function replayFile(io: Io, path: string, outside: readonly Mutant[]): Replayed {
  return replayCounterexample(parseCounterexample(readText(io, path), path), path, outside)
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
