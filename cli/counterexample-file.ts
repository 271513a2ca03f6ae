/** From the name of a counterexample file to its replay. */
import { basename } from 'node:path'
import type { Model } from '../checker/model.js'
import {
  type CounterexampleFile,
  counterexamplePath,
  parseCounterexample,
} from '../core/counterexample.js'
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
  /** What the file should be called, if it is called something else; null if all is well. */
  readonly properName: string | null
}

/** Reads a counterexample and replays it. @throws UsageError, CounterexampleError */
export function replayFile(io: Io, path: string, outside: readonly Mutant[]): Replayed {
  const file = parseCounterexample(readText(io, path), path)
  const setup = setupOf(file, path, outside)
  const model = modelOf(setup, path)
  const result = replay(model, file)
  const proper = basename(counterexamplePath(file))
  return {
    file,
    setup,
    model,
    replay: result,
    asExpected: result.status === expectedStatus(file),
    properName: proper === basename(path) ? null : proper,
  }
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
