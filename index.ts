/** `forkcheck`: build a scenario, check it against a system, and understand what comes out. */
export type {
  CheckResult,
  Counterexample,
  PropertyResult,
  Trace,
  Verdict,
} from './checker/model.js'
export { check, Search, type SearchOptions } from './checker/search.js'
export { type Change as StoryChange, changesBetween } from './core/changes.js'
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
} from './core/counterexample.js'
export type { Argument, Link, Standing, Waiting } from './core/explain/argument.js'
export type { Reason } from './core/explain/causes.js'
export type { PutOff } from './core/explain/fair.js'
export { type Setup, snapshotModel } from './core/model.js'
export { UnknownNameError } from './core/names.js'
export {
  type Claim,
  type Replay,
  type ReplayStatus,
  replay,
  type Violation,
} from './core/replay.js'
export {
  type Driver,
  type Outcome,
  type Progress,
  type Run,
  type RunCounterexample,
  runSetup,
} from './core/runs.js'
export { setupOf } from './core/setup.js'
export type { ShrinkProgress } from './core/shrink/effort.js'
export {
  type ShrinkOptions,
  type Shrunk,
  shrinkSetup,
} from './core/shrink/shrink.js'
export {
  type Simulated,
  type SimulatedRun,
  type SimulationProgress,
  type SimulationSettings,
  STRATEGIES,
  type StrategyName,
  simulateSetup,
} from './core/simulation.js'
export { type Story, type StoryStep, storyOf, type Told } from './core/story.js'
export { PLAIN, type Style, storyText, type TextOptions } from './core/story-text.js'
export * from './model/index.js'
export { invariants, type Situation, situations } from './properties/index.js'
