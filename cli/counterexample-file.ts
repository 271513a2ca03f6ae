/** From the name of a counterexample file to its replay. */
import type { Model } from '../checker/model.js'
import type { Origins } from '../runs/commands.js'
import { type CounterexampleFile, parseCounterexample } from '../runs/counterexample.js'
import { type Replay, type ReplayStatus, replay } from '../runs/replay.js'
import { switchesOf } from '../runs/schedule.js'
import { setupOf } from '../runs/setup.js'
import { modelOf, subjectOf } from '../runs/setup-model.js'
import type { AnyState, Setup } from '../runs/subject.js'
import { claimOfItf, differenceFrom, type Itf, isItf } from '../story/render/itf.js'
import { oneLine, UsageError } from './errors.js'
import { readText } from './files.js'
import type { Io } from './io.js'
import type { Outside } from './outside.js'

export interface Replayed {
  readonly file: CounterexampleFile
  readonly setup: Setup
  readonly model: Model<AnyState>
  readonly replay: Replay<AnyState>
  /** It did what the file expects of it. */
  readonly asExpected: boolean
  /** The file of the model has another text now than when this was written. */
  readonly modelChanged: boolean
}

/**
 * Reads a counterexample, or a trace that `explain --format itf` wrote of one, and replays it.
 * @throws UsageError, CounterexampleError
 */
export function replayFile(io: Io, path: string, outside: Outside): Replayed {
  const text = readText(io, path)
  const itf = itfIn(text)
  if (!itf) return replayCounterexample(parseCounterexample(text, path), path, outside)
  const claim = JSON.stringify(claimOfItf(itf, path))
  const replayed = replayCounterexample(parseCounterexample(claim, path), path, outside)
  const { replay, model, setup } = replayed
  const { narration } = subjectOf(setup)
  const other = differenceFrom(itf, replay.trace.states, model, narration(model))
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
  outside: Outside,
): Replayed {
  const subject = outside.subjectOf({ model: file.model?.file })
  const setup = setupOf(file, path, outside.mutants, subject)
  const model = checkedModel(setup, path)
  const result = replay(model, file)
  const asExpected = result.status === expectedStatus(file)
  const modelChanged = file.model !== undefined && file.model.digest !== subject.file?.digest
  return { file, setup, model, replay: result, asExpected, modelChanged }
}

/** The options that a command needs to replay a file again, taken from this command. */
export function originsOf(
  { setup }: Pick<Replayed, 'setup'>,
  { mutant }: { readonly mutant?: readonly string[] },
): Origins {
  return { mutantFile: mutant?.[0], modelFile: subjectOf(setup).file?.file }
}

/** Claims of a file about its run that the replay does not confirm, each in a few words. */
export function untrueParts({ file, replay }: Pick<Replayed, 'file' | 'replay'>): string[] {
  const { schedule, switches, explanation } = file
  const counted = switchesOf(schedule)
  const told = replay.violation?.explanation
  return [
    ...(switches === counted ? [] : [`its schedule has ${counted} switches, not ${switches}`]),
    ...(told === undefined || told === explanation
      ? []
      : [`its explanation is not that of the replay, "${told}"`]),
  ]
}

/** The status a file asks for. */
export function expectedStatus({ expect }: CounterexampleFile): ReplayStatus {
  return expect === 'violates' ? 'reproduces' : 'fixed'
}

function checkedModel(setup: Setup, path: string): Model<AnyState> {
  try {
    return modelOf(setup)
  } catch (error) {
    // If parts do not fit together, the file is at fault: a situation or a rule that it names.
    throw new UsageError(`${path}: ${oneLine(error)}`)
  }
}
