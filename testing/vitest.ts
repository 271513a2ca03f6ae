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
import { chosenSetup, type SetupChoice } from '../runs/choose.js'
import { checkCommand, replayCommand } from '../runs/commands.js'
import {
  type CounterexampleFile,
  counterexamplePath,
  isStandard,
  parseCounterexample,
  printCounterexample,
} from '../runs/counterexample.js'
import { forkMachine } from '../runs/fork-machine/subject.js'
import { leadingOf, leadingReplay } from '../runs/leading.js'
import { isOwn, type OwnChoice, type OwnModel, ownSetups } from '../runs/own/choose.js'
import type { OwnMutant } from '../runs/own/declaration.js'
import { ownMutant, ownSubject } from '../runs/own/subject.js'
import { confirmReading } from '../runs/reading.js'
import { replay } from '../runs/replay.js'
import { explainUnreached } from '../runs/run.js'
import { setupOf } from '../runs/setup.js'
import { modelOf, subjectOf } from '../runs/setup-model.js'
import type { AnyState, Setup } from '../runs/subject.js'
import { storyText } from '../story/render/text.js'
import { storyOf, storyOfReplay } from '../story/story.js'
import { Interleaving, storyWithFile } from './interleaving.js'

export type { OwnChoice, OwnModel } from '../runs/own/choose.js'

/** How far a matcher searches. */
export interface HoldOptions {
  /** Look at these only (names, built-in ones included), and at what the scenario must reach. */
  readonly properties?: readonly string[]
  /** A search that gets to this many states fails the test, either way. Default 1,000,000. */
  readonly maxStates?: number
}

/**
 * What can be expected to hold: a system of the fork machine in a scenario; a model of your own, or
 * some of its scenarios, systems and mutants; or one way that any of them can go.
 */
export type Subject = SetupChoice | OwnModel | OwnChoice | Interleaving

export interface ReproduceOptions {
  /** Mutants that are not registered, by the names the file uses. */
  readonly mutants?: readonly (Mutant | OwnMutant)[]
  /** The model of your own that the file is about. Default: the fork machine. */
  readonly model?: OwnModel
}

interface ForkcheckMatchers<R = unknown> {
  /**
   * Every property holds in every interleaving of a system in a scenario, and what the scenario
   * asks for happens; or every property holds all along one interleaving. Of a model of your own
   * without a scenario: in every scenario, with every system that is not flawed.
   */
  toHold(options?: HoldOptions): R
  /**
   * A property is violated in some interleaving, or along one. Without a name: any property. A
   * situation that must be reached is violated when it never is.
   */
  toBeViolated(property?: string, options?: Pick<HoldOptions, 'maxStates'>): R
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
  toBeViolated: (subject: Subject, property?: string, options: HoldOptions = {}) =>
    violated(subject, property, options),
  toHold: (subject: Subject, options: HoldOptions = {}) => holding(subject, options),
  toBeSnapshotConsistent: (subject: Subject, options: HoldOptions = {}) =>
    holding(subject, { ...options, properties: snapshot.map(({ name }) => name) }),
  toReproduce: reproducing,
})

function holding(subject: Subject, options: HoldOptions): Answer {
  if (subject instanceof Interleaving) return holdingAlong(subject, options)
  return all(
    setupsOf(subject).map((setup) => () => {
      const reaches = reachedBy(setup)
      const { properties, ...limits } = options
      return holdingEverywhere(setup, limits, properties && [...properties, ...reaches])
    }),
  )
}

/** The situations that a scenario must reach in this system: some are asked of others only. */
function reachedBy(setup: Setup): readonly string[] {
  const { properties, concerns } = subjectOf(setup)
  const { scenario, system } = setup
  return (scenario.reaches ?? []).filter((name) => {
    const property = properties.find((one) => one.name === name)
    return !property || concerns(property, system)
  })
}

function violated(subject: Subject, property: string | undefined, options: HoldOptions): Answer {
  const properties = property === undefined ? undefined : [property]
  const { pass, message } =
    subject instanceof Interleaving
      ? holdingAlong(subject, { properties })
      : all(setupsOf(subject).map((one) => () => holdingEverywhere(one, options, properties)))
  return { pass: !pass, message }
}

