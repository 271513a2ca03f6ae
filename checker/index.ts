/** `forkcheck/checker`: write a Model and check it. This engine knows nothing of fork. */

export {
  type Cheapest,
  type CheapestOptions,
  type CheapestResult,
  CheapestSearch,
  type Cost,
} from './cheapest.js'
export { type CompiledModel, compile } from './compile.js'
export { DistinctCounter } from './distinct.js'
export { type Edges, type Path, StateGraph } from './graph.js'
export { type Heaviest, heaviestPath } from './heaviest.js'
export { identityOf } from './identity.js'
export type { CompileOptions, Execution } from './instances.js'
export * from './layout.js'
export type { Errand, Team } from './many/team.js'
export * from './model.js'
export { toPromela } from './promela.js'
export { Random } from './random.js'
export { explore, type ReferenceResult } from './reference.js'
export type { SavedSearch } from './saved.js'
export { check, Search, type SearchOptions, stateGraph } from './search.js'
export { Simulation, type SimulationOptions, type SimulationResult } from './simulate.js'
export { PairTable, StateStore } from './store.js'
export { type TlaModule, toTla } from './tla.js'
export { type Choices, type Walk, walk } from './walk.js'
