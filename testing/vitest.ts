/**
 * `forkcheck/vitest`: matchers for vitest. Importing it adds them to `expect`, in a test file or
 * in a file of `setupFiles`. What does not match is told as a story, with the command that shows
 * it again.
 */
import { expect } from 'vitest'
import type { CheckResult, Counterexample, Model } from '../checker/model.js'
import { check } from '../checker/search/search.js'
import type { Mutant } from '../model/mutant.js'
import { snapshot } from '../properties/snapshot.js'
import { type Choice, chosenSetup } from '../runs/choose.js'
import { checkCommand, replayCommand } from '../runs/commands.js'
import {
  type CounterexampleFile,
  counterexamplePath,
  isStandard,
  parseCounterexample,
  printCounterexample,
} from '../runs/counterexample.js'
import { replay } from '../runs/replay.js'
import { explainUnreached } from '../runs/run.js'
import { setupOf } from '../runs/setup.js'
import { modelOf } from '../runs/setup-model.js'
import type { AnyState, Setup } from '../runs/subject.js'
import { storyText } from '../story/render/text.js'
import { storyOf, storyOfReplay } from '../story/story.js'
import { Interleaving, storyWithFile } from './interleaving.js'

/** How far a matcher searches. */
export interface HoldOptions {
  /** Look at these only (names, built-in ones included), and at what the scenario must reach. */
  readonly properties?: readonly string[]
  /** A search that gets to this many states fails the test, either way. Default 1,000,000. */
  readonly maxStates?: number
}

/** What can be expected to hold: a system in a scenario, or one way it can go. */
export type Subject = Choice | Interleaving

export interface ReproduceOptions {
  /** Mutants that are not registered, by the names the file uses. */
  readonly mutants?: readonly Mutant[]
}

interface ForkcheckMatchers<R = unknown> {
  /**
   * Every property holds in every interleaving of a system in a scenario, and what the scenario
   * asks for happens; or every property holds all along one interleaving.
   */
  toHold(options?: HoldOptions): R
  /**
   * The child sees the memory of the instant of fork, the parent loses no write, and neither can
   * write to what the other one maps: in every interleaving, or all along one.
   */
  toBeSnapshotConsistent(options?: Pick<HoldOptions, 'maxStates'>): R
  /** A counterexample, as its file holds it or as the file's text, still shows what it says. */
  toReproduce(options?: ReproduceOptions): R
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the declaration that is extended says so.
  interface Matchers<T = any> extends ForkcheckMatchers<T> {}
}

interface Answer {
  readonly pass: boolean
  readonly message: () => string
}

expect.extend({
  toHold: (subject: Subject, options: HoldOptions = {}) => holding(subject, options),
  toBeSnapshotConsistent: (subject: Subject, options: HoldOptions = {}) =>
    holding(subject, { ...options, properties: snapshot.map(({ name }) => name) }),
  toReproduce: reproducing,
})

function holding(subject: Subject, options: HoldOptions): Answer {
  return subject instanceof Interleaving
    ? holdingAlong(subject, options)
    : holdingEverywhere(chosenSetup(subject), options)
}

function holdingAlong(run: Interleaving, { properties }: HoldOptions): Answer {
  const found = run.violated(properties)
  const message = () => `${found ? '' : 'a violation was expected\n'}${run.story(found)}`
  return { pass: found === null, message }
}

/** @throws Error when the search is too long: then neither is known. */
function holdingEverywhere(setup: Setup, options: HoldOptions): Answer {
  const model = modelOf(setup)
  const { maxStates = 1_000_000 } = options
  const properties = options.properties && [
    ...options.properties,
    ...(setup.scenario.reaches ?? []),
  ]
  const result = check(model, { maxStates, properties })
  const { verdict, limit, states } = result
  if (verdict === 'incomplete')
    throw new Error(`${model.name}: nothing is known: the search ended at ${limit}`)
  const message = () =>
    verdict === 'holds'
      ? `${model.name}: a violation was expected, but all ${states} states are as they must be`
      : violationText(setup, model, result, options.properties)
  return { pass: verdict === 'holds', message }
}

/** The story of the shortest violation, and the situations that the scenario asks for in vain. */
function violationText(
  setup: Setup,
  model: Model<AnyState>,
  result: CheckResult<AnyState>,
  properties: readonly string[] | undefined,
): string {
  const [found] = result.counterexamples
  const missing = result.properties
    .filter(
      ({ name, verdict }) => verdict === 'unreached' && setup.scenario.reaches?.includes(name),
    )
    .map((one) => `unreached ${one.name}: ${explainUnreached(model, one).explanation}\n`)
  const story = found ? storyFor(setup, model, found, properties) : ''
  return `${model.name}\n\n${story}${missing.join('')}`
}

function storyFor(
  setup: Setup,
  model: Model<AnyState>,
  found: Counterexample<AnyState>,
  properties: readonly string[] | undefined,
): string {
  if (setup.foreign || !isStandard(setup)) return storyWithFile(setup, model, found)
  const footer = [['again', checkCommand(setup, { properties })]] as const
  return storyText(storyOf(setup, model, found.trace, found), { footer })
}

function reproducing(
  subject: CounterexampleFile | string,
  { mutants = [] }: ReproduceOptions = {},
): Answer {
  const text = typeof subject === 'string' ? subject : printCounterexample(subject)
  const file = parseCounterexample(text, 'the counterexample')
  const setup = setupOf(file, 'the counterexample', mutants)
  const model = modelOf(setup)
  const replayed = replay(model, file)
  const { status, message } = replayed
  const tell = () => {
    const again = replayCommand(counterexamplePath(file))
    const footer = [[status, message] as const, ['replay', again] as const]
    return `${status}\n\n${storyText(storyOfReplay(setup, model, file, replayed), { footer })}`
  }
  return { pass: status === 'reproduces', message: tell }
}
