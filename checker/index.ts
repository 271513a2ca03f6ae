/** `forkcheck/checker`: write a Model and check it. This engine knows nothing of fork. */
export * from './layout.js'
export * from './model.js'
export { compile, type CompiledModel, type Execution } from './compile.js'
export { check, Search, type SearchOptions } from './search.js'
export { PairTable, StateStore } from './store.js'
