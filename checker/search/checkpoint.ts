/** A search as data. */

import type { Edges } from '../graph/graph.js'
import type { SavedStore } from '../visited/store.js'
import type { SavedTally } from './counters.js'
import type { SavedFindings } from './findings.js'
import type { SavedMany } from './parallel/parallel-search.js'

/** A search as data: numbers, texts and typed arrays. */
export interface SavedSearch<S> {
  readonly keepsNumbers: boolean
  readonly tally: SavedTally
  readonly watched: readonly number[]
  readonly findings: SavedFindings<S>
  readonly digest: readonly number[] | null
  readonly edges: Edges | null
  /** Of a search that numbers its states; else `many`. */
  readonly store: SavedStore | null
  readonly many: SavedMany | null
}
