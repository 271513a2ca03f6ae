/** A search as data. */

import type { Edges } from '../graph/graph.js'
import type { SavedStore } from '../visited/store.js'
import type { SavedCounters } from './counters.js'
import type { SavedFindings } from './findings.js'
import type { SavedParallelSearch } from './parallel/parallel-search.js'

/** A search as data: numbers, texts and typed arrays. */
export interface SearchCheckpoint<S> {
  readonly keepsTraces: boolean
  readonly counters: SavedCounters
  readonly watched: readonly number[]
  readonly findings: SavedFindings<S>
  readonly digest: readonly number[] | null
  readonly edges: Edges | null
  /** Of a search that keeps the predecessor of each state; else null. */
  readonly store: SavedStore | null
  /** Of a search that does not; else null. */
  readonly parallel: SavedParallelSearch | null
}