/** @throws UnknownNameError, SubjectError, ScenarioError */
function setupsOf(subject: SetupChoice | OwnModel | OwnChoice): Setup[] {
  return isOwn(subject) ? ownSetups(subject) : [chosenSetup(subject)]
}

/** The first answer that fails; where all pass, what they say together. */
function all(answers: readonly (() => Answer)[]): Answer {
  const passed: Answer[] = []
  for (const answer of answers) {
    const next = answer()
    if (!next.pass) return next
    passed.push(next)
  }
  return { pass: true, message: () => passed.map(({ message }) => message()).join('\n') }
}

function holdingAlong(run: Interleaving, { properties }: HoldOptions): Answer {
  const found = run.violated(properties)
  const message = () =>
    `${found ? '' : 'a violation was expected\n'}${run.story(found, !properties)}`
  return { pass: found === null, message }
}

/** @throws Error when the search is too long: then neither is known. */
function holdingEverywhere(
  setup: Setup,
  { maxStates = 1_000_000 }: HoldOptions,
  properties: readonly string[] | undefined,
): Answer {
  const model = modelOf(setup)
  confirmReading(setup, model)
  const result = check(model, { maxStates, properties })
  const { verdict, limit, states } = result
  if (verdict === 'incomplete')
    throw new Error(`${model.name}: nothing is known: the search ended at ${limit}`)
  const message = () =>
    verdict === 'holds'
      ? `${model.name}: a violation was expected, but all ${states} states are as they must be`
      : violationText(setup, model, result, properties)
  return { pass: verdict === 'holds', message }
}

/** The story of the shortest violation, and the situations that the scenario asks for in vain. */
function violationText(
  setup: Setup,
  model: Model<AnyState>,
  result: CheckResult<AnyState>,
  properties: readonly string[] | undefined,
): string {
  const { counterexamples } = result
  const leads = counterexamples.length > 0 && properties === undefined
  const found = leads ? leadingOf(model, counterexamples) : counterexamples[0]
  const missing = result.properties
    .map((one) => explainUnreached(model, one))
    .filter(({ verdict, explanation }) => verdict === 'unreached' && explanation)
    .map(({ name, explanation }) => `unreached ${name}: ${explanation}\n`)
  const story = found ? storyFor(setup, model, found, properties) : ''
  return `${model.name}\n\n${story}${missing.join('')}`
}

function storyFor(
  setup: Setup,
  model: Model<AnyState>,
  found: Counterexample<AnyState>,
  properties: readonly string[] | undefined,
): string {
  const { file } = subjectOf(setup)
  const isFound = setup.subject === undefined || file !== null
  if (setup.foreign || !isFound || !isStandard(setup)) return storyWithFile(setup, model, found)
  const footer = [['again', checkCommand(setup, { properties })]] as const
  return storyText(storyOf(setup, model, found.trace, found), { footer })
}

function reproducing(
  subject: CounterexampleFile | string,
  { mutants = [], model: own }: ReproduceOptions = {},
): Answer {
  const text = typeof subject === 'string' ? subject : printCounterexample(subject)
  const file = parseCounterexample(text, 'the counterexample')
  // The test has the model itself, wherever the file says that it comes from.
  const family = own ? ownSubject(own, file.model ?? null) : forkMachine
  const outside = own ? mutants.map((one) => ownMutant(family, one)) : (mutants as Mutant[])
  const setup = setupOf(file, 'the counterexample', outside, family)
  const model = modelOf(setup)
  const replayed = replay(model, file)
  const { status, message } = replayed
  const tell = () => {
    const again = replayCommand(counterexamplePath(file))
    const footer = [[status, message] as const, ['replay', again] as const]
    const story = storyOfReplay(setup, model, file, leadingReplay(model, replayed))
    return `${status}\n\n${storyText(story, { footer })}`
  }
  return { pass: status === 'reproduces', message: tell }
}
