/** `forkcheck`: build a scenario, check it against a system, and understand what comes out. */
export { type Setup, snapshotModel } from './core/model.js'
export * from './model/index.js'
export { invariants, type Situation, situations } from './properties/index.js'
