/** `forkcheck/checker`: write a Model and check it. This engine knows nothing of fork. */

export { type Edges, type Path, StateGraph } from './graph/graph.js'
export { type WorstPath, worstPath } from './graph/worst-case.js'
export * from './model.js'
export { explore, type ReferenceResult } from './reference.js'
export { type CompiledModel, compile } from './rules/compile.js'
export type { CompileOptions, Execution } from './rules/model-reader.js'
export { toPromela } from './rules/print/promela.js'
export { type TlaModule, toTla } from './rules/print/tla.js'
export type { SearchCheckpoint } from './search/checkpoint.js'
export { type Exploration, runToEnd } from './search/exploration.js'
export type { Workers } from './search/parallel/workers.js'
export { check, Search, type SearchOptions, stateGraph } from './search/search.js'
export {
  type Cost,
  type ShortestPath,
  type ShortestPathOptions,
  type ShortestPathResult,
  ShortestPathSearch,
} from './search/shortest-path.js'
export { Simulation, type SimulationOptions, type SimulationResult } from './simulate/simulation.js'
export { type Choices, type Walk, walk } from './simulate/walk.js'
export { identityOf } from './state/identity.js'
export * from './state/layout.js'
