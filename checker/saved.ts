/** A search as data. */
import type { SavedFindings } from './findings.js'
import type { Edges } from './graph.js'
import type { SavedMany } from './many/many-search.js'
import type { SavedStore } from './store.js'
import type { SavedTally } from './tally.js'

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
