/** `forkcheck`: build a scenario, check it against a system, and understand what comes out. */
export type {
  CheckResult,
  Counterexample,
  PropertyResult,
  Trace,
  Verdict,
} from './checker/model.js'
export { check, Search, type SearchOptions } from './checker/search/search.js'
export * from './model/index.js'
export { invariants, type Situation, situations } from './properties/index.js'
export {
  COUNTEREXAMPLE_FORMAT,
  CounterexampleError,
  type CounterexampleFile,
  counterexampleOf,
  counterexamplePath,
  type Found,
  type Provenance,
  parseCounterexample,
  printCounterexample,
} from './runs/counterexample.js'
export type * from './runs/drawing.js'
export { type SnapshotSetup, snapshotModel } from './runs/fork-machine/model.js'
export { UnknownNameError } from './runs/names.js'
export {
  type OwnMutant,
  type OwnScenario,
  type OwnSubject,
  type OwnVariable,
  type PictureContext,
  SubjectError,
  subject,
} from './runs/own/declaration.js'
export { ownSubject } from './runs/own/subject.js'
export {
  type Claim,
  type Replay,
  type ReplayStatus,
  replay,
  type Violation,
} from './runs/replay.js'
export {
  type Driver,
  type Outcome,
  type Progress,
  type Run,
  type RunCounterexample,
  runSetup,
} from './runs/run.js'
export { setupOf } from './runs/setup.js'
export { modelOf, subjectOf } from './runs/setup-model.js'
export type { ShrinkProgress } from './runs/shrink/effort.js'
export {
  type ShrinkOptions,
  type Shrunk,
  shrinkSetup,
} from './runs/shrink/shrink.js'
export {
  type Simulated,
  type SimulatedRun,
  type SimulationProgress,
  type SimulationSettings,
  STRATEGIES,
  type StrategyName,
  simulateSetup,
} from './runs/simulation.js'
export type * from './runs/subject.js'
export type { Argument, Link, Standing, Waiting } from './story/argument/argument.js'
export type { Reason } from './story/argument/causes.js'
export type { PutOff } from './story/argument/fair.js'
export { type Change as StoryChange, changesBetween } from './story/changes.js'
export { PLAIN, type Style } from './story/render/style.js'
export { storyText, type TextOptions } from './story/render/text.js'
export { type Story, type StoryStep, storyOf } from './story/story.js'
